"""What a chat sends beside its messages, and answers that are asked for in another way than the first time."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_desk.domain.chat import ChatChunk, ChatOptions, ChatTurn, DoneReason, Message, MessageState, Role, TurnStats
from ollama_desk.domain.errors import StorageError, StreamInterruptedError, TurnInProgressError
from ollama_desk.domain.events import ServerStateChanged, TurnStarted
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.services.turn import Ending, Turn, request_options
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database
from tests.support.chat_desk import MODEL, ChatDesk, chat_desk
from tests.support.scripted_source import DONE, STATS, Step, text

LENGTH = ChatChunk(done=True, done_reason=DoneReason.LENGTH, stats=STATS)


async def until_ended(desk: ChatDesk, ends: int) -> Message:
    await desk.seen.until(lambda: len(desk.ends()) >= ends)
    return desk.ends()[-1]


def test_only_what_was_changed_is_sent(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [*text("A"), DONE], [*text("B"), DONE]) as desk:
            chat = await desk.library.new_chat()
            await desk.ask(chat.id, "One?")
            await desk.library.save_options(chat.id, ChatOptions(system="Be brief.", temperature=0.0, stop=("END",)))
            await desk.ask(chat.id, "Two?")
            assert desk.source.asked[0].options is None
            assert desk.source.asked[1].options == {"temperature": 0.0, "stop": ["END"]}
            assert desk.source.asked[1].turns == (
                ChatTurn(Role.SYSTEM, "Be brief."),
                ChatTurn(Role.USER, "One?"),
                ChatTurn(Role.ASSISTANT, "A"),
                ChatTurn(Role.USER, "Two?"),
            )
            assert (await desk.library.chats())[0].options.system == "Be brief."

    asyncio.run(scenario())


def test_every_option_has_its_name_on_the_wire() -> None:
    options = ChatOptions(temperature=1.5, context_length=8192, seed=7, stop=(), max_tokens=-1)
    assert request_options(options) == {
        "temperature": 1.5,
        "num_ctx": 8192,
        "seed": 7,
        "stop": [],
        "num_predict": -1,
    }


def test_the_last_message_is_written_anew_and_the_old_one_stays_beside_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [*text("A"), DONE], [*text("B"), DONE], [*text("C"), DONE]) as desk:
            chat = await desk.library.new_chat()
            await desk.ask(chat.id, "One?")
            old = await desk.ask(chat.id, "Two?")
            await desk.chat.edit(old.id, "Three?", model=MODEL)
            await until_ended(desk, 3)
            assert [each.content for each in await desk.library.messages(chat.id)] == ["One?", "A", "Three?", "C"]
            assert [each.content for each in await desk.store.branch(old.id)] == ["One?", "A", "Two?", "B"]
            started = desk.seen.of(TurnStarted)[-1]
            assert started.question is not None
            assert (started.question.content, started.question.parent_id) == ("Three?", old.parent_id and old.id - 2)

    asyncio.run(scenario())


def test_a_cut_answer_is_continued_where_it_ended(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [*text("Half of"), LENGTH], [*text(" the ", "rest."), DONE]) as desk:
            chat = await desk.library.new_chat()
            cut = await desk.ask(chat.id)
            await desk.chat.go_on(cut.id, think=False)
            whole = await until_ended(desk, 2)
            assert (whole.id, whole.content, whole.state) == (cut.id, "Half of the rest.", MessageState.COMPLETE)
            assert whole.done_reason is DoneReason.STOP
            assert whole.stats is not None
            assert whole.stats.answer_tokens == 2 * STATS.answer_tokens
            assert desk.source.asked[1].turns[-1] == ChatTurn(Role.ASSISTANT, "Half of")
            assert (await desk.library.messages(chat.id))[-1] == whole

    asyncio.run(scenario())


def test_a_continued_answer_that_is_cut_again_keeps_everything(tmp_path: Path) -> None:
    async def scenario() -> None:
        gone = StreamInterruptedError("The server went away.")
        async with chat_desk(tmp_path, [*text("Half"), gone], [*text(" of"), gone]) as desk:
            chat = await desk.library.new_chat()
            cut = await desk.ask(chat.id)
            await desk.chat.go_on(cut.id)
            again = await until_ended(desk, 2)
            assert (again.content, again.state, again.error) == ("Half of", MessageState.INTERRUPTED, str(gone))

    asyncio.run(scenario())


def test_st01_a_crash_while_an_answer_is_continued_loses_nothing_of_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [*text("Half"), LENGTH]) as desk:
            chat = await desk.library.new_chat()
            cut = await desk.ask(chat.id)
            await desk.store.begin_more(cut.id, at=cut.created_at)
            await desk.store.append_chunk(cut.id, " of", "")
        database = await Database.open(tmp_path / "desk.db")
        store = ChatStore(database)
        assert await store.recover() == 1
        kept = (await store.messages(chat.id))[-1]
        assert (kept.content, kept.state) == ("Half of", MessageState.INTERRUPTED)
        await database.aclose()

    asyncio.run(scenario())


def test_nothing_is_edited_or_continued_while_the_chat_answers(tmp_path: Path) -> None:
    async def scenario() -> None:
        hold = asyncio.Event()
        waiting: list[Step] = [*text("Half"), hold, DONE]
        async with chat_desk(tmp_path, waiting) as desk:
            chat = await desk.library.new_chat()
            await desk.chat.send(chat.id, "Why?", model=MODEL)
            answer = (await desk.seen.wait_for(TurnStarted)).answer
            with pytest.raises(TurnInProgressError):
                await desk.chat.go_on(answer.id)
            with pytest.raises(TurnInProgressError):
                await desk.chat.edit(answer.id, "No!", model=MODEL)
            hold.set()
            await until_ended(desk, 1)

    asyncio.run(scenario())


def test_what_is_asked_while_the_server_comes_up_waits_for_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [*text("Yes"), DONE]) as desk:
            chat = await desk.library.new_chat()
            desk.bus.publish(ServerStateChanged(ServerStatus(ServerState.BACKOFF)))
            await desk.chat.send(chat.id, "Why?", model=MODEL)
            await desk.seen.wait_for(TurnStarted)
            assert desk.source.asked == []
            desk.bus.publish(ServerStateChanged(ServerStatus(ServerState.READY)))
            assert (await until_ended(desk, 1)).content == "Yes"

    asyncio.run(scenario())


def test_how_long_a_model_thought_is_measured_to_its_first_word(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path, [*text("A"), DONE]) as desk:
            chat = await desk.library.new_chat()
            answer = await desk.ask(chat.id)
            turn = Turn(replace(answer, content="", state=MessageState.STREAMING))
            turn.add(ChatChunk(thinking="hm"), at_s=1.0)
            turn.add(ChatChunk(thinking="so"), at_s=3.0)
            assert turn.message().thinking_s == 2.0
            turn.add(ChatChunk(content="Well"), at_s=5.5)
            turn.add(ChatChunk(content=" then"), at_s=9.0)
            turn.end(Ending(MessageState.COMPLETE, stats=TurnStats(answer_tokens=2)))
            kept = await desk.store.finish_message(turn.message())
            assert (kept.thinking_s, kept.thinking) == (4.5, "hmso")

    asyncio.run(scenario())


def test_drafts_and_pins_are_kept_and_the_draft_of_a_new_chat_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with chat_desk(tmp_path) as desk:
            assert await desk.library.new_draft() == ""
            first, second = await desk.library.new_chat(), await desk.library.new_chat()
            await desk.library.save_draft(None, "for later")
            await desk.library.save_draft(second.id, "half a")
            await desk.library.pin(first.id, pinned=True)
            await desk.library.set_unread(second.id, unread=True)
            chats = await desk.library.chats()
            assert [(each.id, each.pinned, each.unread, each.draft) for each in chats] == [
                (first.id, True, False, ""),
                (second.id, False, True, "half a"),
            ]
            assert await desk.library.new_draft() == "for later"
            with pytest.raises(StorageError):
                await desk.store.chat(99)

    asyncio.run(scenario())
