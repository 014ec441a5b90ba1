"""Brings a database to the present schema: a backup first, then each step whole or not at all."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from ollama_desk.domain.errors import DatabaseDamagedError, DatabaseTooNewError


def user_version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Iterable[str]]) -> None:
    """Take the steps that ``connection``'s database has not taken yet.

    Raises:
        DatabaseTooNewError: it has taken steps that this program does not know; nothing was written.
        DatabaseDamagedError: it is not sound, so it is not changed.
    """
    version = user_version(connection)
    if version > len(migrations):
        raise DatabaseTooNewError(
            f"The chats in {path} were written by a newer version of Ollama Desk. "
            "Start that version, or choose another folder with --data-dir."
        )
    if version == len(migrations):
        return
    if version > 0:
        _check(connection, path)
        _back_up(connection, path.with_name(f"{path.name}.backup-v{version}"))
    connection.execute("PRAGMA synchronous=FULL")
    for number, statements in enumerate(migrations[version:], version + 1):
        _step(connection, number, statements)


def _step(connection: sqlite3.Connection, number: int, statements: Iterable[str]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={number}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _check(connection: sqlite3.Connection, path: Path) -> None:
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise DatabaseDamagedError(f"The chats in {path} are damaged ({found}). The file was left as it is.")


def _back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Write a whole copy to ``target``: under another name first, so that a crash leaves no half of one."""
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    with closing(sqlite3.connect(unfinished)) as copy:
        connection.backup(copy)
    unfinished.replace(target)
