"""Reads out of a damaged database what can be read, and puts it into a new one that holds together."""

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from ollama_desk.storage.faults import FAILURES
from ollama_desk.storage.log_check import passes_over_commits
from ollama_desk.storage.mend import mend, sound
from ollama_desk.storage.pages import Pages, Value

log = logging.getLogger(__name__)

HIGHEST_ID = 1 << 40  # what lies above is damage; a row with the highest id of all would forbid every later one
MOST_ERRORS = 2_000  # in one table; then the rest of it is left to the pages


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the present schema has it."""

    name: str
    kind: str  # of a STRICT table: INTEGER, TEXT …
    is_required: bool
    has_default: bool
    is_row_id: bool

    def may_be(self, value: Value) -> bool:
        if value is None or self.is_row_id:
            return value is None and not (self.is_required and not self.is_row_id)
        return isinstance(value, str) if self.kind == "TEXT" else isinstance(value, int)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the present schema has it."""

    name: str
    columns: tuple[Column, ...]
    has_row_id: bool

    def fits(self, values: tuple[Value, ...]) -> bool:
        """Whether ``values`` can be a row of this table; columns that were added later may be missing at its end."""
        if not self.has_row_id or not 1 < len(values) <= len(self.columns):
            return False
        missing = self.columns[len(values) :]
        return all(column.may_be(value) for column, value in zip(self.columns, values, strict=False)) and all(
            column.has_default or not column.is_required for column in missing
        )

    def named(self, row_id: int, values: tuple[Value, ...]) -> dict[str, Value]:
        pairs = zip(self.columns, values, strict=False)
        return {column.name: row_id if column.is_row_id else value for column, value in pairs}


Found = tuple[Table, dict[str, Value]]


def salvage(source: Path, target: sqlite3.Connection) -> None:
    """Fill ``target``, an empty database in the present schema, with what can be read of the file ``source``.

    ``source`` and its log are only read. Rows that SQLite cannot reach any more are looked for in the pages.
    """
    target.execute("PRAGMA foreign_keys=OFF")  # has no effect inside a transaction
    target.execute("BEGIN")
    tables = _tables(target)
    with closing(_reader(source)) as reader:
        sources = [_rows_by_sqlite(reader, tables), _rows_by_pages(source, tables)]
        if _knows_less_than_its_log(reader, source):
            sources.reverse()  # of two versions of a row the first one is kept
        for table, row in chain.from_iterable(sources):
            _keep(target, table, row)
        _keep_used_ids(reader, target)
    mend(target)
    target.execute("COMMIT")


def _rows_by_sqlite(reader: sqlite3.Connection, tables: tuple[Table, ...]) -> Iterator[Found]:
    for table in tables:
        for row in _readable_rows(reader, table):
            yield table, row


def _rows_by_pages(source: Path, tables: tuple[Table, ...]) -> Iterator[Found]:
    for row_id, values in Pages(source).rows():
        owners = [table for table in tables if table.fits(values)]
        if len(owners) == 1:
            yield owners[0], owners[0].named(row_id, values)


def _knows_less_than_its_log(reader: sqlite3.Connection, source: Path) -> bool:
    try:
        (page_size,) = reader.execute("PRAGMA page_size").fetchone()
        reader.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()  # brings the index of the log up to date
        return passes_over_commits(source, page_size)
    except FAILURES:
        return False


def _tables(connection: sqlite3.Connection) -> tuple[Table, ...]:
    names = connection.execute(
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    ).fetchall()
    return tuple(Table(name, _columns(connection, name), has_row_id=not wr) for name, wr in names)


def _columns(connection: sqlite3.Connection, table: str) -> tuple[Column, ...]:
    rows = connection.execute('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)', (table,))
    return tuple(
        Column(name, kind, bool(required), default is not None, is_row_id=bool(key) and kind == "INTEGER")
        for name, kind, required, default, key in rows
    )


def _reader(source: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    with suppress(*FAILURES):
        connection.execute("PRAGMA writable_schema=ON")  # lets SQLite pass over a damaged entry and a short file
    return connection


def _readable_rows(reader: sqlite3.Connection, table: Table) -> Iterator[dict[str, Value]]:
    """What SQLite can still read of ``table``."""
    try:
        there = {column.name for column in _columns(reader, table.name)}
    except FAILURES:
        return
    names = [column.name for column in table.columns if column.name in there]
    if not names:
        return
    columns = ", ".join(f'"{name}"' for name in names)
    if table.has_row_id:
        query = f'SELECT rowid, {columns} FROM "{table.name}" NOT INDEXED WHERE rowid > ? AND rowid <= ? ORDER BY rowid'  # noqa: S608 - our own schema's names
        for _, *values in _by_ranges(reader, query):
            yield dict(zip(names, values, strict=True))
    else:
        with suppress(*FAILURES):
            for values in reader.execute(f'SELECT {columns} FROM "{table.name}"'):  # noqa: S608 - the same
                yield dict(zip(names, values, strict=True))


def _by_ranges(reader: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    """The rows of ``query`` by ranges of row ids, which are halved where reading fails."""
    errors = 0
    ranges = [(0, HIGHEST_ID)]
    while ranges and errors < MOST_ERRORS:
        after, last = ranges.pop()
        try:
            for row in reader.execute(query, (after, last)):
                yield row
                after = max(after, row[0])
        except FAILURES:
            errors += 1
            if last - after > 1:
                middle = (after + last) // 2
                ranges += [(middle, last), (after, middle)]


def _keep(target: sqlite3.Connection, table: Table, row: Mapping[str, Value]) -> None:
    """Take over a row that is not there yet."""
    whole = sound(table.name, {name: value for name, value in row.items() if value is not None})
    columns, places = ", ".join(f'"{name}"' for name in whole), ", ".join("?" * len(whole))
    key = next((column.name for column in table.columns if column.is_row_id), "")
    identity = whole.get(key)
    if isinstance(identity, int) and not 0 < identity < HIGHEST_ID:
        return
    try:
        target.execute(
            f'INSERT OR IGNORE INTO "{table.name}" ({columns}) VALUES ({places})',  # noqa: S608 - our own schema's names
            tuple(whole.values()),
        )
    except (sqlite3.IntegrityError, sqlite3.DataError):
        log.info("a row of %s was beyond repair", table.name)


def _keep_used_ids(reader: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Ids are never used twice, those of deleted rows neither."""
    try:
        used = reader.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
    except FAILURES:
        return
    for name, number in used:
        if isinstance(number, int) and 0 < number < HIGHEST_ID:
            target.execute("UPDATE sqlite_sequence SET seq = MAX(seq, ?) WHERE name = ?", (number, name))
