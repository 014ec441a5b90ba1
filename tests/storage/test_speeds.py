"""What was measured of the models' speed is kept, bounded, renamed, and taken over from a damaged file."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ollama_desk.domain.benchmark import Benchmark, BenchmarkRow, BenchmarkRun
from ollama_desk.domain.server import ServerKind
from ollama_desk.domain.speed import Speed
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database
from ollama_desk.storage.downloads import DownloadStore
from ollama_desk.storage.migrations import MIGRATIONS
from ollama_desk.storage.speeds import MOST_ANSWERS, MOST_BENCHMARKS, SpeedStore
from tests.support import damage

AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
DIGEST = "ab" * 32
WHOLE = Speed(
    "qwen3:8b",
    AT,
    digest=DIGEST,
    prompt_tokens=200,
    answer_tokens=100,
    prompt_s=0.25,
    answer_s=2.5,
    first_token_s=0.5,
    load_s=3.25,
    context_length=4096,
    gpu_percent=60,
    server=ServerKind.OLLAMA,
)
BARE = Speed("qwen3:8b", AT + timedelta(milliseconds=1), answer_tokens=10, answer_s=1.0)
BENCHMARK = Benchmark(
    "qwen3:8b",
    AT,
    (BenchmarkRow(128, (BenchmarkRun(130, 128, 0.5, 2.0, 0.6), BenchmarkRun(131, 128, 0.25, 4.0, 0.3))),),
    digest=DIGEST,
    load_s=1.5,
    context_length=4096,
    gpu_percent=100,
    server=ServerKind.BUILT_IN,
    server_version="1.2.3",
)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Database, SpeedStore]]:
    database = await Database.open(folder / "desk.db")
    try:
        yield database, SpeedStore(database)
    finally:
        await database.aclose()


def test_what_an_answer_told_is_read_as_it_was_kept_oldest_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (_, store):
            await store.add(WHOLE)
            await store.add(replace(BARE, model="other"))
            await store.add(BARE)
        async with opened(tmp_path) as (_, store):
            assert await store.of("qwen3:8b") == (WHOLE, BARE)
            assert await store.of("nobody") == ()

    asyncio.run(scenario())


def test_a_benchmark_is_read_as_it_was_kept_newest_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (_, store):
            await store.add_benchmark(BENCHMARK)
            await store.add_benchmark(replace(BENCHMARK, at=AT + timedelta(days=1), load_s=None, gpu_percent=None))
            newer, older = await store.benchmarks("qwen3:8b")
            assert replace(older, id=0) == BENCHMARK
            assert (newer.at, newer.load_s, newer.gpu_percent) == (AT + timedelta(days=1), None, None)
            assert newer.id > older.id

    asyncio.run(scenario())


def test_the_oldest_go_and_those_of_other_models_stay(tmp_path: Path) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        connection.executemany(
            "INSERT INTO speeds (model, at, prompt_tokens, answer_tokens, answer_us, context_length, digest, server)"
            " VALUES ('qwen3:8b', ?, 0, 10, 1, 0, '', 'unknown')",
            [(number,) for number in range(MOST_ANSWERS)],
        )

    async def scenario() -> None:
        async with opened(tmp_path) as (database, store):
            await store.add(replace(WHOLE, model="other"))
            await database.write(fill)
            await store.add(WHOLE)
            kept = await store.of("qwen3:8b")
            assert (len(kept), kept[-1]) == (MOST_ANSWERS, WHOLE)
            assert kept[0].at.microsecond == 1000
            assert len(await store.of("other")) == 1
            for number in range(MOST_BENCHMARKS + 2):
                await store.add_benchmark(replace(BENCHMARK, context_length=number))
            kept_benchmarks = await store.benchmarks("qwen3:8b")
            assert [each.context_length for each in kept_benchmarks] == list(range(MOST_BENCHMARKS + 1, 1, -1))

    asyncio.run(scenario())


def test_medians_are_told_for_each_version_and_leave_out_what_is_too_short(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (_, store):
            for tokens in (10, 30, 20):
                await store.add(replace(WHOLE, answer_tokens=tokens, answer_s=1.0))
            await store.add(replace(WHOLE, answer_tokens=7, answer_s=0.001))
            await store.add(replace(WHOLE, answer_s=0.0))
            await store.add(replace(WHOLE, digest="cd" * 32, answer_s=1.0))
            assert await store.medians() == {"qwen3:8b": {DIGEST: 20.0, "cd" * 32: 100.0}}

    asyncio.run(scenario())


def test_a_new_name_takes_the_history_along(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (_, store):
            await store.add(replace(WHOLE, model="new"))
            await store.add(WHOLE)
            await store.add_benchmark(BENCHMARK)
            await store.rename("qwen3:8b", "new")
            assert [each.model for each in await store.of("new")] == ["new", "new"]
            assert [each.model for each in await store.benchmarks("new")] == ["new"]
            assert not await store.of("qwen3:8b")
            assert not await store.benchmarks("qwen3:8b")

    asyncio.run(scenario())


def test_a_chat_that_is_deleted_leaves_what_was_measured_in_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (database, store):
            chat = await ChatStore(database).create_chat("qwen3:8b", at=AT)
            await store.add(WHOLE)
            await ChatStore(database).delete(chat.id, at=AT)
            await ChatStore(database).purge(before=AT + timedelta(days=1))
            assert not await ChatStore(database).chats()
            assert await store.of("qwen3:8b") == (WHOLE,)

    asyncio.run(scenario())


def test_odd_figures_and_names_do_no_harm(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (_, store):
            await store.add(replace(WHOLE, model="a\ud800", answer_s=9.2e9, answer_tokens=2**63 - 1))
            (kept,) = await store.of("a\ud800")
            assert kept.model == "a\ufffd"
            assert kept.tokens_per_s is not None

    asyncio.run(scenario())


@pytest.mark.parametrize("change", ["at = 9223372036854775807", "server = 'odd'"])
def test_st05_a_row_that_cannot_be_read_does_not_hide_the_others(
    tmp_path: Path, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    def spoil(connection: sqlite3.Connection) -> None:
        for table in ("speeds", "benchmarks"):
            connection.execute(f"UPDATE {table} SET {change} WHERE digest = 'bad'")  # noqa: S608 - the test's own

    async def scenario() -> None:
        async with opened(tmp_path) as (database, store):
            await store.add(replace(WHOLE, digest="bad"))
            await store.add(WHOLE)
            await store.add_benchmark(replace(BENCHMARK, digest="bad"))
            await store.add_benchmark(BENCHMARK)
            await database.write(spoil)
            assert await store.of("qwen3:8b") == (WHOLE,)
            assert len(await store.benchmarks("qwen3:8b")) == 1

    asyncio.run(scenario())
    assert "left out" in caplog.text
    caplog.clear()


@pytest.mark.parametrize("harm", [damage.zero_header, None])
def test_st05_what_was_measured_is_among_what_is_taken_over_from_a_damaged_file(tmp_path: Path, harm: object) -> None:
    """With the header gone the rows are told apart by their shape; with a page's bytes gone SQLite reads around it."""

    async def scenario() -> None:
        async with opened(tmp_path) as (database, store):
            chats = ChatStore(database)
            chat = await chats.create_chat("m", at=AT)
            await chats.begin_turn(chat.id, "Why?", model="m", title="Why?", at=AT)
            await DownloadStore(database).add("one", insecure=True, at=AT)
            await store.add(WHOLE)
            await store.add(BARE)
            await store.add_benchmark(BENCHMARK)
        if harm is None:
            with closing(sqlite3.connect(tmp_path / "desk.db", isolation_level=None)) as connection:
                connection.execute("PRAGMA writable_schema=ON")
                connection.execute("UPDATE sqlite_master SET rootpage = 1 WHERE name = 'speeds'")
        else:
            damage.zero_header(tmp_path / "desk.db", random.Random(0))  # noqa: S311 - not used
        async with opened(tmp_path) as (database, store):
            assert "damaged" in database.notice
            assert await store.of("qwen3:8b") == (WHOLE, BARE)
            assert [replace(each, id=0) for each in await store.benchmarks("qwen3:8b")] == [BENCHMARK]
            assert len(await DownloadStore(database).all()) == 1
            assert len(await ChatStore(database).chats()) == 1

    asyncio.run(scenario())


def test_st02_a_database_of_the_step_before_is_brought_up_with_all_that_is_in_it(tmp_path: Path) -> None:
    async def old() -> None:
        database = await Database.open(tmp_path / "desk.db", migrations=MIGRATIONS[:3])
        await DownloadStore(database).add("one", insecure=False, at=AT)
        await database.aclose()

    async def scenario() -> None:
        async with opened(tmp_path) as (database, store):
            assert database.notice == ""
            await store.add(WHOLE)
            assert len(await DownloadStore(database).all()) == 1
        assert (tmp_path / "desk.db.backup-v3").exists()

    asyncio.run(old())
    asyncio.run(scenario())
