"""Loads the models that a person wants in memory, each time that a server has come up."""

import logging
from collections.abc import Callable

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.events import NoticeRaised, ServerStateChanged
from ollama_desk.domain.model_names import is_named
from ollama_desk.domain.server import ServerStatus
from ollama_desk.services.models import ModelsService

log = logging.getLogger(__name__)


class Preloading:
    """Listens to the server: ours, or another on this machine. One elsewhere has its memory for others too.

    Args:
        models: loads them, one after the other.
        wanted: their names.
        bus: tells of the server, and is told of what cannot be loaded.
        tasks: owns the loading.
    """

    def __init__(
        self, models: ModelsService, *, wanted: Callable[[], tuple[str, ...]], bus: EventBus, tasks: TaskScope
    ) -> None:
        self._models = models
        self._wanted = wanted
        self._bus = bus
        self._tasks = tasks
        self._up: object = None  # what tells this start of the server from the last one; None: it is not up
        bus.subscribe(ServerStateChanged, self._on_server_state_changed)

    async def load_all(self) -> None:
        """Load what is installed and not loaded. What cannot be loaded is told of, and the next one has its turn.

        Raises:
            OllamaError: the server does not answer.
        """
        if not self._wanted():
            return
        await self._models.refresh()
        for name in self._wanted():
            if not is_named((model.name for model in self._models.models), name):  # or it was deleted just now
                log.info("A model that is to be loaded at the start is not installed")
            elif not is_named((each.name for each in self._models.listed[1]), name):
                await self._load(name)

    async def _load(self, name: str) -> None:
        try:
            await self._models.load(name)
        except DeskError as error:
            log.info("A model could not be loaded at the start: %s", error)
            self._bus.publish(NoticeRaised(f"{name} could not be loaded with the server. {error}"))

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        now = _start_of(event.status)
        if event.status.state.is_passing and self._up is not None:
            return  # what was loaded may be loaded still
        came_up = now is not None and now != self._up
        self._up = now
        if came_up:
            self._tasks.spawn(self.load_all(), name="load what is wanted at the start")


def _start_of(status: ServerStatus) -> object:
    if not status.state.answers or not status.address.is_local:
        return None
    return status.address, status.pid, status.started_at
