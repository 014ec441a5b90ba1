"""The services that change models, over a server that says what the test wants or over a real one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from ollama_desk.core.bus import EventBus
from ollama_desk.core.http import HttpLink
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError, SettingsError
from ollama_desk.domain.events import NoticeRaised, ServerStateChanged, SettingsChanged
from ollama_desk.domain.keep_alive import keep_alive_in
from ollama_desk.domain.pending import ChangeKind
from ollama_desk.domain.server import ServerAddress, ServerState, ServerStatus
from ollama_desk.domain.setting_values import SettingValue, usable
from ollama_desk.domain.settings import Settings
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.services.model_choices import ModelChoices
from ollama_desk.services.model_deletions import ModelDeletions
from ollama_desk.services.model_making import ModelMaking
from ollama_desk.services.models import ModelsService
from tests.support.events import EventRecorder

LIMIT_S = 30.0
LONG_S = 3600.0  # longer than any test: nothing is deleted by itself
CAPABLE = ["completion"]


@dataclass(slots=True)
class PlainServer:
    """Names with digests, and what is loaded. It can refuse, wait and be away."""

    models: dict[str, str] = field(default_factory=lambda: {"small:1b": "a" * 64, "large:7b": "b" * 64})
    loaded: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # "copy small:1b other:1b"; not what only looks
    refuses: dict[str, str] = field(default_factory=dict)  # what it is asked → the error
    gates: dict[str, asyncio.Event] = field(default_factory=dict)  # what it is asked → it answers once this is set
    is_away: bool = False
    looks: int = 0  # how often it was asked what it has
    sent: list[dict[str, Any]] = field(default_factory=list)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content or b"{}")
        words = [request.url.path.removeprefix("/api/")]
        words += [sent[key] for key in ("model", "source", "destination") if key in sent]
        wish = " ".join(words)
        if words[0] not in ("tags", "ps", "show"):
            self.asked.append(wish)
            self.sent.append(sent)
        self.looks += words[0] == "tags"
        if self.is_away:
            raise httpx.ConnectError("connection refused", request=request)
        for gate in (self.gates.get(wish), self.gates.get(words[0])):
            if gate is not None:
                await gate.wait()
        if wish in self.refuses:
            return httpx.Response(500, json={"error": self.refuses[wish]})
        return self._reply(words, sent)

    async def look_count(self) -> int:
        return self.looks

    def _reply(self, words: list[str], sent: dict[str, Any]) -> httpx.Response:
        said = b""
        match words:
            case ["tags"]:
                rows = [{"name": n, "digest": d, "size": 7, "capabilities": CAPABLE} for n, d in self.models.items()]
                said = json.dumps({"models": rows}).encode()
            case ["ps"]:
                said = json.dumps({"models": [{"name": name, "size": 9} for name in self.loaded]}).encode()
            case ["copy", source, target] if source in self.models:
                self.models[target] = self.models[source]
            case ["delete", name] if name in self.models:
                del self.models[name]
            case ["generate", name] if name in self.models:
                self.loaded = [each for each in self.loaded if each != name]
                self.loaded += [] if sent.get("keep_alive") == 0 else [name]
                said = b'{"done":true}'
            case ["create", name]:
                self.models[name] = "c" * 64
                said = b'{"status":"writing manifest"}\n{"status":"success"}\n'
            case ["show", name] if name in self.models:
                said = b'{"capabilities":["completion"],"model_info":{}}'
            case _:
                return httpx.Response(404, json={"error": f"model '{words[-1]}' not found"})
        return httpx.Response(200, content=said)


class KeptSettings:
    """Settings in memory, checked and told as those of the file."""

    def __init__(self, bus: EventBus) -> None:
        self.settings = Settings()
        self.refuses = ""
        self._bus = bus

    async def change(self, **values: SettingValue) -> None:
        if self.refuses:
            raise SettingsError(self.refuses)
        checked: dict[str, Any] = {name: usable(name, value) for name, value in values.items()}
        old, self.settings = self.settings, replace(self.settings, **checked)
        self._bus.publish(SettingsChanged(old, self.settings))


@dataclass(slots=True)
class ModelsDesk:
    """What a test of changes holds."""

    client: OllamaClient
    bus: EventBus
    seen: EventRecorder
    tasks: TaskScope
    models: ModelsService
    deletions: ModelDeletions
    making: ModelMaking
    choices: ModelChoices
    settings: KeptSettings
    pulling: set[str]
    followed: list[tuple[str, str]]
    address: ServerAddress

    @property
    def names(self) -> set[str]:
        """What is shown as installed."""
        return {model.name for model in self.models.models}

    @property
    def changing(self) -> set[tuple[ChangeKind, str]]:
        """What is under way."""
        return {(change.kind, change.shown_name) for change in self.models.changes}

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self.seen.of(NoticeRaised)]

    async def there(self) -> set[str]:
        """What the server has."""
        return {model.name for model in await self.client.tags()}

    def server_is(self, state: ServerState, **facts: Any) -> None:
        self.bus.publish(ServerStateChanged(ServerStatus(state, **{"address": self.address, **facts})))

    async def until(self, condition: Any) -> None:
        await self.seen.until(condition, LIMIT_S)


@asynccontextmanager
async def models_desk(
    server: PlainServer | str, *, undo_s: float = LONG_S, state: ServerState = ServerState.READY
) -> AsyncIterator[ModelsDesk]:
    """Built and unwound in the order of ``open_desk``; ``server`` may be the address of a real one."""
    async with AsyncExitStack() as stack:
        bus = EventBus()
        seen = EventRecorder(bus)
        url = server if isinstance(server, str) else "http://127.0.0.1:1"
        transport = None if isinstance(server, str) else httpx.MockTransport(server.answer)
        client = OllamaClient(HttpLink(url, transport=transport))
        stack.push_async_callback(client.aclose)
        tasks = TaskScope(on_error=lambda error: bus.publish(NoticeRaised(str(error))))
        stack.push_async_callback(tasks.aclose)
        pulling, followed = set[str](), list[tuple[str, str]]()
        settings = KeptSettings(bus)
        models = ModelsService(
            client,
            bus=bus,
            tasks=tasks,
            demo_file=Path("none"),
            keep_alive=lambda name: keep_alive_in(settings.settings.model_keep_alive, name),
            before_load=lambda name: deletions.keep_used(name),  # noqa: PLW0108 - they are made below
        )
        choices = ModelChoices(settings, models=models)
        is_pulling = pulling.__contains__
        deletions = ModelDeletions(client, models=models, is_pulling=is_pulling, bus=bus, tasks=tasks, undo_s=undo_s)
        stack.push_async_callback(deletions.aclose)

        async def follow(name: str, new_name: str) -> None:
            followed.append((name, new_name))
            await choices.follow(name, new_name)

        making = ModelMaking(client, models=models, deletions=deletions, is_pulling=is_pulling, follow=follow, bus=bus)
        address = ServerAddress.parse(url)
        desk = ModelsDesk(
            client, bus, seen, tasks, models, deletions, making, choices, settings, pulling, followed, address
        )
        desk.server_is(state)
        if state.answers:
            await desk.until(lambda: models.known)
        yield desk


async def refused(action: Any, kind: type[DeskError]) -> str:
    """The sentence with which ``action`` ends."""
    try:
        await action
    except kind as error:
        return str(error)
    raise AssertionError(f"no {kind.__name__}")
