"""Library and chat services over a real database, with a source that is scripted."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.chat import Message
from ollama_desk.domain.events import TurnFailed, TurnFinished, TurnStopped
from ollama_desk.services.chat import ChatService
from ollama_desk.services.library import LibraryService
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database
from tests.support.events import EventRecorder
from tests.support.scripted_source import ScriptedSource, Step

MODEL = "scripted:latest"


@dataclass(frozen=True, slots=True)
class ChatDesk:
    """What a test of the services holds."""

    database: Database
    store: ChatStore
    bus: EventBus
    seen: EventRecorder
    source: ScriptedSource
    library: LibraryService
    chat: ChatService
    tasks: TaskScope

    async def ask(self, chat_id: int, text: str = "Why?") -> Message:
        """Send and wait for the end of the answer."""
        ends = len(self.ends())
        await self.chat.send(chat_id, text, model=MODEL)
        await self.seen.until(lambda: len(self.ends()) > ends)
        return self.ends()[-1]

    def ends(self) -> list[Message]:
        """The ended answers so far."""
        kinds = (TurnFinished, TurnStopped, TurnFailed)
        return [event.message for event in self.seen.events if isinstance(event, kinds)]


@asynccontextmanager
async def chat_desk(folder: Path, *scripts: Sequence[Step]) -> AsyncIterator[ChatDesk]:
    """Built and unwound in the order of ``open_desk``."""
    async with AsyncExitStack() as stack:
        bus = EventBus()
        seen = EventRecorder(bus)
        database = await Database.open(folder / "desk.db")
        stack.push_async_callback(database.aclose)
        store = ChatStore(database)
        await store.recover()
        tasks = await stack.enter_async_context(TaskScope())
        source = ScriptedSource(list(scripts))
        library = LibraryService(store, bus=bus)
        chat = ChatService(store, bus=bus, client=source, tasks=tasks, library=library)
        stack.push_async_callback(chat.aclose)
        yield ChatDesk(database, store, bus, seen, source, library, chat, tasks)
