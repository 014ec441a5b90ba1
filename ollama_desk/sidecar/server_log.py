"""The server's log on disk: bounded, and readable from its end."""

import logging
import os
import re
from pathlib import Path

log = logging.getLogger(__name__)

MAX_BYTES = 10_000_000
KEPT = 5
TAIL_BYTES = 262_144
LINE_CHARS = 2_000
ROUNDS = 3
CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def rotate(path: Path, *, max_bytes: int = MAX_BYTES) -> None:
    """Keep five older copies once the log has grown; by copying its end, since the server holds the file open."""
    try:
        size = path.stat().st_size
        if size <= max_bytes:
            return
        for number in range(KEPT - 1, 0, -1):
            older = _older(path, number)
            if older.exists():
                older.replace(_older(path, number + 1))
        with path.open("rb") as full, _older(path, 1).open("wb") as copy:
            _older(path, 1).chmod(0o600)
            full.seek(size - max_bytes)
            for _ in range(ROUNDS):  # the later ones for what is written meanwhile
                copy.write(full.read(max_bytes))
        os.truncate(path, 0)
    except OSError as error:  # a log that cannot be kept short is no reason to stop the server
        log.info("the server's log could not be rotated: %s", error.strerror)


def _older(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def tail(path: Path, lines: int, *, since: int = 0) -> list[str]:
    """The last ``lines`` lines written after byte ``since``, without control characters, bounded in length."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(since if since <= size else 0, size - TAIL_BYTES))
            text = file.read(TAIL_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    return [CONTROL.sub("", line)[:LINE_CHARS] for line in text.removesuffix("\n").split("\n")[-lines:]] if text else []
