"""Installed and loaded models: kept up to date, shown with the changes that are under way, loaded and unloaded."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.demo import DEMO_MODEL_NAME
from ollama_desk.domain.errors import OllamaError
from ollama_desk.domain.events import (
    Event,
    ImportFinished,
    ModelsChanged,
    PullFailed,
    PullFinished,
    ServerStateChanged,
    TurnFinished,
    TurnStopped,
)
from ollama_desk.domain.keep_alive import to_wire, unloads
from ollama_desk.domain.model_names import key_of
from ollama_desk.domain.models import Model, ModelDetails, RunningModel
from ollama_desk.domain.pending import ChangeKind, Lists, PendingChange, with_changes
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.services.model_demo import create_demo

log = logging.getLogger(__name__)

REFRESH_S = 5.0  # while something is in memory, whose time runs
CALM_REFRESH_S = 10.0  # while nothing is: two requests are a quarter of what the program costs at rest


class ModelsService:
    """Knows what the server has, asks again when something may have changed, and publishes when it has.

    Args:
        client: asks the server.
        bus: for ``ModelsChanged``.
        tasks: owns the asking.
        demo_file: the demonstration model.
        keep_alive: how long the model of this name stays loaded, as Ollama writes it; empty: the server decides.
        before_load: told which model is about to be loaded.
    """

    def __init__(
        self,
        client: OllamaClient,
        *,
        bus: EventBus,
        tasks: TaskScope,
        demo_file: Path,
        keep_alive: Callable[[str], str] = lambda _name: "",
        before_load: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._client = client
        self._bus = bus
        self._demo_file = demo_file
        self._keep_alive = keep_alive
        self._before_load = before_load
        self._listed: Lists = ((), ())  # as the server said it
        self._changes: list[PendingChange] = []
        self._shown = ModelsChanged((), ())
        self._loads: dict[asyncio.Timeout, str] = {}  # with the names of the models
        self._details: dict[tuple[str, str], ModelDetails] = {}  # by name and digest
        self._known = False  # whether the server was asked since it last came up
        self._asking = asyncio.Lock()
        self._wake = asyncio.Event()
        self._answers = False
        bus.subscribe(ServerStateChanged, self._on_server_state_changed)
        for kind in (TurnFinished, TurnStopped, PullFinished, PullFailed, ImportFinished):
            bus.subscribe(kind, self._on_something_ended)
        tasks.spawn(self._keep_fresh(), name="models")

    @property
    def models(self) -> tuple[Model, ...]:
        """What is installed, with the changes that are under way."""
        return self._shown.models

    @property
    def running(self) -> tuple[RunningModel, ...]:
        """What is loaded, with the changes that are under way."""
        return self._shown.running

    @property
    def listed(self) -> Lists:
        """What is installed and loaded as the server said it last."""
        return self._listed

    @property
    def changes(self) -> tuple[PendingChange, ...]:
        """What is under way."""
        return self._shown.changes

    @property
    def known(self) -> bool:
        """Whether ``models`` is what the server said, and not merely empty because nobody was asked."""
        return self._known

    def installed(self, name: str) -> Model | None:
        """The model as the server listed it, however ``name`` spells it."""
        return next((model for model in self._listed[0] if key_of(model.name) == key_of(name)), None)

    def spelled(self, name: str) -> str:
        """``name`` as it is listed, where it is."""
        model = self.installed(name)
        return name if model is None else model.name

    async def refresh(self) -> None:
        """Ask the server now.

        Raises:
            OllamaError: it did not answer.
        """
        async with self._asking:  # an answer never takes the place of one to a later question
            models, running = await asyncio.gather(self._client.tags(), self._client.ps())
            self._take((await self._with_capabilities(models), running), known=True)

    async def details(self, name: str) -> ModelDetails:
        """What the server tells about a model; asked once for each digest.

        Raises:
            ModelNotFoundError: it is not installed.
            OllamaError: the server did not answer.
        """
        digest = next((model.digest for model in self.models if model.name == name), "")
        origin = next((change.name for change in self._changes if change.new_name == name), name)
        return await self._details_of(name if self.installed(name) else origin, digest)

    async def load(self, name: str, *, keep_alive: str = "") -> None:
        """Load a model, to stay for ``keep_alive`` or what is chosen for it; returns too when ``unload`` ends it.

        Raises:
            ModelLoadError: it cannot be loaded.
            OllamaError: the server did not answer.
        """
        name = self.spelled(name)
        self._before_load(name)
        async with self.showing(PendingChange(ChangeKind.LOAD, name)):
            limit = asyncio.timeout(None)
            self._loads[limit] = name
            try:
                async with limit:
                    kept = keep_alive or self._keep_alive(name)  # a load that is to last no moment would unload
                    await self._client.load(name, keep_alive=None if unloads(kept) else to_wire(kept))
            except TimeoutError:
                log.info("The loading of a model was ended")
            finally:
                self._loads.pop(limit, None)

    async def unload(self, name: str) -> None:
        """Let go of a model's memory, also while it is being loaded.

        Raises:
            OllamaError: the server refused it or did not answer.
        """
        name = self.spelled(name)
        self.give_up_loading(name)
        async with self.showing(PendingChange(ChangeKind.UNLOAD, name)):
            await self._client.unload(name)

    def give_up_loading(self, name: str) -> None:
        """Wait no longer for a model that is being loaded, if it is."""
        for limit in [limit for limit, loading in self._loads.items() if loading == name]:
            del self._loads[limit]
            limit.reschedule(asyncio.get_running_loop().time())

    async def let_go(self, name: str) -> None:
        """Unload what is about to lose its name: a real Ollama keeps it in memory under the old one, for ever even."""
        if all(each.name != name for each in self._listed[1]):
            return
        try:
            await self._client.unload(name)
        except OllamaError as error:
            log.info("A model that loses its name could not be unloaded: %s", error)

    async def install_demo(self) -> None:
        """Install the packaged demonstration model into the server and load it.

        Raises:
            OllamaError: the server refused it.
        """
        await create_demo(self._client, self._demo_file)
        await self.load(DEMO_MODEL_NAME)

    def begin(self, *changes: PendingChange) -> None:
        """Show changes from now on as if they were made."""
        self._changes += changes
        self._publish()

    def drop(self, *changes: PendingChange) -> None:
        """Show them no longer: they were not made."""
        for change in changes:
            self._changes.remove(change)
        self._publish()
        self._wake.set()

    async def confirm(self, *changes: PendingChange) -> None:
        """They were made: show what the server has now."""
        try:
            await self.refresh()
        except OllamaError as error:
            log.info("The models could not be listed after a change: %s", error)
            kept = [change for change in changes if change.kind is not ChangeKind.LOAD]  # nobody knows where it is
            self._listed = with_changes(self._listed, kept)
        finally:
            for change in changes:
                self._changes.remove(change)
            self._publish()

    @asynccontextmanager
    async def showing(self, change: PendingChange) -> AsyncIterator[None]:
        """Show a change while it is made; one that fails is shown no longer."""
        self.begin(change)
        try:
            yield
        except BaseException:
            self.drop(change)
            raise
        await self.confirm(change)

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
            self._take(((), ()), known=False)

    def _on_something_ended(self, _event: Event) -> None:
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
        return REFRESH_S if self._listed[1] else CALM_REFRESH_S

    def _take(self, lists: Lists, *, known: bool) -> None:
        news = known != self._known
        self._listed, self._known = lists, known
        self._publish(news=news)

    def _publish(self, *, news: bool = False) -> None:
        shown = ModelsChanged(*with_changes(self._listed, self._changes), tuple(self._changes))
        if news or shown != self._shown:
            self._shown = shown
            self._bus.publish(shown)
