"""A click becomes an owned task; a ``DeskError`` in it becomes a notice."""

from collections.abc import Callable, Coroutine
from typing import Any

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError


class Actions:
    """Runs what a person asked for.

    Args:
        notify: shows the sentence of a ``DeskError`` that ends an action.
    """

    def __init__(self, *, notify: Callable[[str], None]) -> None:
        self._notify = notify
        self._tasks = TaskScope(on_error=self._on_error)

    def run(self, action: Coroutine[Any, Any, Any], *, name: str) -> None:
        self._tasks.spawn(action, name=name)

    async def aclose(self) -> None:
        await self._tasks.aclose(timeout_s=2.0)

    def _on_error(self, error: DeskError) -> None:
        self._notify(str(error))
