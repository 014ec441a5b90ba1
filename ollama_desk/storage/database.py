"""One SQLite file behind one connection in one worker thread: nothing here blocks the loop."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from ollama_desk.domain.errors import DatabaseBusyError, DatabaseDamagedError, StorageError
from ollama_desk.storage.copies import copy_whole
from ollama_desk.storage.faults import FAILURES, explain
from ollama_desk.storage.marker import LastRun, mark
from ollama_desk.storage.migrations import MIGRATIONS
from ollama_desk.storage.opening import Opened, open_file

log = logging.getLogger(__name__)
T = TypeVar("T")

BUSY_WAIT_S = 5.0  # for another program that writes; between two waits what was asked meanwhile has its turn
BUSY_TRIES = 3
CLOSE_TIMEOUT_S = 2.0


class Durability(StrEnum):
    """What a saved change survives. Both survive the death of the program."""

    POWER_CUT = "FULL"  # what a person did, and final states: 4 ms
    CRASH = "NORMAL"  # what is still being written: 0.01 ms


class Database:
    """Runs functions on the connection, one after the other, each in a transaction of its own."""

    def __init__(self, path: Path, worker: ThreadPoolExecutor, opened: Opened) -> None:
        self._path = path
        self._worker = worker
        self._connection = opened.connection
        self._refusal = opened.refusal
        self._notice = opened.notice
        self._closed = False
        self._met_damage = False
        self._identity = _identity(path)

    @classmethod
    async def open(
        cls, path: Path, *, migrations: Sequence[Iterable[str]] = MIGRATIONS, busy_wait_s: float = BUSY_WAIT_S
    ) -> Self:
        """Open or make the database in an existing folder, for this user alone, in the present schema.

        A damaged one is kept aside and what can be read of it taken over; one of a newer version, or one that cannot
        be written, can be read only. ``notice`` tells of both.

        Raises:
            DatabaseBusyError: another program held it for ``busy_wait_s``.
            DiskFullError: no space.
            StorageError: any other reason.
        """
        worker = ThreadPoolExecutor(1, thread_name_prefix="database")
        try:
            call = partial(open_file, path, migrations, wait_s=busy_wait_s, now=datetime.now(UTC))
            opened = await asyncio.get_running_loop().run_in_executor(worker, call)
        except BaseException:
            worker.shutdown(wait=False)
            raise
        return cls(path, worker, opened)

    @property
    def notice(self) -> str:
        """What a person should be told about how it was opened; empty: nothing."""
        return self._notice

    @property
    def read_only(self) -> bool:
        """Whether every ``write`` is refused."""
        return self._refusal is not None

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
            DatabaseBusyError: another program wrote for 15 s.
            DatabaseReadOnlyError, DatabaseTooNewError: it can be read only.
            DiskFullError: no space.
        """
        if self._refusal is not None:
            raise type(self._refusal)(str(self._refusal))

        def save() -> T:
            self._expect_in_place()
            self._connection.execute(f"PRAGMA synchronous={durability}")
            return self._transact(work, "BEGIN IMMEDIATE")

        for _ in range(BUSY_TRIES - 1):
            try:
                return await self._run(save)
            except DatabaseBusyError:
                log.info("another program writes to %s; trying again", self._path)
        return await self._run(save)

    async def back_up(self, target: Path) -> None:
        """Write a whole, sound copy to ``target`` while the database goes on being used; it can be opened as it is.

        Raises:
            StorageError: it could not be written; what was at ``target`` before is there still.
            DiskFullError: no space.
        """
        await asyncio.get_running_loop().run_in_executor(None, copy_whole, self._path, target)

    async def aclose(self) -> None:
        """Let what was asked for end, then close. What hangs is interrupted after 2 s."""
        if self._closed:
            return
        self._closed = True
        closed = asyncio.get_running_loop().run_in_executor(self._worker, self._close)
        _, pending = await asyncio.wait({closed}, timeout=CLOSE_TIMEOUT_S)
        if pending:
            log.error("The database did not close in %.0f s", CLOSE_TIMEOUT_S)
            self._connection.interrupt()
        self._worker.shutdown(wait=not pending)

    async def _run(self, call: Callable[[], T]) -> T:
        if self._closed:
            msg = f"{self._path} is closed already; this was not saved."
            raise StorageError(msg)
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._translated, call)

    def _translated(self, call: Callable[[], T]) -> T:
        """What ``call`` returns; SQLite's complaints become ours, and damage is left word of for the next start."""
        try:
            try:
                return call()
            except sqlite3.ProgrammingError:
                raise  # a mistake of ours, not of the disk
            except FAILURES as error:
                raise explain(error, self._path) from error
        except DatabaseDamagedError:
            if not self.read_only and not self._met_damage:
                self._met_damage = True
                mark(self._path, LastRun.MET_DAMAGE)
            raise

    def _expect_in_place(self) -> None:
        """SQLite would go on to write into a file that nobody can find any more."""
        if _identity(self._path) != self._identity:
            msg = (
                f"{self._path} is no longer there: its folder was moved or removed, or its disk taken out. Put it back."
            )
            raise StorageError(msg)

    def _close(self) -> None:
        if not self.read_only and not self._met_damage:
            mark(self._path, LastRun.ENDED)  # before the log goes: a death in between leaves a log to look into
        self._connection.close()

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


def _identity(path: Path) -> tuple[int, int]:
    """Which file that is, whatever it is called; zeros for none. A look costs 2 µs."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino
