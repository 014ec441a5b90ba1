"""A registry and a real engine that pulls from it, for tests of downloads as jobs."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ollama_desk.domain.pulls import PullJob
from tests.support.engine import EngineProcess
from tests.support.pulls_desk import PullsDesk, pulls_desk
from tests.support.registry_server import RegistryServer

MIB = 1 << 20
SLOW = 2.0 * MIB  # bytes a second of one connection
FAST = 0.0  # as fast as it goes


@dataclass(frozen=True, slots=True)
class Place:
    """A registry, an engine that pulls from it, and the folder of the database."""

    registry: RegistryServer
    engine: EngineProcess
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.engine.port}"

    def leftovers(self) -> list[str]:
        return sorted(path.name for path in (self.engine.models / "blobs").glob("*partial*"))

    def play(self, scenario: Callable[[PullsDesk], Awaitable[None]], *, at_once: int = 1) -> None:
        """Run ``scenario`` with a desk of its own."""

        async def run() -> None:
            async with pulls_desk(self.folder, self.url, models=self.engine.models, at_once=at_once) as desk:
                await scenario(desk)

        asyncio.run(run())


@contextmanager
def pulls_place(folder: Path) -> Iterator[Place]:
    """With a models folder in ``folder``."""
    with RegistryServer() as registry, EngineProcess(folder / "models") as engine:
        yield Place(registry, engine, folder)


async def add(desk: PullsDesk, place: Place, model: str = "tiny") -> PullJob:
    return await desk.pulls.add(place.registry.name(model), insecure=True, consented=True)
