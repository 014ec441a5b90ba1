"""A turn: the question is saved, the model asked with the whole branch, every token told."""

import asyncio
from pathlib import Path

import pytest

from ollama_desk.domain.chat import ChatChunk, ChatTurn, DoneReason, MessageState, Role
from ollama_desk.domain.errors import StorageError, StreamInterruptedError, TurnInProgressError
from ollama_desk.domain.events import ChatsChanged, TokenReceived, TurnFinished, TurnStarted
from tests.support.chat_desk import MODEL, chat_desk
from tests.support.scripted_source import DONE, STATS, Asked, text


def test_an_answer_streams_and_is_kept(tmp_path: Path) -> None:
    script = [ChatChunk(thinking="Hm."), *text("Be", "cause"), ChatChunk(".", done=True, stats=STATS)]

    async def scenario() -> None:
        async with chat_desk(tmp_path, script) as desk:
            chat = await desk.library.new_chat()
            await desk.chat.send(chat.id, "Why?", model=MODEL, think=True)
            finished = (await desk.seen.wait_for(TurnFinished)).message
            started = desk.seen.of(TurnStarted)[0]
            tokens = desk.seen.of(TokenReceived)
            assert started.question is not None
            assert started.answer.state is MessageState.STREAMING
            assert [(token.content, token.thinking) for token in tokens] == [
                ("", "Hm."),
                ("Be", ""),
                ("cause", ""),
                (".", ""),
            ]
            assert {(token.chat_id, token.message_id) for token in tokens} == {(chat.id, started.answer.id)}
            assert (finished.content, finished.thinking, finished.state) == (
                "Because.",
                "Hm.",
                MessageState.COMPLETE,
            )
            assert finished.stats is not None
            assert finished.stats.answer_tokens == 3
            assert finished.stats.first_token_s > 0
            assert await desk.library.messages(chat.id) == (started.question, finished)
            assert desk.source.asked == [Asked(MODEL, (ChatTurn(Role.USER, "Why?"),), think=True)]
            assert not desk.chat.is_streaming(chat.id)

    asyncio.run(scenario())


def test_the_list_shows_the_chat_that_was_asked_first_with_its_title_and_model(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [DONE]) as desk:
            chat = await desk.library.new_chat()
            await desk.library.new_chat()
            await desk.ask(chat.id, "Why?")
            first = desk.seen.of(ChatsChanged)[-1].chats[0]
            assert (first.id, first.title, first.model) == (chat.id, "Why?", MODEL)

    asyncio.run(scenario())


def test_the_whole_conversation_is_sent_but_neither_thinking_nor_answers_that_never_came(tmp_path: Path) -> None:
    async def scenario() -> None:
        scripts = (
            [ChatChunk(thinking="Hm."), *text("One."), DONE],
            [StreamInterruptedError("The server went away.")],
            [*text("Half"), StreamInterruptedError("The server went away.")],
            [DONE],
        )
        async with chat_desk(tmp_path, *scripts) as desk:
            chat = await desk.library.new_chat()
            for question in ("1", "2", "3", "4"):
                await desk.ask(chat.id, question)
            assert [(turn.role.value, turn.content, turn.thinking) for turn in desk.source.asked[-1].turns] == [
                ("user", "1", ""),
                ("assistant", "One.", ""),
                ("user", "2", ""),
                ("user", "3", ""),
                ("assistant", "Half", ""),
                ("user", "4", ""),
            ]

    asyncio.run(scenario())


def test_a_chat_that_still_answers_takes_no_second_question(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [*text("Slowly"), asyncio.Event()]) as desk:
            chat = await desk.library.new_chat()
            sending = [asyncio.ensure_future(desk.chat.send(chat.id, "?", model=MODEL)) for _ in range(2)]
            results = await asyncio.gather(*sending, return_exceptions=True)
            assert [type(result) for result in results] == [type(None), TurnInProgressError]
            token = await desk.seen.wait_for(TokenReceived)
            with pytest.raises(TurnInProgressError, match="still answering"):
                await desk.chat.regenerate(token.message_id)
            assert len(await desk.library.messages(chat.id)) == 2

    asyncio.run(scenario())


