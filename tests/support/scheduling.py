"""A scheduler with real runners, without its HTTP face: what its tests share."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from ollama_desk.core.tasks import TaskScope
from ollama_desk.engine.loading import LoadOptions, Wanted
from ollama_desk.engine.memory import Footprint
from ollama_desk.engine.scheduler import Scheduler
from ollama_desk.engine.seats import Seat
from tests.support.engine import children

T = TypeVar("T")
SMALL = LoadOptions(n_ctx=512)


@asynccontextmanager
async def scheduler(*, max_loaded: int = 3, max_queue: int = 512) -> AsyncIterator[Scheduler]:
    async with TaskScope() as scope:
        made = Scheduler(scope, max_loaded=max_loaded, max_queue=max_queue, load_timeout_s=30)
        try:
            yield made
        finally:
            await made.aclose()


def wanted(gguf: Path, options: LoadOptions = SMALL) -> Wanted:
    return Wanted(str(gguf), f"{gguf.stem}:latest", "0" * 64, Footprint(gguf.stat().st_size), options)


def pid_of(seat: Seat) -> int:
    assert seat.runner is not None
    return seat.runner.pid


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(60):
            await scenario()

    asyncio.run(limited())


def names(running: Scheduler) -> list[str]:
    return [seat.wanted.name for seat in running.loaded()]


def own_children() -> list[int]:
    return children(os.getpid())


async def soon(value: T) -> T:
    return value


async def say_something(seat: Seat) -> None:
    assert seat.runner is not None
    link = seat.runner.link
    question = {"messages": [{"role": "user", "content": "story"}], "stream": True}
    async with aclosing(link.stream("/v1/chat/completions", question)) as answers:
        async for answer in answers:
            assert answer.status == 200
