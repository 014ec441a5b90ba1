"""A click becomes an owned task; a ``DeskError`` in it becomes a notice."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError

log = logging.getLogger(__name__)


class Actions:
    """Runs what a person asked for.

    Args:
        notify: shows the sentence of a ``DeskError`` that ends an action.
    """

    def __init__(self, *, notify: Callable[[str], None]) -> None:
        self._notify = notify
        self._tasks = TaskScope(on_error=self._on_error)
        self._closed = False

    def run(self, action: Coroutine[Any, Any, Any], *, name: str) -> None:
        """Start an action; on the way out nothing is started any more."""
        if self._closed:
            log.info("%s came too late: the program is ending", name)
            action.close()
            return
        self._tasks.spawn(action, name=name)

    async def aclose(self) -> None:
        self._closed = True
        await self._tasks.aclose(timeout_s=2.0)

    def _on_error(self, error: DeskError) -> None:
        self._notify(str(error))
