"""The local server as the faces see it: its state, its measurements, its log, and the wishes to start and stop it."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.files import write_atomically
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.events import ResourcesSampled, ServerStateChanged
from ollama_desk.domain.server import ResourceSample, ServerStatus
from ollama_desk.domain.server_log import LogPiece
from ollama_desk.services.history import ResourceHistory
from ollama_desk.sidecar.log_reader import LogReader
from ollama_desk.sidecar.supervisor import Supervisor


class ServerService:
    """Publishes what the supervisor yields; passes on what a person wishes."""

    def __init__(self, supervisor: Supervisor, *, bus: EventBus, tasks: TaskScope) -> None:
        self._supervisor = supervisor
        self._bus = bus
        self._history = ResourceHistory()
        self._reader = LogReader(supervisor.log_path)
        self._reading = asyncio.Lock()
        tasks.spawn(self._publish_states(), name="server states")
        tasks.spawn(self._publish_samples(), name="server resources")

    @property
    def status(self) -> ServerStatus:
        return self._supervisor.status

    @property
    def samples(self) -> tuple[ResourceSample | None, ...]:
        """The last ten minutes, oldest first; None where there was nothing to measure."""
        return self._history.samples

    @property
    def log_path(self) -> Path:
        return self._supervisor.log_path

    def start(self) -> None:
        self._supervisor.start()

    def stop(self) -> None:
        self._supervisor.stop()

    def restart(self) -> None:
        self._supervisor.restart()

    def use_free_address(self) -> None:
        """Where others hold the address: start a server of ours at the free one that the status names."""
        free = self.status.free_address
        if free is not None:
            self._supervisor.move_to(free)
            self._supervisor.start()

    def log_tail(self, lines: int = 200) -> list[str]:
        """The server's last log lines, cleaned for display."""
        return self._supervisor.log_tail(lines)

    async def read_log(self) -> LogPiece:
        """What the log has got since the last call, read in a worker thread. For one reader."""
        async with self._reading:
            return await asyncio.to_thread(self._reader.read)

    async def save_log(self, path: Path, lines: Sequence[str]) -> None:
        """Write lines of the log to a file of the person's choice.

        Raises:
            StorageError: it cannot be written.
        """
        await asyncio.to_thread(_write, path, tuple(lines))

    async def _publish_states(self) -> None:
        async with aclosing(self._supervisor.states()) as states:
            async for status in states:
                self._bus.publish(ServerStateChanged(status))

    async def _publish_samples(self) -> None:
        async with aclosing(self._supervisor.resources()) as samples:
            async for sample in samples:
                self._history.add(sample)
                self._bus.publish(ResourcesSampled(sample))


def _write(path: Path, lines: Sequence[str]) -> None:
    write_atomically(path, "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
