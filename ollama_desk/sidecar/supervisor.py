"""The local server as the services hold it: wishes in; states and measurements out."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.server import ResourceSample, ServerAddress, ServerStatus
from ollama_desk.sidecar import server_log
from ollama_desk.sidecar.actor import ServerActor
from ollama_desk.sidecar.board import Board
from ollama_desk.sidecar.launch import ServerProgram
from ollama_desk.sidecar.monitor import Monitor
from ollama_desk.sidecar.policy import Timings
from ollama_desk.sidecar.ports import literal
from ollama_desk.sidecar.probe import ProbeAnswer, probe
from ollama_desk.sidecar.runs import LocalRuns

log = logging.getLogger(__name__)

CLOSE_MARGIN_S = 1.7  # what ending may take beyond the grace


class Supervisor:
    """Keeps at most one server of ours running while it is wanted.

    Commands never wait: the last one wins. States come from ``states()``, each with its reason.

    Args:
        choose: the program to run, asked anew before every start.
        folder: for the owner id, the record and the log.
        environment: the app's own; the server gets what ``launch.server_environment`` lets through.
        extra_env: what the server gets on top of that.
        ask: who answers at an address.
        guardian: the command line of the guardian; empty: this program's own.
        is_busy: whether an answer or a download is under way, during which a silent server is not ended.
        sharing: who else works in a models folder, in words; asked before every start.
    """

    def __init__(
        self,
        choose: Callable[[], ServerProgram],
        *,
        address: ServerAddress,
        folder: Path,
        environment: Mapping[str, str],
        extra_env: Mapping[str, str] | None = None,
        models_folder: Path | None = None,
        timings: Timings | None = None,
        ask: Callable[[ServerAddress], Awaitable[ProbeAnswer]] = probe,
        is_busy: Callable[[], bool] = lambda: False,
        guardian: Sequence[str] = (),
        sharing: Callable[[Path], Awaitable[str]] | None = None,
    ) -> None:
        address = literal(address)
        self._timings = timings or Timings()
        self._runs = LocalRuns(
            address=address,
            folder=folder,
            environment=environment,
            extra_env=extra_env or {},
            models_folder=models_folder,
            grace_s=self._timings.grace_s,
            guardian=guardian,
            sharing=sharing,
        )
        self._board = Board(address)
        self._actor = ServerActor(
            self._runs,
            board=self._board,
            choose=choose,
            address=address,
            timings=self._timings,
            ask=ask,
            random=random.random,
            is_busy=is_busy,
        )
        self._tasks = TaskScope()
        self._acting = self._tasks.spawn(self._actor.run(), name="supervisor")
        self._tasks.spawn(self._keep_log_short(), name="server log")

    @property
    def status(self) -> ServerStatus:
        return self._board.status

    @property
    def log_path(self) -> Path:
        return self._runs.log_path

    def log_tail(self, lines: int) -> list[str]:
        """The server's last log lines, cleaned for display."""
        return server_log.tail(self.log_path, lines)

    def states(self) -> AsyncGenerator[ServerStatus, None]:
        """The state now and every later one; ends with the supervisor. For one consumer."""
        return self._board.states()

    async def resources(self) -> AsyncGenerator[ResourceSample | None, None]:
        """A measurement a second while there is a server of ours; one None when it is gone."""
        monitor, watched = None, None
        while True:
            if self.status.pid != watched:
                watched = self.status.pid
                monitor = Monitor(watched) if watched else None
                yield None
            if monitor is not None:
                sample = await asyncio.to_thread(monitor.sample)
                if sample is not None:
                    yield sample
            await asyncio.sleep(self._timings.sample_s)

    async def _keep_log_short(self) -> None:
        while True:
            await asyncio.sleep(self._timings.sample_s)
            if self.status.pid is not None:
                await self._runs.keep_log_short()

    def start(self) -> None:
        """Start it, unless it runs or is about to; a wait that is under way is cut short."""
        self._actor.start()

    def stop(self) -> None:
        """Stop it, if it is ours."""
        self._actor.stop()

    def restart(self) -> None:
        """Stop it if it runs, and start it."""
        self._actor.restart()

    def move_to(self, address: ServerAddress) -> None:
        """Go on at another address, such as ``status.free_address``: a server of ours is stopped and started there.

        ``status.address`` follows as soon as the old place is left. What is not wanted is not started.
        """
        self._actor.move_to(literal(address))

    async def aclose(self) -> None:
        """Stop the server and the supervisor; at the latest the grace and 2 s later."""
        self._actor.close()
        _, late = await asyncio.wait({self._acting}, timeout=self._timings.grace_s + CLOSE_MARGIN_S)
        if late:
            log.error("the server did not end in time")
        await self._tasks.aclose(timeout_s=0.3)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()
