"""Opens a Desk, the one thing that every face is given, and unwinds it in order."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.files import private_folder
from ollama_desk.core.http import HttpLink
from ollama_desk.core.logs import report_trouble
from ollama_desk.core.resources import resource
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DatabaseDamagedError, DeskError
from ollama_desk.domain.events import NoticeRaised, ServerStateChanged
from ollama_desk.domain.keep_alive import keep_alive_in
from ollama_desk.domain.server import ServerAddress
from ollama_desk.hardware.probe import GpuProbe
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.services.anatomy import AnatomyService
from ollama_desk.services.catalogue import CatalogueService
from ollama_desk.services.chat import ChatService
from ollama_desk.services.config import DeskConfig
from ollama_desk.services.exports import ExportsService
from ollama_desk.services.fit import FitService
from ollama_desk.services.fit_opening import open_fit
from ollama_desk.services.imports import ImportsService
from ollama_desk.services.library import LibraryService
from ollama_desk.services.machine import MachineService
from ollama_desk.services.model_choices import KeepingClient
from ollama_desk.services.model_opening import ModelChanges, open_model_changes
from ollama_desk.services.models import ModelsService
from ollama_desk.services.moving import MovingService
from ollama_desk.services.moving_opening import open_moving, settled
from ollama_desk.services.pulls import PullsService
from ollama_desk.services.pulls_opening import last_jobs, open_pulls
from ollama_desk.services.recommendation import RecommendationService
from ollama_desk.services.server import ServerService
from ollama_desk.services.server_folder import ServerFolder
from ollama_desk.services.server_plan import ServerPlan
from ollama_desk.services.settings import SettingsService
from ollama_desk.services.sharing import SharingService
from ollama_desk.services.speed import SpeedService
from ollama_desk.services.speed_opening import open_speed
from ollama_desk.services.updates import UpdatesService
from ollama_desk.services.updates_opening import open_updates
from ollama_desk.services.upkeep import UpkeepService
from ollama_desk.sidecar.neighbours import Neighbourhood
from ollama_desk.sidecar.probe import Answer, probe
from ollama_desk.sidecar.supervisor import Supervisor
from ollama_desk.sidecar.system_service import SystemService
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database
from ollama_desk.storage.downloads import DownloadStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """The services and the bus that they publish on."""

    bus: EventBus
    server: ServerService
    models: ModelsService
    library: LibraryService
    chat: ChatService
    settings: SettingsService
    machine: MachineService
    imports: ImportsService
    pulls: PullsService
    catalogue: CatalogueService
    fit: FitService
    anatomy: AnatomyService
    updates: UpdatesService
    speed: SpeedService
    upkeep: UpkeepService
    exports: ExportsService
    recommendation: RecommendationService
    changes: ModelChanges
    moving: MovingService


@asynccontextmanager
async def open_desk(config: DeskConfig) -> AsyncIterator[Desk]:
    """Build everything; on leaving: turns are marked and saved, the server's tree ends, the database closes.

    Raises:
        StorageError: the data folder or the database cannot be used.
    """
    private_folder(config.folders.data)
    config = await asyncio.to_thread(settled, config)
    async with AsyncExitStack() as stack:
        bus = EventBus()
        database = await _open_database(config.folders.database)
        stack.push_async_callback(database.aclose)
        store, downloads = ChatStore(database), DownloadStore(database)
        jobs = await last_jobs(downloads)
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
        library = LibraryService(store, bus=bus)

        def keep_alive(name: str) -> str:
            return keep_alive_in(settings.settings.model_keep_alive, name)  # they are opened below

        asked = KeepingClient(client, keep_alive=keep_alive)
        chat = ChatService(store, bus=bus, client=asked, tasks=tasks, library=library)
        stack.push_async_callback(chat.aclose)
        models = ModelsService(
            client,
            bus=bus,
            tasks=tasks,
            demo_file=resource("demo", "demo.gguf"),
            keep_alive=keep_alive,
            before_load=lambda name: changes.deletions.keep_used(name),  # noqa: PLW0108 - they are opened below
        )
        server = ServerService(supervisor, bus=bus, tasks=tasks)
        sharing = SharingService(neighbourhood.sharing, own_folder=plan.own_folder, bus=bus, tasks=tasks)
        settings = SettingsService(config, plan=plan, server=supervisor, bus=bus, tasks=tasks)
        bus.subscribe(ServerStateChanged, lambda event: _follow(event.status.address, client=client, tasks=tasks))
        _tell_soon(bus, stack, database.notice)
        gpus = GpuProbe(config.environment, platform=sys.platform)
        machine = MachineService(
            gpus,
            system=SystemService(config.environment),
            server=supervisor,
            answers=_answers,
            settings=settings,
            bus=bus,
            tasks=tasks,
        )
        imports = ImportsService(
            client,
            models=models,
            bus=bus,
            tasks=tasks,
            server=lambda: server.status,
            own_folder=plan.own_folder,
        )
        pulls = open_pulls(
            stack,
            downloads,
            jobs=jobs,
            server=client,
            status=lambda: server.status,
            own_folder=plan.own_folder,
            is_shared=lambda: bool(sharing.shared_with),
            installed=lambda: models.models,
            at_once=lambda: settings.settings.pulls_at_once,
            environment=config.environment,
            bus=bus,
            tasks=tasks,
        )
        changes = open_model_changes(
            stack,
            client,
            models=models,
            library=library,
            settings=settings,
            is_pulling=pulls.is_pulling,
            bus=bus,
            tasks=tasks,
        )
        where = ServerFolder(models, status=lambda: server.status, own_folder=plan.own_folder)
        catalogue = CatalogueService(resource("catalogue.toml"))
        fit = open_fit(
            stack,
            gpus,
            models=models,
            status=lambda: server.status,
            own_folder=plan.own_folder,
            environment=config.environment,
        )
        exports = ExportsService(models, status=lambda: server.status, folder=where.find, bus=bus, tasks=tasks)
        moving = open_moving(
            stack,
            config,
            server=server,
            settings=settings,
            pulls=pulls,
            imports=imports,
            exports=exports,
            own_folder=plan.own_folder,
            shared_with=lambda: sharing.shared_with,
            sharing=neighbourhood.sharing,
            is_answering=lambda: client.is_streaming,
            bus=bus,
            tasks=tasks,
        )
        yield Desk(
            bus,
            server,
            models,
            library,
            chat,
            settings,
            machine,
            imports,
            pulls,
            catalogue,
            fit,
            AnatomyService(models, status=lambda: server.status, own_folder=plan.own_folder),
            open_updates(
                stack,
                models=models,
                pulls=pulls,
                folder=where,
                environment=config.environment,
                bus=bus,
                tasks=tasks,
            ),
            open_speed(
                database,
                bus=bus,
                tasks=tasks,
                client=client,
                models=models,
                status=lambda: server.status,
                keep_alive=keep_alive,
            ),
            UpkeepService(
                pulls,
                imports,
                status=lambda: server.status,
                folder=where.find,
                sharing=neighbourhood.sharing,
                bus=bus,
                tasks=tasks,
            ),
            exports,
            RecommendationService(
                catalogue, memory=fit, gpus=gpus, status=lambda: server.status, own_folder=plan.own_folder
            ),
            changes,
            moving,
        )


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


async def _answers(address: ServerAddress) -> bool:
    return (await probe(address)).answer is Answer.OLLAMA


def _follow(address: ServerAddress, *, client: OllamaClient, tasks: TaskScope) -> None:
    """Ask the server where it is now."""
    tasks.spawn(client.move_to(address.url), name="follow the server")


def _tell_soon(bus: EventBus, stack: AsyncExitStack, found: str) -> None:
    """Tell what opening the database found, and from now on of a log that cannot be written: once the face listens."""
    loop = asyncio.get_running_loop()
    if found:
        loop.call_soon(bus.publish, NoticeRaised(found))
    report_trouble(lambda text: loop.call_soon_threadsafe(bus.publish, NoticeRaised(text)))
    stack.callback(report_trouble, None)


def _raise_notice(bus: EventBus, error: DeskError) -> None:
    log.info("a background task ended: %s", type(error).__name__)
    bus.publish(NoticeRaised(str(error)))
