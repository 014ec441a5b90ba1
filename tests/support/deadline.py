"""Waits for what no event tells of: asked again and again, until a deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

ASK_EVERY_S = 0.02


async def wait_for(ask: Callable[[], Awaitable[T]], is_right: Callable[[T], bool], timeout_s: float = 10.0) -> T:
    """The first answer of ``ask`` for which ``is_right`` holds."""
    answer = await ask()
    deadline = asyncio.get_running_loop().time() + timeout_s
    while not is_right(answer):
        if asyncio.get_running_loop().time() > deadline:
            msg = f"it did not come in {timeout_s} s; last: {answer!r}"
            raise AssertionError(msg)
        await asyncio.sleep(ASK_EVERY_S)
        answer = await ask()
    return answer
