"""Every complaint of SQLite becomes a sentence that says what to do."""

import errno
import sqlite3
from pathlib import Path

import pytest

from ollama_desk.domain.errors import DatabaseBusyError, DatabaseDamagedError, DiskFullError, StorageError
from ollama_desk.storage.faults import cannot_write, explain

PATH = Path("/home/someone/desk.db")


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (sqlite3.SQLITE_FULL, DiskFullError, "Free some space"),
        (sqlite3.SQLITE_IOERR_SHMSIZE, DiskFullError, "Free some space"),
        (sqlite3.SQLITE_CORRUPT, DatabaseDamagedError, "Start Ollama Desk again"),
        (sqlite3.SQLITE_CORRUPT_INDEX, DatabaseDamagedError, "Start Ollama Desk again"),
        (sqlite3.SQLITE_NOTADB, DatabaseDamagedError, "Start Ollama Desk again"),
        (sqlite3.SQLITE_BUSY, DatabaseBusyError, "Another program"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, DatabaseBusyError, "Another program"),
        (sqlite3.SQLITE_READONLY_DBMOVED, StorageError, "cannot be written"),
        (sqlite3.SQLITE_CANTOPEN, StorageError, "cannot be written"),
        (sqlite3.SQLITE_IOERR_READ, StorageError, "disk I/O error"),
    ],
)
def test_a_complaint_becomes_a_sentence(code: int, kind: type[StorageError], words: str) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    explained = explain(error, PATH)
    assert type(explained) is kind
    assert words in str(explained)
    assert str(PATH.parent) in str(explained)


def test_a_complaint_without_a_code_is_passed_on() -> None:
    assert "too big" in str(explain(sqlite3.DataError("string or blob too big"), PATH))


def test_st05_text_that_is_no_text_is_damage() -> None:
    assert isinstance(
        explain(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), PATH), DatabaseDamagedError
    )
    error = sqlite3.OperationalError("Could not decode to UTF-8 column 'title' with text '\ufffd'")
    assert isinstance(explain(error, PATH), DatabaseDamagedError)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.EROFS, "Read-only file system"), True),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (sqlite3.OperationalError("no code"), False),
    ],
)
def test_what_may_only_be_read_is_told_from_other_trouble(error: Exception, *, expected: bool) -> None:
    assert cannot_write(error) is expected