def test_several_chats_answer_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        gates = [asyncio.Event() for _ in range(3)]
        scripts = [[*text(f"{number}"), gate, *text("!"), DONE] for number, gate in enumerate(gates)]
        async with chat_desk(tmp_path, *scripts) as desk:
            chats = [await desk.library.new_chat() for _ in gates]
            for chat in chats:
                await desk.chat.send(chat.id, "?", model=MODEL)
            await desk.seen.until(lambda: len(desk.seen.of(TokenReceived)) == len(chats))
            assert all(desk.chat.is_streaming(chat.id) for chat in chats)
            for gate in reversed(gates):
                gate.set()
            await desk.seen.until(lambda: len(desk.ends()) == 3)
            assert {message.chat_id: message.content for message in desk.ends()} == {
                chat.id: f"{number}!" for number, chat in enumerate(chats)
            }

    asyncio.run(scenario())


def test_a_growing_answer_is_read_with_every_token_that_was_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with chat_desk(tmp_path, [*text("So ", "far"), gate, DONE]) as desk:
            chat = await desk.library.new_chat()
            await desk.chat.send(chat.id, "?", model=MODEL)
            await desk.seen.wait_for(TokenReceived, lambda token: token.content == "far")
            _, growing = await desk.library.messages(chat.id)
            assert (growing.content, growing.state) == ("So far", MessageState.STREAMING)
            gate.set()
            await desk.seen.wait_for(TurnFinished)

    asyncio.run(scenario())


def test_regenerating_makes_another_answer_to_the_same_question(tmp_path: Path) -> None:
    async def scenario() -> None:
        scripts = ([*text("One."), DONE], [*text("Two."), DONE], [*text("Three."), DONE])
        async with chat_desk(tmp_path, *scripts) as desk:
            chat = await desk.library.new_chat()
            first = await desk.ask(chat.id, "Count.")
            await desk.chat.regenerate(first.id, model="other")
            await desk.seen.until(lambda: len(desk.ends()) == 2)
            second = desk.ends()[-1]
            assert desk.seen.of(TurnStarted)[-1].question is None
            assert (second.parent_id, second.model) == (first.parent_id, "other")
            assert [each.content for each in await desk.library.messages(chat.id)] == ["Count.", "Two."]
            assert first.parent_id is not None
            await desk.chat.regenerate(first.parent_id)
            await desk.seen.until(lambda: len(desk.ends()) == 3)
            assert [each.content for each in await desk.library.messages(chat.id)] == ["Count.", "Three."]
            assert {asked.turns for asked in desk.source.asked} == {(ChatTurn(Role.USER, "Count."),)}
            assert desk.source.asked[-1].model == "other"

    asyncio.run(scenario())


def test_a_context_that_is_full_is_said_by_the_message(tmp_path: Path) -> None:
    async def scenario() -> None:
        full = ChatChunk(done=True, done_reason=DoneReason.LENGTH, stats=STATS)
        async with chat_desk(tmp_path, [*text("As much as fits"), full]) as desk:
            chat = await desk.library.new_chat()
            await desk.ask(chat.id)
            _, answer = await desk.library.messages(chat.id)
            assert (answer.state, answer.done_reason) == (MessageState.COMPLETE, DoneReason.LENGTH)

    asyncio.run(scenario())


def test_an_empty_answer_is_an_answer(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [DONE]) as desk:
            chat = await desk.library.new_chat()
            answer = await desk.ask(chat.id)
            assert (answer.content, answer.state) == ("", MessageState.COMPLETE)
            assert len(await desk.library.messages(chat.id)) == 2

    asyncio.run(scenario())


def test_a_question_that_cannot_be_saved_is_not_asked(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path) as desk:
            chat = await desk.library.new_chat()
            await desk.library.delete(chat.id)
            with pytest.raises(StorageError, match="deleted"):
                await desk.chat.send(chat.id, "Hello?", model=MODEL)
            assert not desk.chat.is_streaming(chat.id)
            assert desk.source.asked == []

    asyncio.run(scenario())
