"""Another program at the same file: it is waited for beside the loop, then named, and the log stays bounded."""

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ollama_desk.domain.errors import DatabaseBusyError
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database
from ollama_desk.storage.opening import WAL_LIMIT_BYTES
from tests.support import damage
from tests.support.lag import measured_lag

MOST_LAG_S = 0.1
HOLDER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[3]))
"""


@contextmanager
def held_by_another_program(path: Path, *, seconds: float, mode: str = "PRAGMA user_version") -> Iterator[None]:
    """A process of its own that begins to write ``path`` and does not end for ``seconds``."""
    command = [sys.executable, "-c", HOLDER, str(path), mode, str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        yield
        child.kill()


async def opened(path: Path, *, busy_wait_s: float = 5.0) -> tuple[Database, ChatStore, int]:
    database = await Database.open(path, busy_wait_s=busy_wait_s)
    store = ChatStore(database)
    return database, store, (await store.create_chat("m", at=damage.NOW)).id


def test_st04_ten_seconds_of_another_writer_are_waited_for_beside_the_loop(tmp_path: Path) -> None:
    async def scenario() -> None:
        database, store, chat_id = await opened(tmp_path / "desk.db")
        with held_by_another_program(tmp_path / "desk.db", seconds=10):
            async with measured_lag() as lag:
                saving = asyncio.ensure_future(store.rename(chat_id, "patient"))
                async with asyncio.timeout(9):
                    assert (await store.chat(chat_id)).title == ""  # has its turn after the first wait of 5 s
                assert not saving.done()
                await saving
        assert lag.longest_s < MOST_LAG_S
        assert (await store.chat(chat_id)).title == "patient"
        await database.aclose()

    asyncio.run(scenario())


def test_st04_a_writer_that_does_not_end_is_named_after_three_waits(tmp_path: Path) -> None:
    async def scenario() -> None:
        database, store, chat_id = await opened(tmp_path / "desk.db", busy_wait_s=0.2)
        with held_by_another_program(tmp_path / "desk.db", seconds=60):
            async with measured_lag() as lag:
                with pytest.raises(DatabaseBusyError, match="Another program is using"):
                    await store.rename(chat_id, "late")
                assert (await store.chat(chat_id)).title == ""
        assert lag.longest_s < MOST_LAG_S
        await store.rename(chat_id, "late")
        assert (await store.chat(chat_id)).title == "late"
        await database.aclose()

    asyncio.run(scenario())


def test_st13_a_database_that_is_locked_is_not_opened_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"

    async def scenario() -> None:
        database, _, _ = await opened(path)
        await database.aclose()
        before = path.read_bytes()
        with held_by_another_program(path, seconds=60, mode="PRAGMA locking_mode=EXCLUSIVE"):
            async with measured_lag() as lag:
                with pytest.raises(DatabaseBusyError, match="Another program is using"):
                    await Database.open(path, busy_wait_s=0.2)
            assert path.read_bytes() == before
        assert lag.longest_s < MOST_LAG_S
        database = await Database.open(path)
        assert len(await ChatStore(database).chats()) == 1
        await database.aclose()

    asyncio.run(scenario())


def test_st13_two_that_write_the_same_database_take_turns(tmp_path: Path) -> None:
    async def scenario() -> None:
        first, one, chat_id = await opened(tmp_path / "desk.db")
        second, two, other_id = await opened(tmp_path / "desk.db")
        await asyncio.gather(*(store.create_chat("m", at=damage.NOW) for store in (one, two) for _ in range(20)))
        assert len({chat.id for chat in await one.chats()} | {chat_id, other_id}) == 42
        await first.aclose()
        await two.rename(chat_id, "still open")
        await second.aclose()
        again = await Database.open(tmp_path / "desk.db")
        assert again.notice == ""
        await again.aclose()

    asyncio.run(scenario())


def test_st08_a_long_reader_lets_the_log_grow_only_until_it_ends(tmp_path: Path) -> None:
    log = tmp_path / "desk.db-wal"

    async def scenario() -> None:
        database, store, _ = await opened(tmp_path / "desk.db")
        with closing(sqlite3.connect(tmp_path / "desk.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT COUNT(*) FROM chats").fetchone()
            for number in range(10):
                await store.keep(f"text {number}", "x" * 8_000_000)
            assert log.stat().st_size > WAL_LIMIT_BYTES
            reader.execute("COMMIT")
        for number in range(3):
            await store.keep("small", str(number))
        assert log.stat().st_size <= WAL_LIMIT_BYTES
        await database.aclose()

    asyncio.run(scenario())


def test_st08_without_a_reader_the_log_stays_small(tmp_path: Path) -> None:
    async def scenario() -> None:
        database, store, _ = await opened(tmp_path / "desk.db")
        sizes = []
        for _ in range(30):
            await store.keep("text", "x" * 8_000_000)
            await store.chats()
            sizes.append((tmp_path / "desk.db-wal").stat().st_size)
        assert max(sizes) <= WAL_LIMIT_BYTES
        await database.aclose()

    asyncio.run(scenario())


def test_the_lag_of_a_loop_that_is_held_up_is_seen() -> None:
    async def scenario() -> None:
        async with measured_lag() as waiting:
            await asyncio.sleep(0.05)
            time.sleep(0.3)  # noqa: ASYNC251 - what it is to find
            await asyncio.sleep(0.05)
        assert waiting.longest_s > 0.2
        async with measured_lag() as computing:
            await asyncio.sleep(0.05)
            end = time.thread_time() + 0.3
            while time.thread_time() < end:
                pass
            await asyncio.sleep(0.05)
        assert computing.longest_s > 0.2

    asyncio.run(scenario())
