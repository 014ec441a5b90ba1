"""The settings service over a real file, with a server that writes down what it is told."""

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.events import NoticeRaised, ServerStateChanged, SettingsChanged
from ollama_desk.domain.server import ServerAddress, ServerState, ServerStatus
from ollama_desk.services.config import read_config
from ollama_desk.services.server_plan import ServerPlan
from ollama_desk.services.settings import SettingsService
from tests.support.deadline import wait_for
from tests.support.events import EventRecorder

FAKE = Path(__file__).resolve().parents[1] / "fakes" / "fake_ollama.py"
LOOK_EVERY_S = 0.05


class StandingServer:
    """A server that does at once what it is told, and runs no program."""

    def __init__(self, plan: ServerPlan, bus: EventBus) -> None:
        self.status = ServerStatus(ServerState.STOPPED, address=plan.address)
        self.restarts = 0
        self._plan = plan
        self._bus = bus

    def start(self) -> None:
        self._plan.choose_program()
        self.show(ServerState.READY)

    def restart(self) -> None:
        self.restarts += 1
        self.start()

    def move_to(self, address: ServerAddress) -> None:
        self.status = replace(self.status, address=address)

    def show(self, state: ServerState) -> None:
        self.status = replace(self.status, state=state)
        self._bus.publish(ServerStateChanged(self.status))


@dataclass(frozen=True, slots=True)
class SettingsDesk:
    """What a test of the settings holds."""

    path: Path
    bus: EventBus
    seen: EventRecorder
    plan: ServerPlan
    server: StandingServer
    service: SettingsService

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self.seen.of(NoticeRaised)]

    @property
    def changes(self) -> list[SettingsChanged]:
        return self.seen.of(SettingsChanged)


@asynccontextmanager
async def settings_desk(
    folder: Path, environment: Mapping[str, str] | None = None, *, host: str = ""
) -> AsyncIterator[SettingsDesk]:
    """As a window with ``--data-dir folder`` and ``--host host`` would have it."""
    config = read_config(data_dir=folder, host=host, environment={"HOME": str(folder), **(environment or {})})
    bus = EventBus()
    seen = EventRecorder(bus)
    plan = ServerPlan(config)
    server = StandingServer(plan, bus)
    async with TaskScope() as tasks:
        service = SettingsService(config, plan=plan, server=server, bus=bus, tasks=tasks, look_every_s=LOOK_EVERY_S)
        yield SettingsDesk(config.folders.settings_file, bus, seen, plan, server, service)


async def until(condition: Callable[[], object]) -> None:
    """For what no event tells of."""

    async def ask() -> bool:
        return bool(condition())

    await wait_for(ask, bool)


def fake_program(folder: Path, *, told: Path) -> Path:
    """A program that passes for an ``ollama``, and writes what it was given into ``told`` when it serves."""
    folder.mkdir(exist_ok=True)
    program = folder / "ollama"
    program.write_text(
        '#!/bin/sh\nif [ "$1" = --version ]; then echo "ollama version is 9.8.7"; exit 0; fi\n'
        f'FAKE="environment={told}" exec "{sys.executable}" "{FAKE}" "$@"\n'
    )
    program.chmod(0o755)
    return program
