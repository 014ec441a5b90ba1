"""Opens a Desk, the one thing that every face is given, and unwinds it in order."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from ollama_desk.core.bus import EventBus
from ollama_desk.core.files import private_folder
from ollama_desk.core.http import HttpLink
from ollama_desk.core.resources import resource
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.events import NoticeRaised
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.services.chat import ChatService
from ollama_desk.services.config import DeskConfig
from ollama_desk.services.library import LibraryService
from ollama_desk.services.models import ModelsService
from ollama_desk.services.server import ServerService
from ollama_desk.sidecar.launch import ServerProgram, find_program
from ollama_desk.sidecar.supervisor import Supervisor
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database

log = logging.getLogger(__name__)

BUILT_IN = "built-in"  # the value of the setting server_program that asks for the built-in engine


@dataclass(frozen=True, slots=True)
class Desk:
    """The services and the bus that they publish on."""

    bus: EventBus
    server: ServerService
    models: ModelsService
    library: LibraryService
    chat: ChatService


@asynccontextmanager
async def open_desk(config: DeskConfig) -> AsyncIterator[Desk]:
    """Build everything; on leaving: turns are marked and saved, the server's tree ends, the database closes.

    Raises:
        StorageError: the data folder or the database cannot be used.
    """
    private_folder(config.folders.data)
    async with AsyncExitStack() as stack:
        bus = EventBus()
        database = await Database.open(config.folders.database)
        stack.push_async_callback(database.aclose)
        store = ChatStore(database)
        await store.recover()
        client = OllamaClient(HttpLink(config.address.url))
        stack.push_async_callback(client.aclose)
        supervisor = Supervisor(
            partial(choose_program, config),
            address=config.address,
            folder=config.folders.server,
            environment=config.environment,
            models_folder=config.folders.models,
        )
        stack.push_async_callback(supervisor.aclose)
        tasks = TaskScope(on_error=lambda error: _raise_notice(bus, error))
        stack.push_async_callback(tasks.aclose)
        library = LibraryService(store, bus=bus)
        chat = ChatService(store, bus=bus, client=client, tasks=tasks, library=library)
        stack.push_async_callback(chat.aclose)
        models = ModelsService(client, bus=bus, tasks=tasks, demo_file=resource("demo", "demo.gguf"))
        server = ServerService(supervisor, bus=bus, tasks=tasks)
        yield Desk(bus, server, models, library, chat)


def choose_program(config: DeskConfig) -> ServerProgram:
    """The server program to run: a real Ollama where there is one, else the built-in engine."""
    setting = config.settings.server_program
    built_in_only = config.built_in_only or setting == BUILT_IN
    return find_program(
        setting="" if built_in_only else setting, environment=config.environment, built_in_only=built_in_only
    )


def _raise_notice(bus: EventBus, error: DeskError) -> None:
    log.info("a background task ended: %s", type(error).__name__)
    bus.publish(NoticeRaised(str(error)))
