"""Installed and loaded models: kept up to date, loaded, unloaded, deleted, and the demonstration model installed."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.demo import DEMO_MODEL_NAME
from ollama_desk.domain.errors import OllamaError, PullRefusedError
from ollama_desk.domain.events import (
    ModelsChanged,
    PullFailed,
    PullFinished,
    ServerStateChanged,
    TurnFinished,
    TurnStopped,
)
from ollama_desk.domain.models import Model, ModelDetails, RunningModel
from ollama_desk.ollama.client import OllamaClient

log = logging.getLogger(__name__)

REFRESH_S = 5.0  # while something is in memory, whose time runs
CALM_REFRESH_S = 10.0  # while nothing is: two requests are a quarter of what the program costs at rest
DEMO_CONTEXT = 32_768
# A Go template that a real Ollama reads too: it renders ChatML, and naming .Thinking declares the capability.
DEMO_TEMPLATE = (
    "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ if .Thinking }}<think>{{ .Thinking }}</think>\n{{ end }}"
    "{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
)
DEMO_LICENCE = "MIT. A demonstration model of Ollama Desk: its answers are scripted, its inference is real."


class ModelsService:
    """Knows what the server has, asks again when something may have changed, and publishes when it has."""

    def __init__(
        self,
        client: OllamaClient,
        *,
        bus: EventBus,
        tasks: TaskScope,
        demo_file: Path,
        is_pulling: Callable[[str], bool] = lambda _name: False,
    ) -> None:
        self._client = client
        self._bus = bus
        self._is_pulling = is_pulling
        self._demo_file = demo_file
        self._models: tuple[Model, ...] = ()
        self._running: tuple[RunningModel, ...] = ()
        self._details: dict[tuple[str, str], ModelDetails] = {}  # by name and digest
        self._known = False  # whether the server was asked since it last came up
        self._wake = asyncio.Event()
        self._answers = False
        bus.subscribe(ServerStateChanged, self._on_server_state_changed)
        bus.subscribe(TurnFinished, self._on_something_ended)
        bus.subscribe(TurnStopped, self._on_something_ended)
        bus.subscribe(PullFinished, self._on_something_ended)
        bus.subscribe(PullFailed, self._on_something_ended)
        tasks.spawn(self._keep_fresh(), name="models")

    @property
    def models(self) -> tuple[Model, ...]:
        return self._models

    @property
    def running(self) -> tuple[RunningModel, ...]:
        return self._running

    @property
    def known(self) -> bool:
        """Whether ``models`` is what the server said, and not merely empty because nobody was asked."""
        return self._known

    async def refresh(self) -> None:
        """Ask the server now.

        Raises:
            OllamaError: it did not answer.
        """
        models, running = await asyncio.gather(self._client.tags(), self._client.ps())
        self._take(await self._with_capabilities(models), running, known=True)

    async def details(self, name: str) -> ModelDetails:
        """What the server tells about a model; asked once for each digest.

        Raises:
            ModelNotFoundError: it is not installed.
            OllamaError: the server did not answer.
        """
        digest = next((model.digest for model in self._models if model.name == name), "")
        return await self._details_of(name, digest)

    async def load(self, name: str) -> None:
        await self._client.load(name)
        await self.refresh()

    async def unload(self, name: str) -> None:
        await self._client.unload(name)
        await self.refresh()

    async def delete(self, name: str) -> None:
        """Remove a model.

        Raises:
            PullRefusedError: it is being downloaded.
            OllamaError: the server refused it or did not answer.
        """
        if self._is_pulling(name):
            raise PullRefusedError(f'"{name}" is being downloaded. Cancel the download first.')
        await self._client.delete(name)
        await self.refresh()

    async def install_demo(self) -> None:
        """Install the packaged demonstration model into the server and load it.

        Raises:
            OllamaError: the server refused it.
        """
        data = await asyncio.to_thread(self._demo_file.read_bytes)
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if not await self._client.has_blob(digest):
            await self._client.upload_blob(digest, self._demo_file)
        steps = self._client.create(
            DEMO_MODEL_NAME,
            files={self._demo_file.name: digest},
            template=DEMO_TEMPLATE,
            parameters={"num_ctx": DEMO_CONTEXT, "temperature": 0, "stop": ["<|im_end|>"]},
            licence=DEMO_LICENCE,
        )
        async with aclosing(steps):
            async for step in steps:
                log.info("demonstration model: %s", step.status)
        await self.load(DEMO_MODEL_NAME)

    async def _details_of(self, name: str, digest: str) -> ModelDetails:
        key = (name, digest)
        found = self._details.get(key) if digest else None
        if found is None:
            found = self._details[key] = await self._client.show(name)
        return found

    async def _with_capabilities(self, models: tuple[Model, ...]) -> tuple[Model, ...]:
        """Servers before 0.33 list models without their capabilities: ``show`` knows them."""
        whole = []
        for model in models:
            if model.capabilities or model.remote_host:
                whole.append(model)
                continue
            try:
                details = await self._details_of(model.name, model.digest)
            except OllamaError as error:
                log.info("The capabilities of a model could not be asked for: %s", error)
                whole.append(model)
            else:
                length = model.context_length or details.context_length
                whole.append(replace(model, capabilities=details.capabilities, context_length=length))
        return tuple(whole)

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        self._answers = event.status.state.answers
        if self._answers:
            self._wake.set()
        elif not event.status.state.is_passing:
            self._take((), (), known=False)

    def _on_something_ended(self, _event: TurnFinished | TurnStopped | PullFinished | PullFailed) -> None:
        self._wake.set()

    async def _keep_fresh(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._rest_s()):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            if self._answers:
                try:
                    await self.refresh()
                except OllamaError as error:
                    log.info("The models could not be listed: %s", error)

    def _rest_s(self) -> float | None:
        """How long to leave the server alone; None: until something happens."""
        if not self._answers:
            return None
        return REFRESH_S if self._running else CALM_REFRESH_S

    def _take(self, models: tuple[Model, ...], running: tuple[RunningModel, ...], *, known: bool) -> None:
        changed = (models, running, known) != (self._models, self._running, self._known)
        self._models, self._running, self._known = models, running, known
        if changed:
            self._bus.publish(ModelsChanged(models, running))
