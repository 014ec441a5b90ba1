"""The only way to start a task: a scope that owns it, names it, reports its failure and ends it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Self

from ollama_desk.domain.errors import DeskError

log = logging.getLogger(__name__)


class TaskScope:
    """Owns tasks. Leaving the scope cancels and awaits what still runs.

    Args:
        on_error: told of every ``DeskError`` that ends a task; anything else is a bug, which goes to the
            loop's handler with its stack.
    """

    def __init__(self, on_error: Callable[[DeskError], None] | None = None) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_error = on_error
        self._closed = False

    def spawn(self, coroutine: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[None]:
        """Run ``coroutine`` as a task of this scope."""
        if self._closed:
            coroutine.close()
            msg = f"the scope is closed; {name} was not started"
            raise RuntimeError(msg)
        task = asyncio.get_running_loop().create_task(self._guarded(coroutine, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: coroutine.close())  # cancelled before its first step, it was never awaited
        return task

    async def _guarded(self, coroutine: Coroutine[Any, Any, Any], name: str) -> None:
        try:
            await coroutine
        except DeskError as error:
            if self._on_error is None:
                log.warning("%s: %s", name, error)
            else:
                self._on_error(error)
        except Exception as error:  # noqa: BLE001 - a bug ends its task, not the program
            loop = asyncio.get_running_loop()
            loop.call_exception_handler({"message": f"The task {name} failed", "exception": error})

    async def aclose(self, timeout_s: float = 5.0) -> None:
        """Cancel every task and wait for its end; what does not end in time is named in the log."""
        self._closed = True
        tasks = {task for task in self._tasks if task is not asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            _, pending = await asyncio.wait(tasks, timeout=timeout_s)
            for task in pending:
                log.error("The task %s did not end in %.0f s", task.get_name(), timeout_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()
