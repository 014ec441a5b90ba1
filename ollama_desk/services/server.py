"""The local server as the faces see it: its state, its measurements, and the wishes to start and stop it."""

from contextlib import aclosing

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.events import ResourcesSampled, ServerStateChanged
from ollama_desk.domain.server import ServerStatus
from ollama_desk.sidecar.supervisor import Supervisor


class ServerService:
    """Publishes what the supervisor yields; passes on what a person wishes."""

    def __init__(self, supervisor: Supervisor, *, bus: EventBus, tasks: TaskScope) -> None:
        self._supervisor = supervisor
        self._bus = bus
        tasks.spawn(self._publish_states(), name="server states")
        tasks.spawn(self._publish_samples(), name="server resources")

    @property
    def status(self) -> ServerStatus:
        return self._supervisor.status

    def start(self) -> None:
        self._supervisor.start()

    def stop(self) -> None:
        self._supervisor.stop()

    def restart(self) -> None:
        self._supervisor.restart()

    def log_tail(self, lines: int = 200) -> list[str]:
        """The server's last log lines, cleaned for display."""
        return self._supervisor.log_tail(lines)

    async def _publish_states(self) -> None:
        async with aclosing(self._supervisor.states()) as states:
            async for status in states:
                self._bus.publish(ServerStateChanged(status))

    async def _publish_samples(self) -> None:
        async with aclosing(self._supervisor.resources()) as samples:
            async for sample in samples:
                self._bus.publish(ResourcesSampled(sample))
