"""Several things at once that succeed or fail as one."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError


async def together(jobs: Iterable[Coroutine[Any, Any, None]], *, name: str) -> None:
    """Run ``jobs`` until all are done; the first failure ends the others.

    Raises:
        DeskError: that failure.
    """
    failures = list[DeskError]()
    async with TaskScope(failures.append) as scope:
        running = {scope.spawn(job, name=f"{name} {number}") for number, job in enumerate(jobs)}
        while running and not failures:
            # no time limit of ours: each job has its own
            _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    if failures:
        raise failures[0]
