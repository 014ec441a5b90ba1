"""Downloads of models as jobs: a queue that outlives the program, the server and the network."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import InvalidNameError, PullRefusedError
from ollama_desk.domain.events import ServerStateChanged, SettingsChanged
from ollama_desk.domain.pull_progress import Progress
from ollama_desk.domain.pulls import Offer, PullJob, PullState
from ollama_desk.domain.server import ServerState
from ollama_desk.registry.reference import parse_name
from ollama_desk.services.pulls_entry import Entry, Queue
from ollama_desk.services.pulls_offer import Offers, source_of
from ollama_desk.services.pulls_run import Means
from ollama_desk.services.pulls_turns import Rhythm, Turns
from ollama_desk.storage.downloads import DownloadStore

log = logging.getLogger(__name__)

STILL_STREAMS = (ServerState.READY, ServerState.EXTERNAL, ServerState.DEGRADED)
FORGET_TRIES = 10
FORGET_EVERY_S = 0.3  # a server whose stream was closed still writes for a moment


class PullsService:
    """Keeps the jobs. What a person asks for raises ``StorageError`` where it cannot be kept.

    Args:
        store: keeps the jobs.
        jobs: of the last run.
        means: what downloads are made with.
        offers: looks names up.
        at_once: how many downloads run side by side.
        bus: for ``PullsChanged`` and its kin.
        tasks: owns the downloads.
        rhythm: how often and how long.
    """

    def __init__(
        self,
        store: DownloadStore,
        *,
        jobs: Sequence[PullJob] = (),
        means: Means,
        offers: Offers,
        at_once: Callable[[], int],
        bus: EventBus,
        tasks: TaskScope,
        rhythm: Rhythm | None = None,
    ) -> None:
        self._store = store
        self._means = means
        self._offers = offers
        self._queue = Queue()
        for job in jobs:
            self._take_up(job)
        self._changing = asyncio.Lock()
        self._turns = Turns(
            self._queue, store=store, means=means, at_once=at_once, bus=bus, tasks=tasks, rhythm=rhythm or Rhythm()
        )
        bus.subscribe(ServerStateChanged, self._on_server_state_changed)
        bus.subscribe(SettingsChanged, lambda _event: self._turns.wake())

    @property
    def jobs(self) -> tuple[PullJob, ...]:
        """Those that are not over in the order of the queue, then those that are, the last one first."""
        return self._queue.jobs

    def is_pulling(self, name: str) -> bool:
        """Whether a download of the model goes on, or will by itself."""
        try:
            key = parse_name(name).key
        except InvalidNameError:
            return False
        return any(entry.is_alive for entry in self._queue.named(key))

    async def look_up(self, name: str, *, insecure: bool = False, consented: bool = False) -> Offer:
        """What a name stands for in its registry.

        Args:
            name: as the person wrote it.
            insecure: plain HTTP is allowed.
            consented: the person trusts a registry that is not known.

        Raises:
            InvalidNameError: it is no name.
            ConsentNeededError: the registry is not known and nobody has agreed.
            NotInRegistryError: there is no such model.
            RegistryError: it cannot be looked up.
        """
        return await self._offers.look_up(source_of(name, insecure=insecure, consented=consented))

    async def add(self, name: str, *, insecure: bool = False, consented: bool = False) -> PullJob:
        """Put a download at the end of the queue; one of the same model that has ended goes.

        Raises:
            InvalidNameError, ConsentNeededError, RegistryError: as ``look_up``.
            PullRefusedError: it is in the queue already.
        """
        source = source_of(name, insecure=insecure, consented=consented)
        async with self._changing:
            same = self._queue.named(source.name.key)
            if any(not entry.job.state.is_over for entry in same):
                raise PullRefusedError(f'"{source.name.short}" is in the list of downloads already.')
            job = await self._store.add(name.strip(), insecure=insecure, at=datetime.now(UTC))
            await self._remove(same)
            self._queue.add(Entry.of(job))
            self._changed()
            return job

    async def pause(self, job_id: int) -> None:
        """Stop it until ``resume``; what has come is kept."""
        async with self._changing:
            entry = self._entry(job_id)
            await self._turns.halt(entry, PullState.PAUSED)
            if not entry.job.state.is_over:
                entry.rest(PullState.PAUSED)
                await self._store.save(entry.job)
            self._changed()

    async def resume(self, job_id: int) -> None:
        """Let it go on; one that waits tries now."""
        await self._queue_again(job_id)

    async def retry(self, job_id: int) -> None:
        """Let one that failed go on from what came; it has its turn after all others."""
        await self._queue_again(job_id)

    async def move(self, job_id: int, place: int) -> None:
        """Let it be number ``place``, from 0, of those that are not over."""
        async with self._changing:
            entry = self._entry(job_id)
            if not entry.job.state.is_over:
                await self._store.arrange(self._queue.move(entry, place))
                self._changed()

    async def cancel(self, job_id: int, *, keep_parts: bool) -> None:
        """Take it off the list. Without ``keep_parts`` what has come of it is removed, where the folder is ours.

        Raises:
            StorageError: something that had come cannot be removed.
        """
        async with self._changing:
            entry = self._entry(job_id)
            await self._turns.halt(entry, PullState.PAUSED)
            await self._remove([entry])
            self._changed()
        if not keep_parts and entry.job.state is not PullState.FINISHED:
            await self._forget_parts(entry)

    async def dismiss(self, job_id: int) -> None:
        """Take one that has ended off the list."""
        async with self._changing:
            entry = self._entry(job_id)
            if not entry.job.state.is_over:
                raise PullRefusedError(f'The download of "{entry.name.short}" is not over. Cancel it first.')
            await self._remove([entry])
            self._changed()

    async def clear_ended(self) -> None:
        """Take all that have ended off the list."""
        async with self._changing:
            await self._remove(self._queue.over)
            self._changed()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Nothing is downloaded meanwhile; what ran goes on by itself afterwards."""
        try:
            await self._turns.hold()
            yield
        finally:
            self._turns.release()

    async def aclose(self) -> None:
        """Close every stream, while the server can still note how far it is; with the next start they go on."""
        await self._turns.aclose()

    def _take_up(self, job: PullJob) -> None:
        try:
            self._queue.add(Entry.of(job))
        except InvalidNameError as error:
            log.warning("A download is left out of the list: %s", error)

    async def _queue_again(self, job_id: int) -> None:
        async with self._changing:
            entry = self._entry(job_id)
            if entry.task is not None or entry.job.state is PullState.FINISHED:
                return
            is_retry = entry.job.state is PullState.FAILED
            if is_retry and entry.misfits:
                entry.progress = Progress()
            entry.begin_anew()
            entry.rest(PullState.QUEUED)
            await self._store.save(entry.job)
            if is_retry:
                await self._store.arrange(self._queue.move(entry, len(self._queue.going)))
            self._changed()

    async def _remove(self, entries: Iterable[Entry]) -> None:
        gone = list(entries)
        self._queue.remove(gone)
        if gone:
            await self._store.remove([entry.job.id for entry in gone])

    async def _forget_parts(self, entry: Entry) -> None:
        """Remove what has come of blobs that no other job wants."""
        disk = self._means.disk()
        if disk is None:
            return
        digests = [layer.digest for layer in entry.progress.layers]
        for _ in range(FORGET_TRIES):
            own = [digest for digest in digests if not self._queue.shares(digest, entry)]
            found = await asyncio.to_thread(disk.leftovers, own)
            if not found:
                return
            await asyncio.to_thread(disk.forget, found)
            await asyncio.sleep(FORGET_EVERY_S)

    def _entry(self, job_id: int) -> Entry:
        entry = self._queue.find(job_id)
        if entry is None:
            raise PullRefusedError("This download is no longer in the list.")
        return entry

    def _changed(self) -> None:
        self._turns.publish()
        self._turns.wake()

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        state = event.status.state
        self._turns.server_is(there=state.answers, streams=state in STILL_STREAMS)
