"""The upkeep of a models folder beside a real engine, with real downloads from a registry of the test's own."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from ollama_desk.domain.events import VerifyProgressed
from ollama_desk.domain.imports import ImportJob
from ollama_desk.domain.pulls import PullState
from ollama_desk.domain.server import ServerAddress, ServerKind, ServerState, ServerStatus
from ollama_desk.domain.upkeep import ModelHealth
from ollama_desk.services.upkeep import UpkeepService
from tests.support.pulls_desk import PullsDesk, pulls_desk
from tests.support.pulls_place import Place, add

LIMIT_S = 60.0


@dataclass(slots=True)
class Around:
    """What the service is told of the world."""

    folder: Path | None
    status: ServerStatus = field(default_factory=lambda: ServerStatus(ServerState.READY, kind=ServerKind.BUILT_IN))
    shared_with: str = ""
    jobs: tuple[ImportJob, ...] = ()  # imports

    async def find(self) -> Path | None:
        return self.folder

    async def sharing(self, _folder: Path) -> str:
        return self.shared_with

    def is_elsewhere(self) -> None:
        self.folder, self.status = None, ServerStatus(ServerState.EXTERNAL, address=ServerAddress("10.0.0.7"))


@dataclass(slots=True)
class UpkeepDesk:
    """What a test of the upkeep holds."""

    place: Place
    desk: PullsDesk
    around: Around
    upkeep: UpkeepService

    @property
    def blobs(self) -> Path:
        return self.place.engine.models / "blobs"

    def blob(self, digest: str) -> Path:
        return self.blobs / digest.replace(":", "-")

    async def pull(self, model: str = "tiny") -> str:
        """Download a model to its end; its name."""
        job = await add(self.desk, self.place, model)
        await self.desk.reaches(job.id, PullState.FINISHED)
        return self.place.registry.name(model)

    async def verified(self, names: list[str] | None = None) -> tuple[ModelHealth, ...]:
        """Verify to the end; what is known then."""
        await self.upkeep.verify(names)
        await self.idle()
        return self.upkeep.state.healths

    async def idle(self) -> None:
        await self.desk.seen.until(lambda: self.upkeep.state.progress is None, LIMIT_S)
        await self.upkeep.usage()

    def told(self) -> list[VerifyProgressed]:
        return self.desk.seen.of(VerifyProgressed)


def play(place: Place, scenario: Callable[[UpkeepDesk], Awaitable[None]], *, min_age_s: float = 0.0) -> None:
    """Run ``scenario`` with services of its own."""

    async def run() -> None:
        async with AsyncExitStack() as stack:
            opened = pulls_desk(place.folder, place.url, models=place.engine.models)
            desk = await stack.enter_async_context(opened)
            around = Around(place.engine.models)
            upkeep = UpkeepService(
                desk.pulls,
                around,
                status=lambda: around.status,
                folder=around.find,
                sharing=around.sharing,
                bus=desk.bus,
                tasks=desk.tasks,
                min_age_s=min_age_s,
                settle_s=0.0,
            )
            await scenario(UpkeepDesk(place, desk, around, upkeep))

    asyncio.run(run())
