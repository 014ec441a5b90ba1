"""Chats and their trees of messages are found again as they were left."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ollama_desk.domain.chat import DoneReason, Message, MessageState, Role, TurnStats
from ollama_desk.domain.errors import StorageError
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database
from ollama_desk.storage.tree import INTERRUPTED_BY_EXIT
from tests.support.damage import copy_with_logs

AT = datetime(2024, 5, 1, 12, 0, 0, 123_000, tzinfo=UTC)
HOSTILE = {
    "NUL": "before\x00after\x00",
    "right to left": "שלום \u202eمرحبا\u202c 👩\u200d👩\u200d👧",
    "line ends": "a\r\nb\rc\n\u2028d\u0085",
    "not normalised": "e\u0301 é \ufeff",
    "five megabytes": "0123456789abcdeß" * 320_000,
    "SQL": "'; DROP TABLE chats; --",
}


def with_store(folder: Path, scenario: Callable[[ChatStore], Awaitable[None]]) -> None:
    """Run ``scenario`` on the database in ``folder``, as one life of the program."""

    async def run() -> None:
        database = await Database.open(folder / "desk.db")
        try:
            await scenario(ChatStore(database))
        finally:
            await database.aclose()

    asyncio.run(run())


async def begin(store: ChatStore, chat_id: int, text: str) -> tuple[Message, Message]:
    return await store.begin_turn(chat_id, text, model="m", title=text[:48], at=AT)


async def turn(store: ChatStore, chat_id: int, text: str, answer: str) -> Message:
    _, empty = await begin(store, chat_id, text)
    return await store.finish_message(replace(empty, content=answer, state=MessageState.COMPLETE))


def test_a_turn_is_found_again_with_everything(tmp_path: Path) -> None:
    stats = TurnStats(prompt_tokens=3, answer_tokens=5, answer_s=0.25, first_token_s=0.1)

    async def write(store: ChatStore) -> None:
        chat = await store.create_chat("llama", at=AT)
        question, answer = await store.begin_turn(chat.id, "Why?", model="other", title="Why?", at=AT)
        assert (question.role, question.parent_id, question.content) == (Role.USER, None, "Why?")
        assert (answer.role, answer.parent_id, answer.state) == (
            Role.ASSISTANT,
            question.id,
            MessageState.STREAMING,
        )
        await store.append_chunk(answer.id, "Be", "hm")
        await store.append_chunk(answer.id, "cause", "")
        assert [each.content for each in await store.messages(chat.id)] == ["Why?", "Because"]
        final = replace(
            answer,
            content="Because.",
            thinking="hm",
            state=MessageState.COMPLETE,
            done_reason=DoneReason.LENGTH,
            stats=stats,
        )
        assert await store.finish_message(final) == final

    async def read(store: ChatStore) -> None:
        assert await store.recover() == 0
        (chat,) = await store.chats()
        assert (chat.title, chat.model, chat.created_at) == ("Why?", "other", AT)
        question, answer = await store.messages(chat.id)
        assert chat.leaf_id == answer.id
        assert (question.content, question.created_at) == ("Why?", AT)
        assert (answer.content, answer.thinking, answer.stats) == ("Because.", "hm", stats)
        assert (answer.done_reason, answer.model) == (DoneReason.LENGTH, "other")

    with_store(tmp_path, write)
    with_store(tmp_path, read)


def test_what_was_being_written_when_the_program_ended_is_kept_and_marked(tmp_path: Path) -> None:
    async def write(store: ChatStore) -> None:
        chat = await store.create_chat("m", at=AT)
        _, answer = await begin(store, chat.id, "Why?")
        await store.append_chunk(answer.id, "Bec", "thinks")
        await store.append_chunk(answer.id, "ause", "")

    async def read(store: ChatStore) -> None:
        assert await store.recover() == 1
        assert await store.recover() == 0
        (chat,) = await store.chats()
        _, answer = await store.messages(chat.id)
        assert (answer.content, answer.thinking) == ("Because", "thinks")
        assert (answer.state, answer.error) == (MessageState.INTERRUPTED, INTERRUPTED_BY_EXIT)

    with_store(tmp_path, write)
    with_store(tmp_path, read)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_st09_text_is_stored_byte_for_byte(tmp_path: Path, text: str) -> None:
    async def write(store: ChatStore) -> None:
        chat = await store.create_chat("m", at=AT)
        await store.rename(chat.id, text[:48])
        await turn(store, chat.id, text, text)
        _, answer = await begin(store, chat.id, "again")
        await store.append_chunk(answer.id, text, text)
        await store.append_chunk(answer.id, text, "")

    async def read(store: ChatStore) -> None:
        await store.recover()
        (chat,) = await store.chats()
        question, first, _, second = await store.messages(chat.id)
        assert question.content == text
        assert first.content == text
        assert second.content == text + text
        assert second.thinking == text
        assert chat.title == text[:48]

    with_store(tmp_path, write)
    with_store(tmp_path, read)


def test_lone_surrogates_become_replacement_characters(tmp_path: Path) -> None:
    async def scenario(store: ChatStore) -> None:
        chat = await store.create_chat("\ud800", at=AT)
        question, answer = await begin(store, chat.id, "a\ud800b")
        assert question.content == "a\ufffdb"
        await store.append_chunk(answer.id, "\udfff", "\ud83d\ude00")
        stored = await store.finish_message(
            replace(answer, content="\udfff", error="\ud800", state=MessageState.FAILED)
        )
        assert (stored.content, stored.error) == ("\ufffd", "\ufffd")

    with_store(tmp_path, scenario)


def test_another_answer_to_a_question_makes_a_branch_and_the_old_one_stays(tmp_path: Path) -> None:
    async def scenario(store: ChatStore) -> None:
        chat = await store.create_chat("m", at=AT)
        first = await turn(store, chat.id, "Why?", "Because.")
        await turn(store, chat.id, "Really?", "Yes.")
        question = await store.question_of(first.id)
        assert (await store.question_of(question.id)) == question
        second = await store.begin_answer(question, model="", at=AT)
        assert (second.parent_id, second.model) == (question.id, "m")
        await store.finish_message(replace(second, content="No idea.", state=MessageState.COMPLETE))
        assert [each.content for each in await store.messages(chat.id)] == ["Why?", "No idea."]
        assert [each.content for each in await store.branch(first.id)] == ["Why?", "Because."]

    with_store(tmp_path, scenario)


def test_st14_the_order_of_chats_and_messages_does_not_follow_a_clock_that_goes_back(tmp_path: Path) -> None:
    async def scenario(store: ChatStore) -> None:
        old = await store.create_chat("m", at=AT)
        new = await store.create_chat("m", at=AT - timedelta(days=1))
        assert [chat.id for chat in await store.chats()] == [new.id, old.id]
        await store.begin_turn(old.id, "first", model="m", title="t", at=AT - timedelta(days=2))
        assert [chat.id for chat in await store.chats()] == [old.id, new.id]
        await store.begin_turn(old.id, "second", model="m", title="t", at=AT - timedelta(days=3))
        assert [each.content for each in await store.messages(old.id)] == ["first", "", "second", ""]

    with_store(tmp_path, scenario)


def test_a_title_is_given_once_and_a_rename_stays(tmp_path: Path) -> None:
    async def scenario(store: ChatStore) -> None:
        chat = await store.create_chat("m", at=AT)
        assert chat.title == ""
        await begin(store, chat.id, "first")
        await begin(store, chat.id, "second")
        assert (await store.chats())[0].title == "first"
        await store.rename(chat.id, "mine")
        await begin(store, chat.id, "third")
        assert (await store.chats())[0].title == "mine"

    with_store(tmp_path, scenario)


def test_st16_a_deleted_chat_can_be_restored_until_it_is_purged(tmp_path: Path) -> None:
    async def scenario(store: ChatStore) -> None:
        chat = await store.create_chat("m", at=AT)
        answer = await turn(store, chat.id, "Why?", "Because.")
        await store.delete(chat.id, at=AT)
        assert await store.chats() == ()
        assert await store.messages(chat.id) == ()
        with pytest.raises(StorageError, match="deleted"):
            await begin(store, chat.id, "Still there?")
        await store.restore(chat.id)
        assert len(await store.messages(chat.id)) == 2
        await store.delete(chat.id, at=AT)
        await store.purge(before=AT)
        await store.restore(chat.id)
        await store.delete(chat.id, at=AT)
        await store.purge(before=AT + timedelta(seconds=1))
        with pytest.raises(StorageError, match="removed for good"):
            await store.restore(chat.id)
        assert await store.chats() == ()
        with pytest.raises(StorageError, match="deleted"):
            await store.question_of(answer.id)

    with_store(tmp_path, scenario)


def test_an_answer_to_a_purged_chat_goes_nowhere_without_an_error(tmp_path: Path) -> None:
    async def scenario(store: ChatStore) -> None:
        chat = await store.create_chat("m", at=AT)
        _, answer = await begin(store, chat.id, "Why?")
        await store.delete(chat.id, at=AT)
        await store.purge(before=AT + timedelta(seconds=1))
        await store.append_chunk(answer.id, "Because", "")
        final = replace(answer, content="Because", state=MessageState.STOPPED)
        assert await store.finish_message(final) == final

    with_store(tmp_path, scenario)


def test_the_next_start_removes_deleted_chats_for_good_and_uses_no_id_twice(tmp_path: Path) -> None:
    ids: list[int] = []

    async def write(store: ChatStore) -> None:
        chat = await store.create_chat("m", at=AT)
        answer = await turn(store, chat.id, "Why?", "Because.")
        ids.extend((chat.id, answer.id))
        await store.delete(chat.id, at=AT)

    async def read(store: ChatStore) -> None:
        await store.recover()
        chat = await store.create_chat("m", at=AT)
        question, _ = await begin(store, chat.id, "New?")
        assert chat.id > ids[0]
        assert question.id > ids[1]

    with_store(tmp_path, write)
    with_store(tmp_path, read)


def test_a_long_conversation_is_read_and_removed_whole(tmp_path: Path) -> None:
    """SQLite's own cascades and triggers end at a depth of 1000."""

    async def scenario(store: ChatStore) -> None:
        chat = await store.create_chat("m", at=AT)
        for number in range(750):
            await turn(store, chat.id, f"question {number}", f"answer {number}")
        messages = await store.messages(chat.id)
        assert len(messages) == 1500
        assert [each.parent_id for each in messages[1:]] == [each.id for each in messages[:-1]]
        await store.delete(chat.id, at=AT)
        await store.recover()
        assert await store.branch(messages[-1].id) == ()

    with_store(tmp_path, scenario)


def test_st16_a_crash_after_a_deletion_makes_it_final_as_a_whole(tmp_path: Path) -> None:
    ids: list[int] = []
    killed = tmp_path / "killed"
    killed.mkdir()

    async def delete_and_die(store: ChatStore) -> None:
        chat = await store.create_chat("m", at=AT)
        answer = await turn(store, chat.id, "Why?", "Because.")
        _, growing = await begin(store, chat.id, "And?")
        await store.append_chunk(growing.id, "So", "")
        await store.delete(chat.id, at=AT)
        ids.extend((chat.id, answer.id, growing.id))
        copy_with_logs(tmp_path / "desk.db", killed / "desk.db")

    async def undo(store: ChatStore) -> None:
        await store.recover()
        with pytest.raises(StorageError, match="removed for good"):
            await store.restore(ids[0])
        assert await store.branch(ids[2]) == ()

    with_store(tmp_path, delete_and_die)
    with_store(killed, undo)
    with closing(sqlite3.connect(killed / "desk.db")) as connection:
        for table in ("chats", "messages", "chunks"):
            assert connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (0,)  # noqa: S608 - our names
