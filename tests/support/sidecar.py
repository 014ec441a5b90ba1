"""A supervisor over the fake server, with waits short enough for tests, and an eye on what it says and leaves."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

from ollama_desk.domain.server import ServerAddress, ServerKind, ServerState, ServerStatus
from ollama_desk.sidecar.launch import ServerProgram
from ollama_desk.sidecar.ownership import read_owner_id
from ollama_desk.sidecar.policy import Timings
from ollama_desk.sidecar.probe import ProbeAnswer, probe
from ollama_desk.sidecar.supervisor import Supervisor
from tests.support.processes import marked_processes, wait_until

FAKE = Path(__file__).resolve().parents[1] / "fakes" / "fake_ollama.py"
PROGRAM = ServerProgram(ServerKind.OLLAMA, (sys.executable, str(FAKE)))
QUICK = Timings(
    starting_probe_s=0.1,
    ready_probe_s=0.1,
    elsewhere_probe_s=0.1,
    grace_s=0.5,
    orphan_grace_s=0.3,
    sample_s=0.05,
)
LIMIT_S = 20.0


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 60))


def free_address() -> ServerAddress:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return ServerAddress(port=probe.getsockname()[1])


def measured() -> dict[str, str]:
    """What tells a child that its coverage is measured, where it is."""
    return {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}


class Watch:
    """Everything that the supervisor has said."""

    def __init__(self) -> None:
        self.seen: list[ServerStatus] = []
        self._more = asyncio.Event()

    async def listen(self, supervisor: Supervisor) -> None:
        async with aclosing(supervisor.states()) as states:
            async for status in states:
                self.seen.append(status)
                self._more.set()

    async def until(self, *wanted: ServerState, since: int = 0) -> ServerStatus:
        """The first status in one of the states, not counting the first ``since`` that were seen."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                for status in self.seen[since:]:
                    if status.state in wanted:
                        return status
                self._more.clear()
                await self._more.wait()

    def states(self) -> list[ServerState]:
        """The states in order, each once as long as it lasted."""
        states = [status.state for status in self.seen]
        return [state for index, state in enumerate(states) if index == 0 or states[index - 1] is not state]


@asynccontextmanager
async def supervised(
    folder: Path,
    fake: str = "",
    *,
    address: ServerAddress | None = None,
    timings: Timings = QUICK,
    choose: Callable[[], ServerProgram] = lambda: PROGRAM,
    extra_env: dict[str, str] | None = None,
    ask: Callable[[ServerAddress], Awaitable[ProbeAnswer]] = probe,
    guardian: Sequence[str] = (),
    environment: Mapping[str, str] = os.environ,
    models_folder: Path | None = None,
    is_busy: Callable[[], bool] = lambda: False,
    sharing: Callable[[Path], Awaitable[str]] | None = None,
) -> AsyncIterator[tuple[Supervisor, Watch]]:
    """A supervisor, and what it says; afterwards nothing of it is left."""
    supervisor = Supervisor(
        choose,
        address=address or free_address(),
        folder=folder,
        environment=environment,
        extra_env={"FAKE": fake, **measured(), **(extra_env or {})},
        timings=timings,
        ask=ask,
        guardian=guardian,
        models_folder=models_folder,
        is_busy=is_busy,
        sharing=sharing,
    )
    watch = Watch()
    listening = asyncio.create_task(watch.listen(supervisor))
    try:
        async with supervisor:
            yield supervisor, watch
    finally:
        await listening
    owner = read_owner_id(folder)
    assert not owner or await asyncio.to_thread(wait_until, lambda: not marked_processes(owner)), "something is left"
