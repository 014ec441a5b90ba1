"""Asks the registries, when a person wants it, whether the names of installed models stand for newer ones now."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.demo import DEMO_MODEL_NAME
from ollama_desk.domain.errors import (
    InvalidNameError,
    NotInRegistryError,
    PullRefusedError,
    RegistryError,
    RegistryRefusedError,
    RegistryUnreachableError,
)
from ollama_desk.domain.events import ModelsChanged, UpdatesChanged
from ollama_desk.domain.models import Model
from ollama_desk.domain.pulls import PullJob
from ollama_desk.domain.updates import CheckState, Update, UpdateCheck
from ollama_desk.registry.origin import Installed, installed_in
from ollama_desk.registry.patience import may_pass
from ollama_desk.registry.reference import ModelName, parse_name
from ollama_desk.registry.remote import RemoteManifest
from ollama_desk.registry.source import Source
from ollama_desk.registry.together import together

log = logging.getLogger(__name__)

AT_ONCE = 4
LOCKED = (401, 403)


class Manifests(Protocol):
    """Who asks a registry."""

    async def manifest(self, source: Source) -> RemoteManifest: ...


class Models(Protocol):
    """What the server has."""

    @property
    def models(self) -> tuple[Model, ...]: ...
    @property
    def known(self) -> bool: ...


class Pulls(Protocol):
    """Who downloads."""

    @property
    def jobs(self) -> tuple[PullJob, ...]: ...
    async def add(self, name: str, *, insecure: bool = False, consented: bool = False) -> PullJob: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model that is to be asked about."""

    model: Model
    name: ModelName
    installed: Installed | None  # where its manifest can be read


