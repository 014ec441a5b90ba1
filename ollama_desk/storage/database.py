"""One SQLite file behind one connection in one worker thread: nothing here blocks the loop."""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Self, TypeVar

from ollama_desk.core.files import storage_error
from ollama_desk.domain.errors import StorageError
from ollama_desk.storage.faults import explain
from ollama_desk.storage.migrations import MIGRATIONS
from ollama_desk.storage.schema import migrate

log = logging.getLogger(__name__)
T = TypeVar("T")

BUSY_TIMEOUT_MS = 5_000
WAL_LIMIT_BYTES = 64 * 1024 * 1024
CLOSE_TIMEOUT_S = 2.0


class Durability(StrEnum):
    """What a saved change survives. Both survive the death of the program."""

    POWER_CUT = "FULL"  # what a person did, and final states: 4 ms
    CRASH = "NORMAL"  # what is still being written: 0.01 ms


class Database:
    """Runs functions on the connection, one after the other, each in a transaction of its own."""

    def __init__(self, path: Path, worker: ThreadPoolExecutor, connection: sqlite3.Connection) -> None:
        self._path = path
        self._worker = worker
        self._connection = connection
        self._closed = False

    @classmethod
    async def open(cls, path: Path, *, migrations: Sequence[Iterable[str]] = MIGRATIONS) -> Self:
        """Open or make the database in an existing folder, for this user alone, in the present schema.

        Raises:
            DatabaseTooNewError: a newer version of the program wrote it.
            DatabaseDamagedError: it cannot be read; it is left as it is.
            StorageError: any other reason.
        """
        worker = ThreadPoolExecutor(1, thread_name_prefix="database")
        try:
            loop = asyncio.get_running_loop()
            connection = await loop.run_in_executor(worker, _open, path, migrations)
        except BaseException:
            worker.shutdown(wait=False)
            raise
        return cls(path, worker, connection)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What ``work`` reads, from one moment.

        Raises:
            StorageError: SQLite failed, or the database is closed.
        """
        return await self._run(lambda: self._transact(work, "BEGIN"))

    async def write(
        self, work: Callable[[sqlite3.Connection], T], *, durability: Durability = Durability.POWER_CUT
    ) -> T:
        """Everything that ``work`` changes, or nothing; saved when this returns.

        Raises:
            StorageError: SQLite failed, or the database is closed.
            DiskFullError: no space.
        """

        def save() -> T:
            self._connection.execute(f"PRAGMA synchronous={durability}")
            return self._transact(work, "BEGIN IMMEDIATE")

        return await self._run(save)

    async def aclose(self) -> None:
        """Let what was asked for end, then close. What hangs is interrupted after 2 s."""
        if self._closed:
            return
        self._closed = True
        closed = asyncio.get_running_loop().run_in_executor(self._worker, self._connection.close)
        _, pending = await asyncio.wait({closed}, timeout=CLOSE_TIMEOUT_S)
        if pending:
            log.error("The database did not close in %.0f s", CLOSE_TIMEOUT_S)
            self._connection.interrupt()
        self._worker.shutdown(wait=not pending)

    async def _run(self, call: Callable[[], T]) -> T:
        if self._closed:
            msg = f"{self._path} is closed already; this was not saved."
            raise StorageError(msg)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, call)
        except sqlite3.ProgrammingError:
            raise  # a mistake of ours, not of the disk
        except sqlite3.Error as error:
            raise explain(error, self._path) from error

    def _transact(self, work: Callable[[sqlite3.Connection], T], begin: str) -> T:
        connection = self._connection
        connection.execute(begin)
        try:
            result = work(connection)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        return result


def _open(path: Path, migrations: Sequence[Iterable[str]]) -> sqlite3.Connection:
    try:
        _make_private(path)
        # Autocommit: transactions are begun by hand, because Python's own leave DDL and PRAGMA outside.
        connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000)
        try:
            _prepare(connection, path, migrations)
        except BaseException:
            with closing(connection):
                raise
    except OSError as error:
        raise storage_error(error, path) from error
    except sqlite3.Error as error:
        raise explain(error, path) from error
    return connection


def _make_private(path: Path) -> None:
    """Only this user reads chats, whatever the umask; SQLite gives -wal and -shm the same mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if os.name == "posix":
        path.chmod(0o600)


def _prepare(connection: sqlite3.Connection, path: Path, migrations: Sequence[Iterable[str]]) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys=ON")
    migrate(connection, path, migrations)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA journal_size_limit={WAL_LIMIT_BYTES}")
