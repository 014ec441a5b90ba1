"""The check for updates over scripted models, with registries on real sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.core.web import Web
from ollama_desk.domain.events import ModelsChanged
from ollama_desk.domain.models import Model
from ollama_desk.domain.pulls import PullJob, PullState
from ollama_desk.registry.challenge import Keyring
from ollama_desk.registry.patience import Patience
from ollama_desk.registry.remote import Registry
from ollama_desk.services.updates import Manifests, UpdatesService
from tests.support.events import EventRecorder
from tests.support.pulling import HASTY
from tests.support.pulls_desk import Fence


class ScriptedModels:
    """What a server is said to have."""

    def __init__(self) -> None:
        self.models: tuple[Model, ...] = ()
        self.known = True


class ScriptedQueue:
    """Takes down what is to be downloaded."""

    def __init__(self) -> None:
        self.jobs: tuple[PullJob, ...] = ()
        self.refuse: Exception | None = None

    async def add(self, name: str, *, insecure: bool = False, consented: bool = False) -> PullJob:
        assert consented
        if self.refuse is not None:
            raise self.refuse
        job = PullJob(len(self.jobs) + 1, name, PullState.QUEUED, datetime.now(UTC), insecure=insecure)
        self.jobs = (*self.jobs, job)
        return job

    def have_pulled(self, *names: str) -> None:
        """These were allowed to come over plain HTTP."""
        self.jobs = tuple(
            PullJob(number, name, PullState.FINISHED, datetime.now(UTC), insecure=True)
            for number, name in enumerate(names)
        )


@dataclass(slots=True)
class UpdatesDesk:
    """What a test of the check holds."""

    bus: EventBus
    seen: EventRecorder
    updates: UpdatesService
    folder: Path | None = None
    models: ScriptedModels = field(default_factory=ScriptedModels)
    queue: ScriptedQueue = field(default_factory=ScriptedQueue)

    def install(self, *models: Model, known: bool = True) -> None:
        """The server has these models from now on."""
        self.models.models, self.models.known = models, known
        self.queue.have_pulled(*(model.name for model in models))
        self.bus.publish(ModelsChanged(models, ()))


def play(
    scenario: Callable[[UpdatesDesk], Awaitable[None]],
    *,
    folder: Path | None = None,
    patience: Patience = HASTY,
    manifests: Manifests | None = None,
) -> None:
    """Run ``scenario`` with a check of its own."""

    async def run() -> None:
        async with AsyncExitStack() as stack:
            bus, models, queue = EventBus(), ScriptedModels(), ScriptedQueue()
            seen = EventRecorder(bus)
            web = Web(transport=Fence())
            stack.push_async_callback(web.aclose)
            tasks = await stack.enter_async_context(TaskScope())

            async def find() -> Path | None:
                return folder

            updates = UpdatesService(
                manifests or Registry(web, Keyring(web), patience=patience),
                models=models,
                pulls=queue,
                folder=find,
                bus=bus,
                tasks=tasks,
            )
            await scenario(UpdatesDesk(bus, seen, updates, folder, models, queue))

    asyncio.run(run())
