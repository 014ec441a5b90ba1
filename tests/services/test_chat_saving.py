"""A growing answer is saved as it grows; a disk that does not take it does not end it."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ollama_desk.domain.chat import MessageState
from ollama_desk.domain.events import NoticeRaised, TokenReceived, TurnFinished
from tests.support.chat_desk import MODEL, ChatDesk, chat_desk
from tests.support.deadline import wait_for
from tests.support.scripted_source import DONE, text

LONG = "long " * 5_000


async def limit_pages(desk: ChatDesk, pages: int) -> None:
    """Let the database grow to ``pages`` and no further: what a full disk looks like to SQLite."""
    await desk.database.read(lambda connection: connection.execute(f"PRAGMA max_page_count={pages}").fetchone())


async def pieces(desk: ChatDesk) -> list[str]:
    def work(connection: sqlite3.Connection) -> list[str]:
        return [row["content"] for row in connection.execute("SELECT content FROM chunks ORDER BY id")]

    return await desk.database.read(work)


def test_what_came_is_saved_while_the_rest_is_awaited_and_folded_at_the_end(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate, end = asyncio.Event(), asyncio.Event()
        async with chat_desk(tmp_path, [*text("So ", "far "), gate, *text("so good."), end, DONE]) as desk:
            chat = await desk.library.new_chat()
            await desk.chat.send(chat.id, "?", model=MODEL)
            await wait_for(lambda: pieces(desk), lambda saved: saved == ["So far "])
            gate.set()
            await wait_for(lambda: pieces(desk), lambda saved: saved == ["So far ", "so good."])
            end.set()
            await desk.seen.wait_for(TurnFinished)
            assert await pieces(desk) == []
            assert (await desk.store.messages(chat.id))[-1].content == "So far so good."

    asyncio.run(scenario())


def test_a_full_disk_does_not_end_the_answer_and_is_told_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate, end = asyncio.Event(), asyncio.Event()
        async with chat_desk(tmp_path, [gate, *text(LONG), end, *text("End."), DONE], [DONE]) as desk:
            chat = await desk.library.new_chat()
            await desk.chat.send(chat.id, "?", model=MODEL)
            await limit_pages(desk, 1)
            gate.set()
            notice = await desk.seen.wait_for(NoticeRaised)
            assert "Free some space" in notice.text
            end.set()
            finished = (await desk.seen.wait_for(TurnFinished)).message
            assert finished.content == LONG + "End."
            assert (await desk.library.messages(chat.id))[-1] == finished
            assert (await desk.store.messages(chat.id))[-1].state is MessageState.STREAMING
            await limit_pages(desk, 100_000)
            saved = await wait_for(
                lambda: desk.store.messages(chat.id), lambda found: found[-1].state is MessageState.COMPLETE
            )
            assert saved[-1].content == LONG + "End."
            assert len(desk.seen.of(NoticeRaised)) == 1

    asyncio.run(scenario())


def test_an_answer_that_was_not_saved_yet_is_saved_on_leaving(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with chat_desk(tmp_path, [gate, *text(LONG), DONE]) as desk:
            chat = await desk.library.new_chat()
            await desk.chat.send(chat.id, "?", model=MODEL)
            await limit_pages(desk, 1)
            gate.set()
            await desk.seen.wait_for(TurnFinished)
            await limit_pages(desk, 100_000)
        async with chat_desk(tmp_path) as again:
            assert (await again.library.messages(chat.id))[-1].content == LONG

    asyncio.run(scenario())


def test_a_disk_that_stays_full_loses_the_end_of_the_answer_and_nothing_else(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with chat_desk(tmp_path, [*text("Saved."), gate, *text(LONG), asyncio.Event()]) as desk:
            chat = await desk.library.new_chat()
            await desk.chat.send(chat.id, "?", model=MODEL)
            await wait_for(lambda: pieces(desk), lambda saved: saved == ["Saved."])
            await limit_pages(desk, 1)
            gate.set()
            await desk.seen.wait_for(TokenReceived, lambda token: token.content == LONG)
        async with chat_desk(tmp_path) as again:
            question, answer = await again.library.messages(chat.id)
            assert (question.content, answer.content) == ("?", "Saved.")
            assert answer.state is MessageState.INTERRUPTED

    asyncio.run(scenario())


def test_leaving_does_not_wait_for_a_database_that_is_held(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [*text("Half"), asyncio.Event()]) as desk:
            chat = await desk.library.new_chat()
            await desk.chat.send(chat.id, "?", model=MODEL)
            await wait_for(lambda: pieces(desk), lambda saved: saved == ["Half"])
            with closing(sqlite3.connect(tmp_path / "desk.db", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                async with asyncio.timeout(4):
                    await desk.chat.aclose()
                assert desk.ends() == []

    asyncio.run(scenario())
    assert "could not be saved in 2 s: 1" in caplog.text
    caplog.clear()


def test_a_pause_of_the_model_writes_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        second, end = asyncio.Event(), asyncio.Event()
        scripts = ([*text("Once."), asyncio.Event()], [second, *text("Then."), end, DONE])
        async with chat_desk(tmp_path, *scripts) as desk:
            for _ in scripts:
                chat = await desk.library.new_chat()
                await desk.chat.send(chat.id, "?", model=MODEL)
            await wait_for(lambda: pieces(desk), lambda saved: saved == ["Once."])
            second.set()
            await wait_for(lambda: pieces(desk), lambda saved: saved == ["Once.", "Then."])
            end.set()
            await desk.seen.wait_for(TurnFinished)
            assert await pieces(desk) == ["Once."]

    asyncio.run(scenario())


@pytest.mark.skipif(os.name != "posix", reason="Windows lets nobody move what is open")
def test_os10_an_answer_is_kept_in_memory_while_the_data_folder_is_away(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        (tmp_path / "data").mkdir()
        async with chat_desk(tmp_path / "data", [*text("Saved. "), gate, *text("Not yet."), DONE]) as desk:
            chat = await desk.library.new_chat()
            await desk.chat.send(chat.id, "?", model=MODEL)
            await wait_for(lambda: pieces(desk), lambda saved: saved == ["Saved. "])
            (tmp_path / "data").rename(tmp_path / "away")
            gate.set()
            finished = (await desk.seen.wait_for(TurnFinished)).message
            assert finished.content == "Saved. Not yet."
            (notice,) = desk.seen.of(NoticeRaised)
            assert "Put it back. Until then the answer is kept in memory only." in notice.text
            assert (await desk.library.messages(chat.id))[-1] == finished
            (tmp_path / "away").rename(tmp_path / "data")
            await wait_for(lambda: desk.store.messages(chat.id), lambda found: found[-1].state is MessageState.COMPLETE)

    asyncio.run(scenario())
