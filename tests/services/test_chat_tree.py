"""Whatever is done in whatever order, every chat is a tree and the screen shows one branch of it."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ollama_desk.domain.chat import Message, Role
from ollama_desk.domain.errors import StorageError, StreamInterruptedError
from tests.support.chat_desk import ChatDesk, chat_desk
from tests.support.scripted_source import DONE, Step, text

Action = tuple[str, int, str]

ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["create", "rename", "delete", "restore", "send", "regenerate"]),
        st.integers(0, 20),
        st.text(st.characters(codec=None), max_size=12),
    ),
    max_size=25,
)
WHOLE: Sequence[Step] = [*text("Yes", "."), DONE]
CUT: Sequence[Step] = [StreamInterruptedError("The server went away.")]


async def regenerate(desk: ChatDesk, messages: tuple[Message, ...], which: int) -> None:
    ends = len(desk.ends())
    await desk.chat.regenerate(messages[which % len(messages)].id)
    await desk.seen.until(lambda: len(desk.ends()) > ends)


async def act(desk: ChatDesk, action: Action) -> None:
    kind, which, words = action
    chats = await desk.library.chats()
    if kind == "create" or not chats:
        await desk.library.new_chat("m")
        return
    chat_id = chats[which % len(chats)].id
    match kind:
        case "rename":
            await desk.library.rename(chat_id, words)
        case "delete":
            await desk.library.delete(chat_id)
        case "restore":
            with suppress(StorageError):  # there may be no such chat
                await desk.library.restore(which)
        case "send":
            await desk.ask(chat_id, words)
        case _:
            if messages := await desk.library.messages(chat_id):
                await regenerate(desk, messages, which)


def strangers(connection: sqlite3.Connection) -> list[tuple[int, ...]]:
    """Messages whose parent is in another chat or younger, chats whose leaf is not one of theirs."""
    return connection.execute(
        "SELECT child.id FROM messages AS child LEFT JOIN messages AS parent ON parent.id = child.parent_id"
        " WHERE child.parent_id IS NOT NULL AND (parent.chat_id IS NOT child.chat_id OR parent.id >= child.id)"
        " UNION ALL SELECT chats.id FROM chats LEFT JOIN messages ON messages.id = leaf_id"
        " WHERE leaf_id IS NOT NULL AND messages.chat_id IS NOT chats.id"
    ).fetchall()


async def expect_trees(desk: ChatDesk) -> None:
    assert await desk.database.read(strangers) == []
    assert await desk.database.read(lambda one: one.execute("SELECT id FROM chunks").fetchall()) == []
    for chat in await desk.library.chats():
        messages = await desk.library.messages(chat.id)
        assert (messages[-1].id if messages else None) == chat.leaf_id
        assert [each.parent_id for each in messages] == [None, *(each.id for each in messages[:-1])][: len(messages)]
        assert [each.role for each in messages] == [Role.USER, Role.ASSISTANT] * (len(messages) // 2)


@settings(max_examples=40, deadline=None)
@given(ACTIONS)
def test_any_sequence_of_actions_leaves_trees(actions: list[Action]) -> None:
    async def scenario(folder: Path) -> None:
        scripts: list[Sequence[Step]] = [WHOLE, CUT] * len(actions)
        async with chat_desk(folder, *scripts) as desk:
            for action in actions:
                await act(desk, action)
            await expect_trees(desk)
        async with chat_desk(folder) as again:
            await expect_trees(again)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(scenario(Path(folder)))
