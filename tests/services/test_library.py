"""The list of chats: made, named, deleted, and told to everyone."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.domain.errors import StorageError
from ollama_desk.domain.events import ChatsChanged
from ollama_desk.services.chat import ChatService
from ollama_desk.services.library import LibraryService, title_of
from tests.support.chat_desk import ChatDesk, chat_desk
from tests.support.scripted_source import DONE, text


def test_every_change_tells_the_list_newest_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path) as desk:
            first = await desk.library.new_chat("m")
            second = await desk.library.new_chat()
            await desk.library.rename(first.id, "  Plans\nfor  May ")
            await desk.library.delete(second.id)
            told = [[(chat.id, chat.title) for chat in event.chats] for event in desk.seen.of(ChatsChanged)]
            assert told == [
                [(first.id, "")],
                [(second.id, ""), (first.id, "")],
                [(second.id, ""), (first.id, "Plans for May")],
                [(first.id, "Plans for May")],
            ]
            assert await desk.library.chats() == desk.seen.of(ChatsChanged)[-1].chats

    asyncio.run(scenario())


def test_a_chat_is_named_by_its_first_question_until_it_is_renamed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, *([*text("Yes."), DONE] for _ in range(3))) as desk:
            chat = await desk.library.new_chat()
            question = "Could you explain,\nplease, how a sidecar server is supervised?"
            await desk.ask(chat.id, question)
            await desk.ask(chat.id, "And then?")
            assert (await desk.library.chats())[0].title == "Could you explain, please, how a sidecar server"
            await desk.library.rename(chat.id, "Sidecars")
            await desk.ask(chat.id, "Really?")
            assert (await desk.library.chats())[0].title == "Sidecars"
            await desk.library.rename(chat.id, " ")
            assert (await desk.library.chats())[0].title == "Could you explain, please, how a sidecar server"

    asyncio.run(scenario())


def test_st16_a_deleted_chat_can_be_taken_back_for_half_a_minute_whatever_the_clock_says(tmp_path: Path) -> None:
    now = datetime(2024, 5, 1, tzinfo=UTC)
    seconds = 0.0

    async def scenario() -> None:
        nonlocal now, seconds
        async with chat_desk(tmp_path) as desk:
            library = LibraryService(desk.store, bus=desk.bus, clock=lambda: now, monotonic=lambda: seconds)
            kept = await library.new_chat()
            lost = await library.new_chat()
            await library.delete(lost.id)
            seconds += 29
            now += timedelta(days=400)
            await library.delete(kept.id)
            assert await library.chats() == ()
            await library.restore(lost.id)
            assert await library.chats() == (lost,)
            await library.delete(lost.id)
            seconds += 31
            now -= timedelta(days=800)
            await library.delete(kept.id)
            with pytest.raises(StorageError, match="removed for good"):
                await library.restore(lost.id)
            assert await library.chats() == ()

    asyncio.run(scenario())


def ended(desk: ChatDesk, answers: int) -> bool:
    return len(desk.ends()) == answers


def test_st14_a_clock_that_jumps_changes_neither_the_order_nor_an_answer(tmp_path: Path) -> None:
    now = datetime(2024, 5, 1, tzinfo=UTC)

    async def scenario() -> None:
        nonlocal now
        async with chat_desk(tmp_path, *([*text("Yes."), DONE] for _ in range(4))) as desk:
            library = LibraryService(desk.store, bus=desk.bus, clock=lambda: now)
            chat = ChatService(
                desk.store, bus=desk.bus, client=desk.source, tasks=desk.tasks, library=library, clock=lambda: now
            )
            first = await library.new_chat()
            now -= timedelta(days=3_000)
            second = await library.new_chat()
            for number, chat_id in enumerate((first.id, second.id, first.id)):
                await chat.send(chat_id, f"question {number}", model="m")
                await desk.seen.until(partial(ended, desk, number + 1))
                now += timedelta(days=(1_000, -2_500)[number % 2])
            await library.save_draft(second.id, "kept")
            assert [(each.id, each.draft) for each in await library.chats()] == [(first.id, ""), (second.id, "kept")]
            contents = [message.content for message in await library.messages(first.id)]
            assert contents == ["question 0", "Yes.", "question 2", "Yes."]
            await chat.aclose()

    asyncio.run(scenario())


@given(st.text())
def test_a_title_is_one_short_line_of_the_beginning(question: str) -> None:
    title = title_of(question)
    assert len(title) <= 48
    assert title == " ".join(title.split())
    assert bool(title) == bool(question.strip())
    assert " ".join(question.split()).startswith(title)


def test_a_word_longer_than_a_title_is_cut() -> None:
    assert title_of("x" * 100) == "x" * 48
    assert title_of(" " * 100_000 + "late") == "late"
