"""Chat, models and speed services over a real database and a real server, and a scripted server for benchmarks."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.http import HttpLink
from ollama_desk.core.resources import resource
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.chat import ChatChunk, DoneReason, Message, TurnStats
from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.events import ModelsChanged, ServerStateChanged, TurnFailed, TurnFinished, TurnStopped
from ollama_desk.domain.models import RunningModel
from ollama_desk.domain.server import ServerKind, ServerState, ServerStatus
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.services.chat import ChatService
from ollama_desk.services.library import LibraryService
from ollama_desk.services.models import ModelsService
from ollama_desk.services.speed import SpeedService
from ollama_desk.services.speed_opening import open_speed
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database
from tests.support.events import EventRecorder

STATUS = ServerStatus(ServerState.READY, kind=ServerKind.BUILT_IN, version="1.2.3")
LONG_S = 60.0  # for what is waited for


@dataclass(frozen=True, slots=True)
class SpeedDesk:
    """What a test of the services holds."""

    database: Database
    bus: EventBus
    seen: EventRecorder
    client: OllamaClient
    library: LibraryService
    chat: ChatService
    models: ModelsService
    speed: SpeedService

    async def ask(self, text: str, *, model: str, chat_id: int | None = None) -> Message:
        """Send and wait for the end of the answer; in a new chat where none is named."""
        if chat_id is None:
            chat_id = (await self.library.new_chat()).id
        ends = len(self._ends())
        await self.chat.send(chat_id, text, model=model)
        await self.seen.until(lambda: len(self._ends()) > ends, LONG_S)
        return self._ends()[-1]

    def _ends(self) -> list[Message]:
        kinds = (TurnFinished, TurnStopped, TurnFailed)
        return [event.message for event in self.seen.events if isinstance(event, kinds)]


@asynccontextmanager
async def speed_desk(folder: Path, url: str) -> AsyncIterator[SpeedDesk]:
    """Built and unwound in the order of ``open_desk``; the models of the server at ``url`` are known."""
    async with AsyncExitStack() as stack:
        bus = EventBus()
        seen = EventRecorder(bus)
        database = await Database.open(folder / "desk.db")
        stack.push_async_callback(database.aclose)
        store = ChatStore(database)
        client = OllamaClient(HttpLink(url))
        stack.push_async_callback(client.aclose)
        tasks = await stack.enter_async_context(TaskScope())
        library = LibraryService(store, bus=bus)
        chat = ChatService(store, bus=bus, client=client, tasks=tasks, library=library)
        stack.push_async_callback(chat.aclose)
        models = ModelsService(client, bus=bus, tasks=tasks, demo_file=resource("demo", "demo.gguf"))
        speed = open_speed(database, bus=bus, tasks=tasks, client=client, models=models, status=lambda: STATUS)
        bus.publish(ServerStateChanged(STATUS))
        await seen.wait_for(ModelsChanged, lambda event: bool(event.models), LONG_S)
        yield SpeedDesk(database, bus, seen, client, library, chat, models, speed)


@dataclass(slots=True)
class ScriptedBench:
    """Counts a token for every six characters, and ends or fails as it is told.

    Args:
        running: what is in memory once it was asked.
        ends_after: tokens after which the answers end, one a request in its turn; the last one goes on for ever.
        gates: by the number of the request, from 0: its answer waits for this.
        failures: by the number of the request: what it ends with.
        load_s: of the first request.
    """

    running: RunningModel
    ends_after: list[int] = field(default_factory=lambda: [10_000])
    gates: Mapping[int, asyncio.Event] = field(default_factory=dict)
    failures: Mapping[int, DeskError] = field(default_factory=dict)
    load_s: float = 2.0
    is_streaming: bool = False
    prompts: list[str] = field(default_factory=list)
    options: list[Mapping[str, object]] = field(default_factory=list)
    kept: list[float | str | None] = field(default_factory=list)
    closed: int = 0

    async def ps(self) -> tuple[RunningModel, ...]:
        return (self.running,) if self.prompts else ()

    async def generate(
        self,
        _model: str,
        prompt: str,
        *,
        raw: bool = False,
        options: Mapping[str, object] | None = None,
        keep_alive: float | str | None = None,
    ) -> AsyncGenerator[ChatChunk, None]:
        assert raw
        number = len(self.prompts)
        self.prompts.append(prompt)
        self.options.append(options or {})
        self.kept.append(keep_alive)
        most = (options or {})["num_predict"]
        assert isinstance(most, int)
        ends_after = self.ends_after.pop(0) if len(self.ends_after) > 1 else self.ends_after[0]
        tokens = min(most, ends_after)
        try:
            yield ChatChunk("first")
            if number in self.gates:
                await self.gates[number].wait()
            if number in self.failures:
                raise self.failures[number]
            stats = TurnStats(
                prompt_tokens=len(prompt) // 6,
                answer_tokens=tokens,
                load_s=0.001 if number else self.load_s,
                prompt_s=0.5,
                answer_s=tokens / (100.0 + number),
            )
            yield ChatChunk(done=True, done_reason=DoneReason.LENGTH, stats=stats)
        finally:
            self.closed += 1
