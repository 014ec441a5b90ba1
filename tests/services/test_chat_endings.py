"""However a turn ends, what came is kept and the message says why."""

import asyncio
import logging
from pathlib import Path

import pytest

from ollama_desk.domain.chat import ChatChunk, MessageState
from ollama_desk.domain.errors import (
    ContextFullError,
    DeskError,
    ModelLoadError,
    ModelNotFoundError,
    OllamaTimeoutError,
    OllamaUnreachableError,
    RunnerCrashedError,
    StreamInterruptedError,
)
from ollama_desk.domain.events import TokenReceived, TurnFailed, TurnStarted, TurnStopped
from ollama_desk.services.chat import LEFT
from ollama_desk.services.turn import CUT
from tests.support.chat_desk import MODEL, chat_desk
from tests.support.scripted_source import DONE, Step, text


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (StreamInterruptedError("The server went away."), MessageState.INTERRUPTED),
        (OllamaUnreachableError("The server is not running."), MessageState.INTERRUPTED),
        (OllamaTimeoutError("The server did not answer."), MessageState.INTERRUPTED),
        (RunnerCrashedError("The model's process died.", status=500), MessageState.INTERRUPTED),
        (ContextFullError("The conversation is too long.", status=400), MessageState.FAILED),
        (ModelNotFoundError("There is no such model.", status=404), MessageState.FAILED),
        (ModelLoadError("The model needs more memory.", status=500), MessageState.FAILED),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, DeskError) else str(value),
)
def test_hs01_an_error_keeps_the_partial_answer_with_its_sentence(
    tmp_path: Path, error: DeskError, state: MessageState
) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [*text("Half of"), error]) as desk:
            chat = await desk.library.new_chat()
            await desk.ask(chat.id)
            failed = desk.seen.of(TurnFailed)[0].message
            assert (failed.content, failed.state, failed.error) == ("Half of", state, str(error))
            assert (await desk.library.messages(chat.id))[-1] == failed

    asyncio.run(scenario())


def test_hs02_an_end_without_done_is_an_interruption(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, text("Half of")) as desk:
            chat = await desk.library.new_chat()
            answer = await desk.ask(chat.id)
            assert (answer.content, answer.state, answer.error) == ("Half of", MessageState.INTERRUPTED, CUT)

    asyncio.run(scenario())


def test_an_answer_that_was_cut_can_be_asked_for_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        scripts: tuple[list[Step], ...] = (
            [*text("Half"), StreamInterruptedError("The server went away.")],
            [*text("Whole."), DONE],
        )
        async with chat_desk(tmp_path, *scripts) as desk:
            chat = await desk.library.new_chat()
            cut = await desk.ask(chat.id)
            await desk.chat.retry(cut.id)
            await desk.seen.until(lambda: len(desk.ends()) == 2)
            assert [each.content for each in await desk.library.messages(chat.id)] == ["Why?", "Whole."]
            assert [each.content for each in await desk.store.branch(cut.id)] == ["Why?", "Half"]

    asyncio.run(scenario())


def test_stop_keeps_what_came_and_closes_the_stream(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [*text("What came"), asyncio.Event(), *text("never"), DONE]) as desk:
            chat = await desk.library.new_chat()
            await desk.chat.send(chat.id, "?", model=MODEL)
            await desk.seen.wait_for(TokenReceived)
            desk.chat.stop(chat.id)
            desk.chat.stop(chat.id)
            stopped = (await desk.seen.wait_for(TurnStopped)).message
            assert (stopped.content, stopped.state, stopped.error) == ("What came", MessageState.STOPPED, "")
            assert (await desk.library.messages(chat.id))[-1] == stopped
            assert desk.source.closed == 1
            assert not desk.chat.is_streaming(chat.id)
            desk.chat.stop(chat.id)
            assert len(desk.ends()) == 1

    asyncio.run(scenario())


