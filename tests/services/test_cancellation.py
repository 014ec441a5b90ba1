"""What is cancelled at whatever point ends: no task is dropped, no stream stays open, the database goes on."""

import asyncio
import gc
import random
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.chat import Chat
from ollama_desk.domain.errors import DeskError
from tests.support.chat_desk import MODEL, ChatDesk, chat_desk
from tests.support.scripted_source import DONE, Step, text

DESKS = 25
CANCELLED = 20  # on each: 500 in all
MOST_STEPS = 25  # of the loop between the start of an action and its cancellation

Action = Callable[[], Coroutine[Any, Any, object]]


def actions(desk: ChatDesk, chat: Chat) -> list[Action]:
    """What a person does to chats."""
    return [
        lambda: desk.chat.send(chat.id, "Why?", model=MODEL),
        lambda: desk.library.new_chat(MODEL),
        lambda: desk.library.rename(chat.id, "Another title"),
        lambda: desk.library.messages(chat.id),
        lambda: desk.library.delete(chat.id),
        lambda: desk.library.restore(chat.id),
        lambda: desk.library.save_draft(chat.id, "a thought"),
        desk.library.chats,
    ]


async def cancel_at_random(desk: ChatDesk, scope: TaskScope, chance: random.Random) -> None:
    chat = await desk.library.new_chat(MODEL)
    for _ in range(CANCELLED):
        action = chance.choice(actions(desk, chat))
        task = scope.spawn(action(), name="an action")
        for _ in range(chance.randrange(MOST_STEPS)):
            await asyncio.sleep(chance.choice([0, 0, 0, 0.0005]))
        if chance.random() < 0.3:
            desk.chat.stop(chat.id)
        task.cancel()


@pytest.mark.parametrize("seed", range(DESKS))
def test_ui02_a_task_cancelled_at_a_random_point_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    told = list[DeskError]()  # such as a second question while the first is answered
    noise: list[dict[str, Any]] = []

    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(context))
        endless: list[Step] = [*text("a", "b", "c"), asyncio.Event()]
        scripts = [endless if number % 2 else [*text("a", "b"), DONE] for number in range(CANCELLED)]
        async with chat_desk(tmp_path, *scripts) as desk:
            async with TaskScope(on_error=told.append) as scope:
                await cancel_at_random(desk, scope, random.Random(seed))  # noqa: S311 - points in time
            await desk.library.new_chat(MODEL)
        assert desk.source.closed == len(desk.source.asked)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scenario())
    gc.collect()
    assert noise == []
    assert "destroyed" not in caplog.text
