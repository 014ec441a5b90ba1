"""The models service asks when something may have changed, completes what old servers leave out, and publishes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from ollama_desk.core.bus import EventBus
from ollama_desk.core.http import HttpLink
from ollama_desk.core.resources import resource
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import ModelNotFoundError, OllamaError
from ollama_desk.domain.events import ModelsChanged, PullFailed, PullFinished, ServerStateChanged
from ollama_desk.domain.pulls import PullJob, PullState
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.services.models import ModelsService
from tests.support.events import EventRecorder

READY = ServerStateChanged(ServerStatus(ServerState.READY))


@dataclass(slots=True)
class OldServer:
    """A server of before 0.33: it lists models without their capabilities."""

    names: list[str] = field(default_factory=lambda: ["chatty:latest"])
    loaded: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)  # paths that answer 500
    waiting: dict[str, asyncio.Event] = field(default_factory=dict)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        sent = json.loads(request.content or b"{}")
        if path in self.waiting:
            self.waiting[path].set()
        self.asked.append(f"{path} {sent.get('model', '')}".strip())
        if path in self.broken:
            return httpx.Response(500, json={"error": "out of order"})
        reply = self._reply(path, sent)
        if reply is None:
            return httpx.Response(404, json={"error": f"model '{sent.get('model')}' not found"})
        return httpx.Response(200, json=reply)

    async def until_asked(self, path: str) -> None:
        """Wait for the next request to ``path``."""
        self.waiting[path] = asyncio.Event()
        async with asyncio.timeout(10):
            await self.waiting[path].wait()

    def _reply(self, path: str, sent: dict[str, Any]) -> dict[str, Any] | None:
        name = sent.get("model", "")
        match path:
            case "/api/tags":
                return {"models": [{"name": each, "digest": "ab" * 32} for each in self.names]}
            case "/api/ps":
                return {"models": [{"name": each} for each in self.loaded]}
            case "/api/show" if name in self.names:
                return {
                    "capabilities": ["completion", "thinking"],
                    "model_info": {"general.architecture": "llama", "llama.context_length": 4096},
                }
            case "/api/generate":
                self.loaded = [] if sent.get("keep_alive") == 0 else [name]
                return {"done": True}
            case "/api/delete":
                self.names.remove(name)
                return {}
            case _:
                return None


@dataclass(slots=True)
class Scene:
    server: OldServer
    service: ModelsService
    bus: EventBus
    seen: EventRecorder

    async def changed(self, count: int) -> ModelsChanged:
        """The newest list, once there are ``count``."""
        await self.seen.until(lambda: len(self.seen.of(ModelsChanged)) >= count)
        return self.seen.of(ModelsChanged)[-1]


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    server, bus = OldServer(), EventBus()
    seen = EventRecorder(bus)
    client = OllamaClient(HttpLink("http://127.0.0.1:1", transport=httpx.MockTransport(server.answer)))
    async with TaskScope() as tasks:
        service = ModelsService(client, bus=bus, tasks=tasks, demo_file=Path("none"))
        yield Scene(server, service, bus, seen)
    await client.aclose()


def test_a_server_that_comes_up_is_asked_and_its_models_are_completed() -> None:
    async def scenario() -> None:
        async with scene() as play:
            play.bus.publish(READY)
            event = await play.changed(1)
            assert event.models[0].capabilities == {"completion", "thinking"}
            assert event.models[0].context_length == 4096
            assert play.service.known
            await play.service.refresh()
            assert play.server.asked.count("/api/show chatty:latest") == 1
            assert (await play.service.details("chatty:latest")).context_length == 4096
            assert play.server.asked.count("/api/show chatty:latest") == 1

    asyncio.run(scenario())


def test_a_model_that_cannot_be_looked_at_is_listed_all_the_same() -> None:
    async def scenario() -> None:
        async with scene() as play:
            play.server.broken.add("/api/show")
            play.bus.publish(READY)
            event = await play.changed(1)
            assert [model.name for model in event.models] == ["chatty:latest"]
            assert event.models[0].capabilities == frozenset()

    asyncio.run(scenario())


def test_loading_and_unloading_are_seen_at_once() -> None:
    async def scenario() -> None:
        async with scene() as play:
            play.bus.publish(READY)
            await play.changed(1)
            await play.service.load("chatty:latest")
            assert [model.name for model in play.service.running] == ["chatty:latest"]
            await play.service.unload("chatty:latest")
            assert play.service.running == ()
            play.server.names.clear()
            await play.service.refresh()
            with pytest.raises(ModelNotFoundError):
                await play.service.details("chatty:latest")

    asyncio.run(scenario())


def test_what_is_known_goes_with_the_server_but_not_while_it_passes() -> None:
    async def scenario() -> None:
        async with scene() as play:
            play.bus.publish(READY)
            await play.changed(1)
            play.bus.publish(ServerStateChanged(ServerStatus(ServerState.BACKOFF)))
            assert play.service.known
            play.bus.publish(ServerStateChanged(ServerStatus(ServerState.STOPPED)))
            assert play.seen.of(ModelsChanged)[-1] == ModelsChanged((), ())

    asyncio.run(scenario())


def test_a_server_that_fails_is_asked_again_and_keeps_its_list() -> None:
    async def scenario() -> None:
        async with scene() as play:
            play.bus.publish(READY)
            await play.changed(1)
            play.server.broken.add("/api/tags")
            with pytest.raises(OllamaError, match="out of order"):
                await play.service.refresh()
            play.bus.publish(READY)
            await play.server.until_asked("/api/tags")
            assert len(play.service.models) == 1

    asyncio.run(scenario())


def test_a_download_that_ends_is_a_reason_to_ask_again() -> None:
    job = PullJob(1, "new", PullState.FINISHED, datetime.now(UTC))

    async def scenario() -> None:
        async with scene() as play:
            play.bus.publish(READY)
            await play.changed(1)
            for event in (PullFinished(job), PullFailed(job)):
                play.bus.publish(event)
                await play.server.until_asked("/api/tags")

    asyncio.run(scenario())


def test_the_demonstration_model_is_in_the_package() -> None:
    assert resource("demo", "demo.gguf").is_file()