def test_no_token_is_told_after_stop_even_if_more_were_waiting(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [*text("one", "two", "three", "four"), DONE]) as desk:
            chat = await desk.library.new_chat()

            def stop_at_two(token: TokenReceived) -> None:
                if token.content == "two":
                    desk.chat.stop(token.chat_id)

            desk.bus.subscribe(TokenReceived, stop_at_two)
            await desk.chat.send(chat.id, "?", model=MODEL)
            stopped = (await desk.seen.wait_for(TurnStopped)).message
            assert stopped.content == "onetwo"
            assert [token.content for token in desk.seen.of(TokenReceived)] == ["one", "two"]

    asyncio.run(scenario())


def test_stop_before_the_server_was_asked_is_a_stop(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [asyncio.Event()]) as desk:
            chat = await desk.library.new_chat()
            desk.bus.subscribe(TurnStarted, lambda event: desk.chat.stop(event.chat_id))
            await desk.chat.send(chat.id, "?", model=MODEL)
            stopped = (await desk.seen.wait_for(TurnStopped)).message
            assert stopped.content == ""

    asyncio.run(scenario())


def test_one_chat_is_stopped_and_another_goes_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with chat_desk(tmp_path, [asyncio.Event()], [gate, *text("On."), DONE]) as desk:
            first, second = await desk.library.new_chat(), await desk.library.new_chat()
            for chat in (first, second):
                await desk.chat.send(chat.id, "?", model=MODEL)
            desk.chat.stop(first.id)
            await desk.seen.wait_for(TurnStopped, lambda event: event.message.chat_id == first.id)
            gate.set()
            await desk.seen.until(lambda: len(desk.ends()) == 2)
            assert desk.ends()[-1].content == "On."

    asyncio.run(scenario())


def test_deleting_a_chat_ends_its_answer(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [*text("What came"), asyncio.Event()]) as desk:
            chat = await desk.library.new_chat()
            await desk.chat.send(chat.id, "?", model=MODEL)
            await desk.seen.wait_for(TokenReceived)
            await desk.library.delete(chat.id)
            await desk.seen.wait_for(TurnStopped)
            await desk.library.restore(chat.id)
            assert (await desk.library.messages(chat.id))[-1].content == "What came"

    asyncio.run(scenario())


def test_leaving_marks_and_saves_what_was_being_written(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [*text("Half"), asyncio.Event()], [asyncio.Event()]) as desk:
            for number in range(2):
                chat = await desk.library.new_chat()
                await desk.chat.send(chat.id, f"{number}", model=MODEL)
            await desk.seen.wait_for(TokenReceived)
            await desk.chat.aclose()
            assert {(each.content, each.state, each.error) for each in desk.ends()} == {
                ("Half", MessageState.INTERRUPTED, LEFT),
                ("", MessageState.INTERRUPTED, LEFT),
            }
        async with chat_desk(tmp_path) as again:
            messages = [await again.library.messages(chat.id) for chat in await again.library.chats()]
            assert {each[-1].content for each in messages} == {"Half", ""}
            assert {each[-1].error for each in messages} == {LEFT}

    asyncio.run(scenario())


def test_a_bug_in_the_source_ends_the_turn_and_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [*text("Half"), ZeroDivisionError()], [DONE]) as desk:
            chat = await desk.library.new_chat()
            answer = await desk.ask(chat.id)
            assert (answer.content, answer.state, answer.error) == ("Half", MessageState.INTERRUPTED, CUT)
            assert (await desk.ask(chat.id)).state is MessageState.COMPLETE

    with caplog.at_level(logging.ERROR):
        asyncio.run(scenario())
    assert "ZeroDivisionError" in caplog.text
    caplog.clear()


def test_text_in_the_last_chunk_is_part_of_the_answer(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [ChatChunk(content="All.", done=True)]) as desk:
            chat = await desk.library.new_chat()
            answer = await desk.ask(chat.id)
            assert (answer.content, answer.stats) == ("All.", None)

    asyncio.run(scenario())
