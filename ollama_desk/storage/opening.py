"""How the file of chats is opened: looked over, repaired where it is damaged, only read where it cannot be changed."""

import logging
import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ollama_desk.core.files import storage_error
from ollama_desk.domain.errors import (
    DatabaseDamagedError,
    DatabaseReadOnlyError,
    DatabaseTooNewError,
    DiskFullError,
    StorageError,
)
from ollama_desk.storage.faults import FAILURES, cannot_write, explain
from ollama_desk.storage.log_check import log_of, passes_over_commits
from ollama_desk.storage.marker import LastRun, last_run, mark
from ollama_desk.storage.repair import finish_repair, repair
from ollama_desk.storage.schema import check, check_shape, migrate

log = logging.getLogger(__name__)

WAL_LIMIT_BYTES = 64 * 1024 * 1024
# A look at every page and text costs 5 ms/MB, 30 ms/MB from a cold disk. So small files are checked at every start,
# large ones only after a run that did not end well: at most 0.5 s, behind the window that is there already.
ALWAYS_CHECKED_BYTES = 16 * 1024 * 1024

Migrations = Sequence[Iterable[str]]


@dataclass(frozen=True, slots=True)
class Opened:
    """A database that can be used.

    Args:
        notice: what a person should be told about its opening; empty: nothing.
        refusal: why nothing can be changed; None: it can.
    """

    connection: sqlite3.Connection
    notice: str = ""
    refusal: StorageError | None = None


def open_file(path: Path, migrations: Migrations, *, wait_s: float, now: datetime) -> Opened:
    """Open or make the database at ``path``, repaired and in the present schema; blocks for as long as that takes.

    A damaged file is moved aside and what can be read of it is put into a new one. One of a newer version, or one
    that cannot be written, is opened for reading.

    Raises:
        DiskFullError: no space.
        DatabaseBusyError: another program held it for ``wait_s``.
        StorageError: any other reason.
    """
    try:
        return _open_whatever_it_is(path, migrations, wait_s, now)
    except OSError as error:
        raise storage_error(error, path) from error
    except FAILURES as error:
        raise explain(error, path) from error


def _open_whatever_it_is(path: Path, migrations: Migrations, wait_s: float, now: datetime) -> Opened:
    try:
        return _open_to_write(path, migrations, wait_s)
    except DatabaseTooNewError as error:
        return _open_to_read(path, wait_s, error)
    except DatabaseDamagedError as error:
        log.info("%s", error)
        told = repair(path, migrations, now=now)
        return Opened(_connect(path, migrations, wait_s), told)
    except (OSError, *FAILURES) as error:
        refusal = _refusal(error, path)
        if refusal is None or not path.is_file():
            raise
        log.info("%s cannot be written: %s", path, error)
        return _open_to_read(path, wait_s, refusal)


def _refusal(error: Exception, path: Path) -> StorageError | None:
    """What to say where ``error`` leaves the chats readable; None: it does not."""
    if cannot_write(error):
        return DatabaseReadOnlyError(
            f"The chats in {path} can be read, but nothing can be saved: the folder cannot be written. "
            "Check who may write to it and whether its disk is all right, then start again."
        )
    explained = storage_error(error, path) if isinstance(error, OSError) else explain(error, path)
    if isinstance(explained, DiskFullError):
        return DiskFullError(
            f"The chats in {path} can be read, but nothing can be saved: the disk is full. "
            "Free some space and start again."
        )
    return None


def _open_to_write(path: Path, migrations: Migrations, wait_s: float) -> Opened:
    notice = finish_repair(path)
    if not path.exists():
        _make_new(path, migrations)
    _make_private(path)
    try:
        notice = _look_over(path, migrations, wait_s) or notice
        return Opened(_connect(path, migrations, wait_s), notice)
    except FAILURES as error:
        explained = explain(error, path)
        if isinstance(explained, DatabaseDamagedError):
            raise explained from error
        raise


def _make_new(path: Path, migrations: Migrations) -> None:
    """Make an empty database: under another name first, so that an empty file is never one of ours."""
    part = path.with_name(f"{path.name}.part")
    for old in (part, part.with_name(f"{part.name}-journal")):
        old.unlink(missing_ok=True)
    part.touch(mode=0o600)
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        migrate(connection, part, migrations)
    part.rename(path)


def _look_over(path: Path, migrations: Migrations, wait_s: float) -> str:
    """Look for damage while nothing is changed yet; what a person should be told of what was found.

    Raises:
        DatabaseDamagedError, sqlite3.DatabaseError: it is damaged.
        DatabaseTooNewError: a newer version of the program wrote it.
    """
    size, end = path.stat().st_size, last_run(path)
    newer = log_of(path)
    if size == 0 or end is LastRun.MET_DAMAGE:
        msg = f"The chats in {path} are damaged: " + ("the file is empty." if size == 0 else "the last run met damage.")
        raise DatabaseDamagedError(msg)
    newer_size = newer.stat().st_size if newer.exists() else None  # the look makes an empty one
    ended_well = end is LastRun.ENDED and not newer_size
    with closing(_read_only(path, "mode=ro", wait_s)) as connection:
        check_shape(connection, path, migrations)
        (page_size,) = connection.execute("PRAGMA page_size").fetchone()
        if newer_size and passes_over_commits(path, page_size):
            msg = f"The chats in {path} are damaged: SQLite cannot read the last changes."
            raise DatabaseDamagedError(msg)
        if size <= ALWAYS_CHECKED_BYTES or not ended_well:
            check(connection, path)
    if end is LastRun.DIED and newer_size is None:
        return (
            f"Ollama Desk did not end properly, and {newer}, the file with the last changes, is gone. "
            "What was written shortly before may be missing."
        )
    return ""


def _connect(path: Path, migrations: Migrations, wait_s: float) -> sqlite3.Connection:
    # Autocommit: transactions are begun by hand, because Python's own leave DDL and PRAGMA outside.
    connection = sqlite3.connect(path, isolation_level=None, timeout=wait_s)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys=ON")
        migrate(connection, path, migrations)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA journal_size_limit={WAL_LIMIT_BYTES}")
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()  # makes the log
    except BaseException:
        with closing(connection):
            raise
    mark(path, LastRun.DIED)
    return connection


def _make_private(path: Path) -> None:
    """Only this user reads chats; SQLite gives -wal and -shm the same mode. ``OSError``: it cannot be written."""
    os.close(os.open(path, os.O_RDWR))
    if os.name == "posix":
        path.chmod(0o600)


def _open_to_read(path: Path, wait_s: float, refusal: StorageError) -> Opened:
    try:
        connection = _read_only(path, "mode=ro", wait_s)
    except sqlite3.OperationalError:
        # In a folder that cannot be written SQLite can make no -shm file; without a log it does not need one.
        newer = log_of(path)
        if newer.exists() and newer.stat().st_size:
            raise
        connection = _read_only(path, "mode=ro&immutable=1", wait_s)
    connection.row_factory = sqlite3.Row
    return Opened(connection, str(refusal), refusal)


def _read_only(path: Path, how: str, wait_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None, timeout=wait_s)
    try:
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except BaseException:
        with closing(connection):
            raise
    return connection
