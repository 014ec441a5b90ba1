"""A small file beside the database that says that it is in use, so that the next start knows how the last run ended."""

import logging
import os
from enum import StrEnum
from pathlib import Path

log = logging.getLogger(__name__)


class LastRun(StrEnum):
    """How the last run with a database ended."""

    ENDED = ""  # it was closed, or there was none
    DIED = "in use\n"
    MET_DAMAGE = "damaged\n"


def marker_of(path: Path) -> Path:
    """The marker of the database ``path``."""
    return path.with_name(f"{path.name}.open")


def last_run(path: Path) -> LastRun:
    try:
        text = marker_of(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return LastRun.ENDED
    return LastRun.MET_DAMAGE if text == LastRun.MET_DAMAGE else LastRun.DIED


def mark(path: Path, state: LastRun) -> None:
    """Leave word for the next start. Where that cannot be written the database is used all the same."""
    try:
        if state is LastRun.ENDED:
            marker_of(path).unlink(missing_ok=True)
            return
        descriptor = os.open(marker_of(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(state)
    except OSError as error:
        log.info("the marker of %s cannot be written: %s", path, error)
