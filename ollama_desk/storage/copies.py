"""Whole copies of a database, by SQLite's own backup: a copied file without its log is no backup."""

import sqlite3
from contextlib import closing
from pathlib import Path

from ollama_desk.core.files import storage_error
from ollama_desk.storage.faults import explain


def copy_whole(source: Path, target: Path) -> None:
    """Copy the database ``source``, whoever else uses it; blocks until it is on the disk.

    Raises:
        StorageError: it could not be written, or there is no space; nothing was left of it.
    """
    try:
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            copy_from(connection, target)
    except OSError as error:
        raise storage_error(error, target) from error
    except sqlite3.Error as error:
        raise explain(error, target) from error


def copy_from(connection: sqlite3.Connection, target: Path) -> None:
    """Write a whole copy to ``target``: under another name first, so that a crash leaves no half of one."""
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(unfinished)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log that could be forgotten
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
