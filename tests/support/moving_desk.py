"""A whole Desk over the built-in engine whose models folder is moved."""

import asyncio
import os
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.demo import DEMO_MODEL_NAME
from ollama_desk.domain.events import MoveChanged, ServerStateChanged, TurnFailed, TurnFinished
from ollama_desk.domain.moving import MoveJob, MoveState
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.registry.move_journal import NAME
from ollama_desk.registry.moving import no_step
from ollama_desk.services.config import DeskConfig, read_config
from ollama_desk.services.desk import Desk, open_desk
from ollama_desk.services.moving import Facts, MovingService
from ollama_desk.services.moving_run import Means, Settings
from tests.support.engine import free_port
from tests.support.events import EventRecorder

LIMIT_S = 60.0
MEMORY = Path("/dev/shm")  # noqa: S108 - another disk than the one of temporary folders


@dataclass(slots=True)
class MovingDesk:
    """What a test of moves holds."""

    desk: Desk
    seen: EventRecorder
    moving: MovingService

    async def start(self) -> None:
        self.desk.server.start()
        await self.ready()

    async def ready(self) -> None:
        await self.seen.until(lambda: self.desk.server.status.state is ServerState.READY, LIMIT_S)

    async def move(self, chosen: Path) -> MoveJob:
        """Move, and wait for the end."""
        await self.begin(chosen)
        return await self.ended()

    async def begin(self, chosen: Path) -> None:
        self.moving.start(await self.moving.examine(chosen))

    async def reaches(self, state: MoveState) -> MoveJob:
        return (await self.seen.wait_for(MoveChanged, lambda event: event.job.state is state, LIMIT_S)).job

    async def ended(self) -> MoveJob:
        return (await self.seen.wait_for(MoveChanged, lambda event: event.job.state.is_over, LIMIT_S)).job

    async def answer(self, question: str = "Tell me a story, please.") -> str:
        """What the demonstration model says now."""
        chat = await self.desk.library.new_chat(DEMO_MODEL_NAME)
        await self.desk.chat.send(chat.id, question, model=DEMO_MODEL_NAME)
        ended: list[TurnFinished | TurnFailed] = []

        def has_ended() -> bool:
            ended[:] = [each for each in self.seen.of(TurnFinished) if each.message.chat_id == chat.id]
            ended.extend(each for each in self.seen.of(TurnFailed) if each.message.chat_id == chat.id)
            return bool(ended)

        await self.seen.until(has_ended, LIMIT_S)
        assert isinstance(ended[0], TurnFinished), ended[0].message.error
        return ended[0].message.content


def config_in(folder: Path, environment: dict[str, str] | None = None) -> DeskConfig:
    around = {"PATH": os.environ["PATH"], "HOME": str(folder), **(environment or {})}
    data = folder / "data"
    config = read_config(data_dir=data, host=f"127.0.0.1:{free_port()}", environment=around)
    return replace(config, built_in_only=True)


class Gate:
    """Holds a thread at the first step of this name until it is opened."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open = threading.Event()
        self.is_reached = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def __call__(self, name: str) -> None:
        if name.startswith(self._name) and not self._open.is_set():
            self._loop.call_soon_threadsafe(self.is_reached.set)
            assert self._open.wait(LIMIT_S)

    def open(self) -> None:
        self._open.set()

    async def reached(self) -> None:
        async with asyncio.timeout(LIMIT_S):
            await self.is_reached.wait()


@asynccontextmanager
async def moving_desk(folder: Path, environment: dict[str, str] | None = None) -> AsyncIterator[MovingDesk]:
    """Opened with what an earlier one in the same folder left."""
    async with open_desk(config_in(folder, environment)) as desk:
        yield MovingDesk(desk, EventRecorder(desk.bus), desk.moving)


class ScriptedServer:
    """Is in the states that a test tells, one after the other for each restart."""

    def __init__(self, bus: EventBus, *restarts: Sequence[ServerState], stops: bool = True) -> None:
        self._bus = bus
        self._restarts = list(restarts)
        self._stops = stops
        self.status = ServerStatus(ServerState.READY)
        self.asked: list[str] = []

    def stop(self) -> None:
        self.asked.append("stop")
        if self._stops:
            self._become([ServerState.STOPPING, ServerState.STOPPED])

    def restart(self) -> None:
        self.asked.append("restart")
        self._become(self._restarts.pop(0))

    def _become(self, states: Sequence[ServerState]) -> None:
        for number, state in enumerate(states):
            asyncio.get_running_loop().call_later(0.01 * number, self._show, state)

    def _show(self, state: ServerState) -> None:
        self.status = ServerStatus(state, reason="It fell." if state is ServerState.FAILED else "")
        self._bus.publish(ServerStateChanged(self.status))


@asynccontextmanager
async def stepped_desk(
    folder: Path,
    step: Callable[[str], None] = no_step,
    *,
    may_link: bool = False,
    server: Callable[[EventBus], ScriptedServer] | None = None,
    is_answering: Callable[[], bool] = lambda: False,
    facts: Facts | None = None,
    sharing: Callable[[Path], Awaitable[str]] | None = None,
    settings: Settings | None = None,
) -> AsyncIterator[MovingDesk]:
    """The same with a service of moves that tells of its steps, and has around it what the test wants."""
    config = config_in(folder)
    async with open_desk(config) as desk, TaskScope() as tasks:
        around = desk.server if server is None else server(desk.bus)
        service = MovingService(
            config,
            places=desk.settings,
            facts=facts or Facts(lambda: desk.settings.models_folder, str, str),
            means=Means(
                around,
                settings or desk.settings,
                desk.pulls,
                desk.imports,
                sharing or nobody,
                is_answering,
                desk.bus,
                stop_limit_s=0.2 if server else 30.0,
            ),
            journal_path=config.folders.data / NAME,
            bus=desk.bus,
            tasks=tasks,
            may_link=may_link,
            step=step,
        )
        yield MovingDesk(desk, EventRecorder(desk.bus), service)
        await service.aclose()


async def nobody(_folder: Path) -> str:
    """Who else works in a folder."""
    return ""


@contextmanager
def another_disk(beside: Path) -> Iterator[Path]:
    """A folder on another disk than ``beside`` where this machine has one, otherwise just another folder."""
    is_other = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and MEMORY.stat().st_dev != beside.stat().st_dev
    place = Path(tempfile.mkdtemp(prefix="models-", dir=MEMORY if is_other else None))
    try:
        yield place
    finally:
        shutil.rmtree(place)
