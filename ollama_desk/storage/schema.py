"""Brings a database to the present schema: a backup first, then each step whole or not at all."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from ollama_desk.domain.errors import DatabaseDamagedError, DatabaseTooNewError
from ollama_desk.storage.copies import copy_from

MOST_UNKNOWN_STEPS = 1_000  # a version that is further away is damage, not the future


def user_version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Look at every page and every text, without changing any.

    Raises:
        DatabaseDamagedError: something in the file cannot be right.
        sqlite3.OperationalError: a text is not UTF-8.
    """
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found == "ok":
        lost = connection.execute("PRAGMA foreign_key_check").fetchone()
        found = "ok" if lost is None else f"a row of {lost[0]} refers to one of {lost[2]} that is not there"
    if found != "ok":
        raise DatabaseDamagedError(f"The chats in {path} are damaged ({found}). The file was left as it is.")
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for _ in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - a name that is in the file
            pass


def check_shape(connection: sqlite3.Connection, path: Path, migrations: Sequence[Iterable[str]]) -> None:
    """See whether the tables are those of the version that the file says it has.

    Raises:
        DatabaseTooNewError: it has taken steps that this program does not know.
        DatabaseDamagedError: version or tables are damaged.
    """
    version = user_version(connection)
    if len(migrations) < version < len(migrations) + MOST_UNKNOWN_STEPS:
        raise DatabaseTooNewError(
            f"The chats in {path} were written by a newer version of Ollama Desk. They can be read here, but not "
            "changed. To change them start that version, or choose another folder with --data-dir."
        )
    there = _shape(connection)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
        for number, statements in enumerate(migrations[: max(version, 0)], 1):
            _step(model, number, statements)
        expected = _shape(model)
    known = {table for table, *_ in expected}
    ours = {column for column in there if column[0] in known or version == 0}
    if not 0 <= version <= len(migrations) or ours != expected:
        raise DatabaseDamagedError(f"The chats in {path} are damaged: its tables are not those of version {version}.")


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Iterable[str]]) -> None:
    """Take the steps that ``connection``'s database has not taken yet.

    Raises:
        DatabaseDamagedError: it is not sound, so it is not changed.
    """
    version = user_version(connection)
    if version >= len(migrations):
        return
    if version > 0:
        check(connection, path)
        copy_from(connection, path.with_name(f"{path.name}.backup-v{version}"))
    connection.execute("PRAGMA synchronous=FULL")
    for number, statements in enumerate(migrations[version:], version + 1):
        _step(connection, number, statements)


def _shape(connection: sqlite3.Connection) -> frozenset[tuple[str, ...]]:
    """Every column of every table, by what matters to us."""
    rows = connection.execute(
        "SELECT tables.name, columns.name, columns.type, columns.pk FROM sqlite_master AS tables,"
        " pragma_table_info(tables.name) AS columns WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite\\_%'"
        " ESCAPE '\\'"
    )
    return frozenset(tuple(map(str, row)) for row in rows)


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
