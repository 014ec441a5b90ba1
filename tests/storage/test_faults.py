"""Every complaint of SQLite becomes a sentence that says what to do."""

import sqlite3
from pathlib import Path

import pytest

from ollama_desk.domain.errors import DatabaseDamagedError, DiskFullError, StorageError
from ollama_desk.storage.faults import explain

PATH = Path("/home/someone/desk.db")


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (sqlite3.SQLITE_FULL, DiskFullError, "Free some space"),
        (sqlite3.SQLITE_IOERR_SHMSIZE, DiskFullError, "Free some space"),
        (sqlite3.SQLITE_CORRUPT, DatabaseDamagedError, "backup"),
        (sqlite3.SQLITE_CORRUPT_INDEX, DatabaseDamagedError, "backup"),
        (sqlite3.SQLITE_NOTADB, DatabaseDamagedError, "backup"),
        (sqlite3.SQLITE_BUSY, StorageError, "Another program"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StorageError, "Another program"),
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
