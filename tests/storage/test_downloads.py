"""Downloads are kept with their order, and what ran waits for its turn again."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ollama_desk.domain.pulls import LayerProgress, PullState
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database
from ollama_desk.storage.downloads import DownloadStore
from tests.support import damage

AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
LAYERS = (LayerProgress(f"sha256:{'a' * 64}", 100, 40, "application/vnd.ollama.image.model"),)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Database, DownloadStore]]:
    database = await Database.open(folder / "desk.db")
    try:
        yield database, DownloadStore(database)
    finally:
        await database.aclose()


def test_a_job_is_read_as_it_was_saved(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (_, store):
            job = await store.add("host/x\ud800", insecure=True, at=AT)
            assert (job.name, job.state, job.insecure, job.added_at) == ("host/x\ufffd", PullState.QUEUED, True, AT)
            saved = replace(job, state=PullState.FAILED, reason="Näh 🙂", layers=LAYERS, ended_at=AT)
            await store.save(saved)
        async with opened(tmp_path) as (_, store):
            (read,) = await store.all()
            assert read == replace(saved, total_bytes=100, completed_bytes=40)

    asyncio.run(scenario())


@pytest.mark.parametrize("state", [PullState.RUNNING, PullState.WAITING, PullState.QUEUED])
def test_pl01_what_went_on_when_the_program_ended_has_its_turn_again(tmp_path: Path, state: PullState) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (_, store):
            job = await store.add("x", insecure=False, at=AT)
            await store.save(replace(job, state=state, reason="" if state is PullState.QUEUED else "It waits."))
            (read,) = await store.all()
            assert (read.state, read.reason) == (PullState.QUEUED, "")

    asyncio.run(scenario())


def test_pl12_the_order_is_kept_and_a_new_job_is_the_last(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (_, store):
            ids = [(await store.add(name, insecure=False, at=AT)).id for name in "abc"]
            await store.arrange([ids[2], ids[0], ids[1]])
            ids.append((await store.add("d", insecure=False, at=AT)).id)
            await store.remove([ids[0]])
        async with opened(tmp_path) as (_, store):
            assert [job.id for job in await store.all()] == [ids[2], ids[1], ids[3]]
            again = await store.add("a", insecure=False, at=AT)
            assert again.id > max(ids)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "change",
    ["state = 'odd'", "layers = '{'", "layers = '[{}]'", "added_at = 9223372036854775807", "ended_at = -1 << 62"],
)
def test_st05_a_row_that_cannot_be_read_does_not_hide_the_others(
    tmp_path: Path, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    def spoil(connection: sqlite3.Connection) -> None:
        connection.execute(f"UPDATE downloads SET {change} WHERE name = 'bad'")  # noqa: S608 - the test's own

    async def scenario() -> None:
        async with opened(tmp_path) as (database, store):
            await store.add("bad", insecure=False, at=AT)
            good = await store.add("good", insecure=False, at=AT)
            await database.write(spoil)
            assert await store.all() == (good,)

    asyncio.run(scenario())
    assert "left out" in caplog.text
    caplog.clear()


def test_st05_downloads_are_among_what_is_taken_over_from_a_damaged_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (database, store):
            for name in ("one", "two"):
                await store.save(replace(await store.add(name, insecure=True, at=AT), layers=LAYERS))
            before = await store.all()
            await ChatStore(database).create_chat("m", at=AT)
        damage.zero_header(tmp_path / "desk.db", random.Random(0))  # noqa: S311 - not used
        async with opened(tmp_path) as (database, store):
            assert "damaged" in database.notice
            assert await store.all() == before
            assert len(await ChatStore(database).chats()) == 1

    asyncio.run(scenario())


def test_what_was_removed_is_not_saved_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path) as (_, store):
            job = await store.add("x", insecure=False, at=AT)
            await store.remove([job.id])
            await store.save(job, is_passing=True)
            assert await store.all() == ()

    asyncio.run(scenario())
