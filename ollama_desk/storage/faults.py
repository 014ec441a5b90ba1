"""What SQLite complains of, said to a person."""

import sqlite3
from pathlib import Path

from ollama_desk.domain.errors import DatabaseDamagedError, DiskFullError, StorageError

_PRIMARY = 0xFF  # the low byte of an extended result code
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})  # SHMSIZE: no room for the -shm file


def explain(error: sqlite3.Error, path: Path) -> StorageError:
    """The error of ours for ``error`` at the database ``path``."""
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _FULL:
        return DiskFullError(f"The disk that holds {path.parent} is full. Free some space and try again.")
    match code & _PRIMARY:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return DatabaseDamagedError(
                f"The chats in {path} cannot be read: the file is damaged. It was left as it is; "
                "move it aside or put a backup in its place, then start again."
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StorageError(f"Another program is using {path}. Close it and try again.")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            return StorageError(f"{path} cannot be written. Check who may write to it and its folder.")
        case _:
            return StorageError(f"The chats in {path} could not be read or saved: {error}.")
