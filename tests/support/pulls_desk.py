"""The downloads of a Desk over a real database, with a server and a registry of the test's choice."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import httpx

from ollama_desk.core.bus import EventBus
from ollama_desk.core.http import HttpLink
from ollama_desk.core.tasks import TaskScope
from ollama_desk.core.web import Web
from ollama_desk.domain.events import PullProgressed, PullsChanged, ServerStateChanged
from ollama_desk.domain.models import Model
from ollama_desk.domain.pulls import PullJob, PullState
from ollama_desk.domain.server import LOOPBACK_NAMES, ServerState, ServerStatus
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.registry.challenge import Keyring
from ollama_desk.registry.remote import Registry
from ollama_desk.services.pulls import PullsService
from ollama_desk.services.pulls_disk import ModelsDisk
from ollama_desk.services.pulls_offer import Offers
from ollama_desk.services.pulls_run import Means, Server
from ollama_desk.services.pulls_turns import Rhythm
from ollama_desk.storage.database import Database
from ollama_desk.storage.downloads import DownloadStore
from tests.support.events import EventRecorder
from tests.support.pulling import HASTY

LIMIT_S = 60.0
PLENTY = 1 << 50
QUICK = Rhythm(
    tell_every_s=0.1,
    save_every_s=0.2,
    look_at_disk_every_s=0.05,
    wait_s=lambda _failed, _least: 0.05,
    stop_limit_s=20.0,
    leave_limit_s=20.0,
)


class Fence(httpx.AsyncBaseTransport):
    """Lets requests through to this machine; for everything else there is no network."""

    def __init__(self) -> None:
        self._inside = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host not in LOOPBACK_NAMES:
            raise httpx.ConnectError("network is unreachable", request=request)
        return await self._inside.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inside.aclose()


@dataclass(slots=True)
class World:
    """What is around, as the test says."""

    free_bytes: int = PLENTY  # on the disk
    at_once: int = 1  # downloads side by side

    def free(self, _folder: Path) -> int:
        return self.free_bytes


@dataclass(slots=True)
class PullsDesk:
    """What a test of downloads holds."""

    database: Database
    store: DownloadStore
    bus: EventBus
    seen: EventRecorder
    pulls: PullsService
    tasks: TaskScope
    world: World
    installed: list[Model] = field(default_factory=list)

    def server_is(self, state: ServerState) -> None:
        self.bus.publish(ServerStateChanged(ServerStatus(state)))

    def job(self, job_id: int) -> PullJob:
        return next(job for job in self.pulls.jobs if job.id == job_id)

    async def until(self, condition: Callable[[], bool]) -> None:
        await self.seen.until(condition, LIMIT_S)

    async def reaches(self, job_id: int, *states: PullState) -> PullJob:
        """The job, once it is in one of these states."""
        await self.until(lambda: self.job(job_id).state in states)
        return self.job(job_id)

    async def comes(self, job_id: int, at_least_bytes: int = 1) -> PullJob:
        """The job, once so much of it has come while it runs."""
        await self.until(
            lambda: self.job(job_id).state is PullState.RUNNING and self.job(job_id).completed_bytes >= at_least_bytes
        )
        return self.job(job_id)

    def history(self, job_id: int) -> list[PullJob]:
        """What the job was, at each event."""
        found: list[PullJob] = []
        for event in self.seen.events:
            match event:
                case PullProgressed(job=job) if job.id == job_id:
                    found.append(job)
                case PullsChanged(jobs=jobs):
                    found += [job for job in jobs if job.id == job_id]
        return found

    def check_bar(self, job_id: int) -> None:
        """The bar never fell while its total stayed, and never left its frame."""
        jobs = self.history(job_id)
        for before, after in pairwise(jobs):
            assert 0 <= after.completed_bytes <= after.total_bytes or not after.total_bytes
            assert after.total_bytes != before.total_bytes or after.completed_bytes >= before.completed_bytes


@asynccontextmanager
async def pulls_desk(
    folder: Path,
    server: Server | str,
    *,
    models: Path | None = None,
    at_once: int = 1,
    rhythm: Rhythm = QUICK,
    look_at_disk_every_s: float = 0.05,
    look_again_s: float = 0.05,
    state: ServerState = ServerState.READY,
) -> AsyncIterator[PullsDesk]:
    """Built and unwound in the order of ``open_desk``.

    Args:
        folder: of the database.
        server: who pulls, or the address of one.
        models: the server's models folder, where it is ours.
        at_once: downloads side by side.
        rhythm: how often and how long.
        look_at_disk_every_s: while something comes.
        look_again_s: at damaged parts.
        state: of the server, at first.
    """
    async with AsyncExitStack() as stack:
        bus = EventBus()
        seen = EventRecorder(bus)
        database = await Database.open(folder / "desk.db")
        stack.push_async_callback(database.aclose)
        store = DownloadStore(database)
        if isinstance(server, str):
            client = OllamaClient(HttpLink(server))
            stack.push_async_callback(client.aclose)
            server = client
        tasks = await stack.enter_async_context(TaskScope())
        web, world, installed = Web(transport=Fence()), World(at_once=at_once), list[Model]()
        stack.push_async_callback(web.aclose)
        registry = Registry(web, Keyring(web), patience=HASTY)

        def disk() -> ModelsDisk | None:
            return None if models is None else ModelsDisk(models, free=world.free)

        pulls = PullsService(
            store,
            jobs=await store.all(),
            means=Means(server, registry, disk, look_at_disk_every_s=look_at_disk_every_s, look_again_s=look_again_s),
            offers=Offers(registry, disk, lambda: installed),
            at_once=lambda: world.at_once,
            bus=bus,
            tasks=tasks,
            rhythm=rhythm,
        )
        stack.push_async_callback(pulls.aclose)
        desk = PullsDesk(database, store, bus, seen, pulls, tasks, world, installed)
        desk.server_is(state)
        yield desk


def slowly(rhythm: Rhythm = QUICK, *, wait_s: float) -> Rhythm:
    """A rhythm that waits so long before it tries again."""
    return replace(rhythm, wait_s=lambda _failed, _least: wait_s)
