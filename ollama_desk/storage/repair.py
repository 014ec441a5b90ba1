"""Puts a new database in the place of a damaged one, which is kept; can be killed at any point and goes on."""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from ollama_desk.core.files import sync_folder
from ollama_desk.storage.marker import LastRun, mark
from ollama_desk.storage.salvage import salvage
from ollama_desk.storage.schema import migrate

LOGS = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database


def repair(path: Path, migrations: Sequence[Iterable[str]], *, now: datetime) -> str:
    """Salvage what can be read of ``path`` into a new database and move the damaged file aside, its logs with it.

    Returns:
        What to tell a person.

    Raises:
        OSError, sqlite3.Error: it did not work, for want of space for example; the file is where it was.
    """
    part, whole = path.with_name(f"{path.name}.part"), _salvaged(path)
    for old in (part, part.with_name(f"{part.name}-journal"), whole):
        old.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            migrate(connection, part, migrations)
            salvage(path, connection)
    except sqlite3.Error:
        part.unlink(missing_ok=True)  # it may be the reason why the disk is full
        raise
    part.rename(whole)
    os.rename(path, _free_name(path, f"{now:%Y%m%dT%H%M%SZ}"))  # noqa: PTH104 - the name stays the database's own
    return finish_repair(path)


def finish_repair(path: Path) -> str:
    """Put the salvaged database in the place of the damaged one, if that is still to be done.

    Returns:
        What to tell a person; empty where there was nothing to do.
    """
    whole = _salvaged(path)
    if path.exists() or not whole.exists():
        return ""
    kept = max(each for each in path.parent.glob(f"{path.name}.corrupt-*") if not each.name.endswith(LOGS))
    for log in LOGS:
        stray = path.with_name(f"{path.name}{log}")
        if stray.exists():
            stray.rename(kept.with_name(f"{kept.name}{log}"))
    whole.rename(path)
    sync_folder(path.parent)
    mark(path, LastRun.ENDED)
    return _told(path, kept)


def _salvaged(path: Path) -> Path:
    return path.with_name(f"{path.name}.salvaged")


def _free_name(path: Path, moment: str) -> Path:
    """A name to keep ``path`` under that comes after those of all that are kept already, whatever the clock says."""
    kept = [each.name for each in path.parent.glob(f"{path.name}.corrupt-*") if not each.name.endswith(LOGS)]
    name = f"{path.name}.corrupt-{moment}"
    latest = max(kept, default="")
    return path.with_name(name if name > latest else f"{latest}+")


def _told(path: Path, kept: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        counts = [
            connection.execute(query).fetchone()[0] if table in tables else 0
            for table, query in (
                ("chats", "SELECT COUNT(*) FROM chats WHERE deleted_at IS NULL"),
                ("messages", "SELECT COUNT(*) FROM messages"),
            )
        ]
    chats, messages = counts
    return (
        f"The chats were damaged. What could be read is here again (chats: {chats}, messages: {messages}); "
        f"the damaged file is kept as {kept}."
    )
