"""The database belongs to one user, never blocks the loop, and never writes over what it cannot read."""

import asyncio
import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from ollama_desk.domain.errors import DiskFullError, StorageError
from ollama_desk.storage.database import Database, Durability

FIRST = ("CREATE TABLE words (word TEXT)",)


async def add(database: Database, word: str) -> None:
    await database.write(lambda connection: connection.execute("INSERT INTO words VALUES (?)", (word,)).rowcount)


async def words(database: Database) -> list[str]:
    return await database.read(lambda connection: [row[0] for row in connection.execute("SELECT word FROM words")])


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_the_files_are_for_one_user_whatever_the_umask(tmp_path: Path) -> None:
    async def scenario() -> None:
        database = await Database.open(tmp_path / "desk.db", migrations=(FIRST,))
        await add(database, "private")
        assert modes(tmp_path) == {
            "desk.db": 0o600,
            "desk.db-wal": 0o600,
            "desk.db-shm": 0o600,
            "desk.db.open": 0o600,
        }
        await database.aclose()

    before = os.umask(0)
    try:
        asyncio.run(scenario())
    finally:
        os.umask(before)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO words VALUES ('half')")
        raise StorageError("No more.")

    async def scenario() -> None:
        database = await Database.open(tmp_path / "desk.db", migrations=(FIRST,))
        with pytest.raises(StorageError, match="No more"):
            await database.write(half)
        await add(database, "whole")
        assert await words(database) == ["whole"]
        await database.aclose()

    asyncio.run(scenario())


def test_what_a_person_did_survives_a_power_cut_and_pieces_survive_a_crash(tmp_path: Path) -> None:
    def level(connection: sqlite3.Connection) -> int:
        found: int = connection.execute("PRAGMA synchronous").fetchone()[0]
        return found

    async def scenario() -> None:
        database = await Database.open(tmp_path / "desk.db", migrations=(FIRST,))
        assert await database.write(level) == 2
        assert await database.write(level, durability=Durability.CRASH) == 1
        assert await database.write(level) == 2
        await database.aclose()

    asyncio.run(scenario())


def test_the_loop_goes_on_while_the_disk_is_slow(tmp_path: Path) -> None:
    async def scenario() -> None:
        database = await Database.open(tmp_path / "desk.db", migrations=(FIRST,))
        slow, release = threading.Event(), threading.Event()

        def work(_connection: sqlite3.Connection) -> bool:
            slow.set()
            return release.wait(10)

        waiting = asyncio.ensure_future(database.write(work))
        assert await asyncio.to_thread(slow.wait, 10)
        assert not waiting.done()
        release.set()
        assert await waiting
        await database.aclose()

    asyncio.run(scenario())


def test_a_full_disk_is_said_and_the_rest_is_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        database = await Database.open(tmp_path / "desk.db", migrations=(FIRST,))
        await add(database, "before")
        await database.read(lambda connection: connection.execute("PRAGMA max_page_count=1").fetchone()[0])
        with pytest.raises(DiskFullError, match="Free some space"):
            await add(database, "x" * 100_000)
        assert await words(database) == ["before"]
        await database.aclose()

    asyncio.run(scenario())


def test_st04_a_second_writer_is_named_when_waiting_did_not_help(tmp_path: Path) -> None:
    async def scenario() -> None:
        database = await Database.open(tmp_path / "desk.db", migrations=(FIRST,))
        assert await database.read(lambda one: one.execute("PRAGMA busy_timeout").fetchone()[0]) == 5000
        await database.read(lambda connection: connection.execute("PRAGMA busy_timeout=20").fetchone()[0])
        with closing(sqlite3.connect(tmp_path / "desk.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError, match="Another program"):
                await add(database, "late")
            assert await words(database) == []
            other.execute("ROLLBACK")
        await add(database, "late")
        assert await words(database) == ["late"]
        await database.aclose()

    asyncio.run(scenario())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="nowhere"):
        asyncio.run(Database.open(tmp_path / "nowhere" / "desk.db"))


def test_a_folder_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "desk.db").mkdir()
    with pytest.raises(StorageError, match="cannot be used"):
        asyncio.run(Database.open(tmp_path / "desk.db"))


def test_a_mistake_in_our_sql_is_not_blamed_on_the_disk(tmp_path: Path) -> None:
    async def scenario() -> None:
        database = await Database.open(tmp_path / "desk.db", migrations=(FIRST,))
        with pytest.raises(sqlite3.ProgrammingError):
            await database.read(lambda connection: connection.execute("SELECT ?").fetchone())
        await database.aclose()

    asyncio.run(scenario())


def test_a_closed_database_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        database = await Database.open(tmp_path / "desk.db", migrations=(FIRST,))
        await database.aclose()
        await database.aclose()
        with pytest.raises(StorageError, match="closed"):
            await add(database, "late")

    asyncio.run(scenario())


def test_closing_interrupts_what_hangs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"

    async def scenario() -> None:
        database = await Database.open(tmp_path / "desk.db", migrations=(FIRST,))
        hanging = asyncio.ensure_future(database.read(lambda connection: connection.execute(endless).fetchone()))
        await asyncio.sleep(0)
        await database.aclose()
        with pytest.raises(StorageError, match="interrupted"):
            await hanging

    asyncio.run(scenario())
    assert "did not close" in caplog.text
    caplog.clear()


@pytest.mark.skipif(os.name != "posix", reason="Windows lets nobody move what is open")
def test_os10_what_would_be_written_into_nowhere_is_refused_until_the_file_is_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        (tmp_path / "data").mkdir()
        database = await Database.open(tmp_path / "data" / "desk.db", migrations=(FIRST,))
        await add(database, "before")
        (tmp_path / "data").rename(tmp_path / "elsewhere")
        with pytest.raises(StorageError, match="no longer there"):
            await add(database, "lost")
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "desk.db").touch()
        with pytest.raises(StorageError, match="no longer there"):
            await add(database, "lost")
        assert await words(database) == ["before"]
        (tmp_path / "data" / "desk.db").unlink()
        (tmp_path / "data").rmdir()
        (tmp_path / "elsewhere").rename(tmp_path / "data")
        await add(database, "after")
        assert await words(database) == ["before", "after"]
        await database.aclose()

    asyncio.run(scenario())
