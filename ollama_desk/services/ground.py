"""What every service of a Desk stands on: the database, the server and its client, the settings, the bus, the tasks."""

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.http import HttpLink
from ollama_desk.core.logs import report_trouble
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DatabaseDamagedError, DeskError
from ollama_desk.domain.events import NoticeRaised, ServerStateChanged
from ollama_desk.domain.keep_alive import keep_alive_in
from ollama_desk.domain.server import ServerAddress, ServerStatus
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.services.config import DeskConfig
from ollama_desk.services.server import ServerService
from ollama_desk.services.server_plan import ServerPlan
from ollama_desk.services.settings import SettingsService
from ollama_desk.services.sharing import SharingService
from ollama_desk.sidecar.neighbours import Neighbourhood
from ollama_desk.sidecar.supervisor import Supervisor
from ollama_desk.sidecar.system_service import SystemService
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ground:
    """Opened first and closed last. Its methods are what services are given to ask."""

    config: DeskConfig
    bus: EventBus
    tasks: TaskScope
    database: Database
    client: OllamaClient
    plan: ServerPlan
    neighbourhood: Neighbourhood
    supervisor: Supervisor
    server: ServerService
    sharing: SharingService
    settings: SettingsService

    def status(self) -> ServerStatus:
        """Of the server, now."""
        return self.server.status

    def own_folder(self) -> Path:
        """Where the server of ours that was started last has its models."""
        return self.plan.own_folder()

    def shared_with(self) -> str:
        """Who else works in that folder, in words; empty where nobody does."""
        return self.sharing.shared_with

    def keep_alive(self, model: str) -> str:
        """How long this model stays in memory, as Ollama writes it; empty: the server decides."""
        return keep_alive_in(self.settings.settings.model_keep_alive, model)


async def open_ground(stack: AsyncExitStack, config: DeskConfig) -> Ground:
    """Build it; ``stack`` ends the tasks, then the server's tree, then closes client and database.

    Raises:
        StorageError: the database cannot be used.
    """
    bus = EventBus()
    database = await _open_database(config.folders.database)
    stack.push_async_callback(database.aclose)
    client = OllamaClient(HttpLink(config.address.url))
    stack.push_async_callback(client.aclose)
    plan = ServerPlan(config)
    neighbourhood = Neighbourhood(SystemService(config.environment), config.folders.server)
    supervisor = Supervisor(
        plan.choose_program,
        address=config.address,
        folder=config.folders.server,
        environment=config.environment,
        extra_env=plan.environment,
        is_busy=lambda: client.is_streaming,
        sharing=neighbourhood.sharing,
    )
    stack.push_async_callback(supervisor.aclose)
    tasks = TaskScope(on_error=lambda error: _raise_notice(bus, error))
    stack.push_async_callback(tasks.aclose)
    server = ServerService(supervisor, bus=bus, tasks=tasks)
    sharing = SharingService(neighbourhood.sharing, own_folder=plan.own_folder, bus=bus, tasks=tasks)
    settings = SettingsService(config, plan=plan, server=supervisor, bus=bus, tasks=tasks)
    bus.subscribe(ServerStateChanged, lambda event: _follow(event.status.address, client=client, tasks=tasks))
    return Ground(config, bus, tasks, database, client, plan, neighbourhood, supervisor, server, sharing, settings)


def tell_soon(stack: AsyncExitStack, ground: Ground) -> None:
    """Tell what opening the database found, and from now on of a log that cannot be written.

    To be called last, with nothing to wait for before the face listens: it is told in the next turn of the loop.
    """
    loop, bus = asyncio.get_running_loop(), ground.bus
    if ground.database.notice:
        loop.call_soon(bus.publish, NoticeRaised(ground.database.notice))
    report_trouble(lambda text: loop.call_soon_threadsafe(bus.publish, NoticeRaised(text)))
    stack.callback(report_trouble, None)


async def _open_database(path: Path) -> Database:
    """The database with what the last run left unfinished ended; damage that only this finds is repaired at once."""
    database = await Database.open(path)
    try:
        await ChatStore(database).recover()
    except DatabaseDamagedError:
        await database.aclose()
        database = await Database.open(path)
        await ChatStore(database).recover()
    except BaseException:
        await database.aclose()
        raise
    return database


def _follow(address: ServerAddress, *, client: OllamaClient, tasks: TaskScope) -> None:
    """Ask the server where it is now."""
    tasks.spawn(client.move_to(address.url), name="follow the server")


def _raise_notice(bus: EventBus, error: DeskError) -> None:
    log.info("a background task ended: %s", type(error).__name__)
    bus.publish(NoticeRaised(str(error)))
