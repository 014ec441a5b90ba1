"""What SQLite complains of, said to a person."""

import errno
import sqlite3
from pathlib import Path

from ollama_desk.domain.errors import DatabaseBusyError, DatabaseDamagedError, DiskFullError, StorageError

_PRIMARY = 0xFF  # the low byte of an extended result code
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})  # SHMSIZE: no room for the -shm file
_NOT_TEXT = "Could not decode to UTF-8"  # Python's own complaint, without a code
_READ_ONLY = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN})
_FORBIDDEN = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})

# Python cannot even make the error where SQLite quotes damaged text in its message.
FAILURES = (sqlite3.Error, UnicodeDecodeError)


def cannot_write(error: Exception) -> bool:
    """Whether ``error`` says that a file may be read but not written."""
    if isinstance(error, OSError):
        return error.errno in _FORBIDDEN
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _READ_ONLY


def explain(error: Exception, path: Path) -> StorageError:
    """The error of ours for ``error`` at the database ``path``."""
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _FULL:
        return DiskFullError(f"The disk that holds {path.parent} is full. Free some space and try again.")
    match code & _PRIMARY:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _damaged(path)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return DatabaseBusyError(f"Another program is using {path}. Close it and try again.")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            return StorageError(f"{path} cannot be written. Check who may write to it and its folder.")
        case _ if isinstance(error, UnicodeDecodeError) or str(error).startswith(_NOT_TEXT):
            return _damaged(path)
        case _:
            return StorageError(f"The chats in {path} could not be read or saved: {error}.")


def _damaged(path: Path) -> DatabaseDamagedError:
    return DatabaseDamagedError(
        f"Something in the chats in {path} cannot be read: the file is damaged. "
        "Start Ollama Desk again: it keeps the damaged file and takes over what can be read."
    )