class UpdatesService:
    """Keeps what was found until a model is another, or gone.

    Args:
        manifests: asks the registries.
        models: what the server has.
        pulls: downloads what is wanted.
        folder: the models folder, where it can be looked at; None: only the server's own words are known.
        bus: for ``UpdatesChanged``.
        tasks: owns the check.
    """

    def __init__(
        self,
        manifests: Manifests,
        *,
        models: Models,
        pulls: Pulls,
        folder: Callable[[], Awaitable[Path | None]],
        bus: EventBus,
        tasks: TaskScope,
    ) -> None:
        self._manifests = manifests
        self._models = models
        self._pulls = pulls
        self._folder = folder
        self._bus = bus
        self._tasks = tasks
        self._found: dict[str, Update] = {}  # by name; what is what its registry has has the digest twice
        self._check = UpdateCheck()
        self._running: asyncio.Task[None] | None = None
        self._silent: set[str] = set()  # hosts that did not answer in this check
        bus.subscribe(ModelsChanged, self._on_models_changed)

    @property
    def status(self) -> UpdateCheck:
        """What is known now."""
        return self._check

    def start(self, names: Collection[str] | None = None) -> None:
        """Begin a check of ``names``, or of all models; one that is under way goes on instead."""
        if self._running is None or self._running.done():
            self._running = self._tasks.spawn(self.check(names), name="check for updates")

    def cancel(self) -> None:
        """Stop the check; what it has found stays."""
        if self._running is not None:
            self._running.cancel()

    async def check(self, names: Collection[str] | None = None) -> None:
        """Ask for each model that came from a registry; what could not be asked about is said in ``status``."""
        models = [model for model in self._models.models if names is None or model.name in names]
        self._silent.clear()
        self._say(replace(self._check, state=CheckState.UNDER_WAY, asked=0, total=0, failed_count=0, reason=""))
        state = CheckState.STOPPED
        try:
            wanted = await self._wanted(models)
            self._say(replace(self._check, total=len(wanted)))
            waiting = deque(wanted)
            # no time limit of ours: each request has its own, and the person can stop it
            await together((self._ask_all(waiting) for _ in range(AT_ONCE)), name="check for updates")
            state = CheckState.ENDED
        finally:
            self._say(replace(self._check, state=state, checked_at=datetime.now(UTC)))

    async def update(self, names: Iterable[str]) -> None:
        """Download what the registries have now under ``names``; those that are in the queue already stay there.

        Raises:
            StorageError: a download could not be kept.
        """
        for name in names:
            with suppress(PullRefusedError):  # in the list of downloads already
                await self._pulls.add(name, insecure=self._is_insecure(name), consented=True)

    async def _wanted(self, models: Sequence[Model]) -> list[Wanted]:
        """Those that may be in a registry."""
        folder = await self._folder()
        names = [model.name for model in models]
        installed = {} if folder is None else await asyncio.to_thread(installed_in, folder, names)
        found = list[Wanted]()
        for model in models:
            here = installed.get(model.name)
            if model.remote_host or model.name == DEMO_MODEL_NAME or (here is not None and here.is_made_here):
                continue
            with suppress(InvalidNameError):
                found.append(Wanted(model, parse_name(model.name), here))
        return found

    async def _ask_all(self, waiting: deque[Wanted]) -> None:
        while waiting:
            wanted = waiting.popleft()
            try:
                await self._ask(wanted)
            except RegistryError as error:
                self._fail(wanted, error)
            self._say(replace(self._check, asked=self._check.asked + 1))

    async def _ask(self, wanted: Wanted) -> None:
        model, host = wanted.model, wanted.name.host.lower()
        if host in self._silent:
            self._say(replace(self._check, failed_count=self._check.failed_count + 1))
            return
        try:
            remote = await self._manifests.manifest(Source(wanted.name, insecure=self._is_insecure(model.name)))
        except NotInRegistryError:
            self._found.pop(model.name, None)  # made or copied here: there is nothing to say
            return
        if model.digest not in {each.digest for each in self._models.models if each.name == model.name}:
            return  # it came anew while the registry was asked
        same = remote.stands_for(model.digest)
        same = same or (wanted.installed is not None and remote.has_layers_of(wanted.installed.manifest))
        self._found[model.name] = Update(model.name, model.digest, model.digest if same else remote.digest)

    def _fail(self, wanted: Wanted, error: RegistryError) -> None:
        if isinstance(error, RegistryRefusedError) and error.status in LOCKED:
            self._found.pop(wanted.model.name, None)  # how some registries say that there is no such model
            return
        log.info("A model could not be looked up for updates: %s", type(error).__name__)
        if may_pass(error) or isinstance(error, RegistryUnreachableError):
            self._silent.add(wanted.name.host.lower())
        check = self._check
        self._check = replace(check, failed_count=check.failed_count + 1, reason=check.reason or str(error))

    def _is_insecure(self, name: str) -> bool:
        """Whether its download was allowed to do without encryption."""
        key = _key(name)
        return bool(key) and any(job.insecure and _key(job.name) == key for job in self._pulls.jobs)

    def _say(self, check: UpdateCheck) -> None:
        found = self._found.values()
        updates = tuple(sorted((each for each in found if each.offered != each.digest), key=lambda each: each.name))
        check = replace(check, updates=updates, current_count=len(self._found) - len(updates))
        if check != self._check:
            self._check = check
            self._bus.publish(UpdatesChanged(check))

    def _on_models_changed(self, event: ModelsChanged) -> None:
        if not self._models.known:  # a server that restarts has not lost its models
            return
        here = {model.name: model.digest for model in event.models}
        kept = (_now(found, here.get(name, "")) for name, found in self._found.items())
        self._found = {found.name: found for found in kept if found is not None}
        self._say(self._check)


def _now(found: Update, digest: str) -> Update | None:
    """What is known once the model has this digest: an update that came is what its registry has."""
    if digest == found.digest:
        return found
    return Update(found.name, digest, digest) if digest == found.offered else None


def _key(name: str) -> str:
    try:
        return parse_name(name).key
    except InvalidNameError:
        return ""
