"""Opens a Desk, the one thing that every face is given, and unwinds it in order."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields

from ollama_desk.core.bus import EventBus
from ollama_desk.core.files import private_folder
from ollama_desk.domain.server import ServerAddress
from ollama_desk.hardware.probe import GpuProbe
from ollama_desk.services.chat import ChatService
from ollama_desk.services.config import DeskConfig
from ollama_desk.services.ground import Ground, open_ground, tell_soon
from ollama_desk.services.library import LibraryService
from ollama_desk.services.machine import MachineService
from ollama_desk.services.model_choices import KeepingClient
from ollama_desk.services.model_desk import ModelDesk, open_model_desk
from ollama_desk.services.moving_opening import settled
from ollama_desk.services.server import ServerService
from ollama_desk.services.settings import SettingsService
from ollama_desk.sidecar.probe import Answer, probe
from ollama_desk.sidecar.system_service import SystemService
from ollama_desk.storage.chats import ChatStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk(ModelDesk):
    """The services and the bus that they publish on."""

    bus: EventBus
    server: ServerService
    library: LibraryService
    chat: ChatService
    settings: SettingsService
    machine: MachineService


@asynccontextmanager
async def open_desk(config: DeskConfig) -> AsyncIterator[Desk]:
    """Build everything; on leaving: turns are marked and saved, the server's tree ends, the database closes.

    Raises:
        StorageError: the data folder or the database cannot be used.
    """
    private_folder(config.folders.data)
    config = await asyncio.to_thread(settled, config)
    async with AsyncExitStack() as stack:
        ground = await open_ground(stack, config)
        library, chat = _open_chat(stack, ground)
        gpus = GpuProbe(config.environment, platform=sys.platform)
        machine = _open_machine(ground, gpus)
        about_models = await open_model_desk(stack, ground, library=library, gpus=gpus)
        tell_soon(stack, ground)
        yield Desk(
            bus=ground.bus,
            server=ground.server,
            library=library,
            chat=chat,
            settings=ground.settings,
            machine=machine,
            **{field.name: getattr(about_models, field.name) for field in fields(about_models)},
        )


def _open_chat(stack: AsyncExitStack, ground: Ground) -> tuple[LibraryService, ChatService]:
    store = ChatStore(ground.database)
    library = LibraryService(store, bus=ground.bus)
    asked = KeepingClient(ground.client, keep_alive=ground.keep_alive)
    chat = ChatService(store, bus=ground.bus, client=asked, tasks=ground.tasks, library=library)
    stack.push_async_callback(chat.aclose)
    return library, chat


def _open_machine(ground: Ground, gpus: GpuProbe) -> MachineService:
    return MachineService(
        gpus,
        system=SystemService(ground.config.environment),
        server=ground.supervisor,
        answers=_answers,
        settings=ground.settings,
        bus=ground.bus,
        tasks=ground.tasks,
    )


async def _answers(address: ServerAddress) -> bool:
    return (await probe(address)).answer is Answer.OLLAMA
