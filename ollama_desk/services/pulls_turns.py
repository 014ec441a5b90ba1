"""Gives downloads their turn, lets them run, and decides how each goes on when it ends."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError, OllamaUnreachableError, StorageError
from ollama_desk.domain.events import NoticeRaised, PullFailed, PullFinished, PullProgressed, PullsChanged
from ollama_desk.domain.pull_progress import Progress
from ollama_desk.domain.pulls import PullState
from ollama_desk.registry.source import Source
from ollama_desk.services.pulls_entry import Entry, Queue
from ollama_desk.services.pulls_run import Means, PullRun
from ollama_desk.services.pulls_trouble import GONE, WRONG, WRONG_ONCE, Verdict, Way, verdict, wait_s
from ollama_desk.storage.downloads import DownloadStore

log = logging.getLogger(__name__)

MOST_MISFITS = 3


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often and how long."""

    tell_every_s: float = 0.1
    save_every_s: float = 5.0
    look_at_disk_every_s: float = 5.0
    wait_s: Callable[[int, float], float] = wait_s
    stop_limit_s: float = 10.0
    leave_limit_s: float = 2.0  # of the 8 s in which the program ends


class Turns:
    """Runs what is in ``queue``.

    Args:
        queue: the jobs.
        store: keeps them.
        means: what downloads are made with.
        at_once: how many run side by side.
        bus: for what happens.
        tasks: owns the downloads.
        rhythm: how often and how long.
    """

    def __init__(
        self,
        queue: Queue,
        *,
        store: DownloadStore,
        means: Means,
        at_once: Callable[[], int],
        bus: EventBus,
        tasks: TaskScope,
        rhythm: Rhythm,
    ) -> None:
        self._queue = queue
        self._store = store
        self._means = means
        self._at_once = at_once
        self._bus = bus
        self._tasks = tasks
        self._rhythm = rhythm
        self._wake = asyncio.Event()
        self._any_runs = asyncio.Event()
        self._server_answers = False
        self._closed = False
        self._held = False
        self._has_told_trouble = False
        tasks.spawn(self._start_in_turn(), name="downloads in turn")
        tasks.spawn(self._tell_progress(), name="progress of downloads")

    def wake(self) -> None:
        """Something is different: look again what can be started."""
        self._wake.set()

    def server_is(self, *, there: bool, streams: bool) -> None:
        """Whether the server takes requests, and whether those that run go on."""
        if there and not self._server_answers:
            for entry in self._queue.going:
                if entry.waits_for is Way.SERVER:
                    entry.not_before_s = 0.0
        self._server_answers = there
        self._wake.set()
        if not streams:
            for entry in self._queue.running:
                if entry.run is not None:
                    entry.run.stop(OllamaUnreachableError(GONE))

    async def halt(self, entry: Entry, then: PullState) -> None:
        """Stop the run of a job, if it has one, and wait until its stream is closed."""
        entry.then = then
        if entry.run is not None:
            entry.run.stop()
        if entry.task is not None:
            await asyncio.wait({entry.task}, timeout=self._rhythm.stop_limit_s)

    async def hold(self) -> None:
        """End all streams and start none before ``release``."""
        self._held = True
        await self._end_all(self._rhythm.stop_limit_s)

    def release(self) -> None:
        """What ran goes on, and the others have their turn again."""
        self._held = False
        self._wake.set()

    async def aclose(self) -> None:
        """End all streams; what ran goes on with the next start."""
        self._closed = True
        await self._end_all(self._rhythm.leave_limit_s)

    async def _end_all(self, limit_s: float) -> None:
        running = self._queue.running
        for entry in running:
            entry.then = PullState.QUEUED
            if entry.run is not None:
                entry.run.stop()
        tasks = {entry.task for entry in running if entry.task is not None}
        if tasks:
            await asyncio.wait(tasks, timeout=limit_s)

    def publish(self) -> None:
        """Tell everyone what the list is now."""
        self._bus.publish(PullsChanged(self._queue.jobs))

    async def save(self, entry: Entry, *, is_passing: bool = False) -> None:
        """Keep a job; where that cannot be done it goes on all the same, and a person is told once."""
        try:
            await self._store.save(entry.job, is_passing=is_passing)
        except StorageError as error:
            log.warning("A download could not be noted: %s", error)
            if not self._has_told_trouble:
                self._has_told_trouble = True
                self._bus.publish(NoticeRaised(str(error)))

    async def _start_in_turn(self) -> None:
        while True:
            wake_s = await self._start_what_can()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(wake_s):  # for as long as nothing happens
                    await self._wake.wait()
            self._wake.clear()

    async def _start_what_can(self) -> float | None:
        """Start as many as may run; when to look again, None for: once something happens."""
        now_s = asyncio.get_running_loop().time()
        if self._closed or self._held or not self._server_answers:
            return None
        later: list[float] = []
        for entry in self._queue.going:
            if len(self._queue.running) >= self._at_once():
                return None
            if not entry.is_waiting_its_turn:
                continue
            if entry.not_before_s <= now_s and entry.waits_for is Way.SPACE and not await self._has_space(entry):
                entry.not_before_s = now_s + self._rhythm.look_at_disk_every_s
            if entry.not_before_s > now_s:
                later.append(entry.not_before_s)
            elif self._can_start(entry):  # much may have happened while the disk was looked at
                self._start(entry)
        return min(later, default=None)

    def _can_start(self, entry: Entry) -> bool:
        is_listed = self._queue.find(entry.job.id) is entry
        may_start = self._server_answers and not self._closed and not self._held
        return is_listed and entry.is_waiting_its_turn and may_start

    async def _has_space(self, entry: Entry) -> bool:
        disk = self._means.disk()
        space = None if disk is None else await asyncio.to_thread(disk.space, entry.progress.layers)
        return space is None or space.fits

    def _start(self, entry: Entry) -> None:
        entry.run = PullRun(
            entry.job,
            Source(entry.name, insecure=entry.job.insecure),
            means=self._means,
            progress=entry.progress,
            on_change=partial(self._on_change, entry),
            busy=lambda: {
                layer.digest for other in self._queue.running if other is not entry for layer in other.progress.layers
            },
        )
        entry.waits_for = None
        entry.then = PullState.PAUSED
        entry.change(state=PullState.RUNNING, reason=entry.job.reason if entry.misfits or entry.has_mended else "")
        entry.task = self._tasks.spawn(self._attempt(entry, entry.run), name=f"download {entry.job.id}")
        self._any_runs.set()
        self.publish()

    async def _attempt(self, entry: Entry, run: PullRun) -> None:
        saver = self._tasks.spawn(self._save_now_and_then(entry), name=f"save download {entry.job.id}")
        try:
            is_whole = await run.go()
        except DeskError as error:
            log.info("The download of %s ended: %s", entry.job.name, error)
            await self._settle(entry, run, error)
        else:
            if is_whole:
                entry.progress = entry.progress.whole()
                entry.rest(PullState.FINISHED, ended_at=datetime.now(UTC))
            else:
                entry.rest(entry.then)
        finally:
            saver.cancel()
            entry.run = entry.task = None
            if entry.job.state is PullState.RUNNING:  # it was cancelled from outside
                entry.rest(entry.then)
        self.publish()
        match entry.job.state:
            case PullState.FINISHED:
                self._bus.publish(PullFinished(entry.job))
            case PullState.FAILED:
                self._bus.publish(PullFailed(entry.job))
        await self.save(entry)
        self._wake.set()

    async def _settle(self, entry: Entry, run: PullRun, error: DeskError) -> None:
        found = verdict(error, entry.name, looked_up=run.looked_up)
        try:
            found = await self._mended(entry, run, found)
        except StorageError as trouble:
            found = Verdict(Way.FAIL, str(trouble))
        if entry.progress.completed_bytes > entry.came_before:
            entry.failed = 0
        entry.came_before = entry.progress.completed_bytes
        now_s = asyncio.get_running_loop().time()
        match found.way:
            case Way.FAIL:
                entry.rest(PullState.FAILED, found.reason, datetime.now(UTC))
                return
            case Way.MISFIT:
                entry.progress = Progress()
                entry.came_before = 0
                entry.not_before_s = now_s
            case Way.PARTS:
                entry.not_before_s = now_s
            case Way.SPACE:
                entry.not_before_s = now_s + self._rhythm.look_at_disk_every_s
            case Way.SERVER | Way.NETWORK:
                entry.failed += 1
                entry.not_before_s = now_s + self._rhythm.wait_s(entry.failed, found.wait_s)
        entry.waits_for = found.way
        entry.rest(PullState.WAITING, found.reason)

    async def _mended(self, entry: Entry, run: PullRun, found: Verdict) -> Verdict:
        """What becomes of a verdict about damage: each kind is tried again so often and no more."""
        if found.way is Way.PARTS:
            if entry.has_mended or not await run.mend():
                return Verdict(Way.FAIL, found.reason)
            entry.has_mended = True
            return Verdict(Way.PARTS, entry.job.reason)
        if found.way is Way.MISFIT:
            entry.misfits += 1
            is_last = entry.misfits >= MOST_MISFITS
            return Verdict(Way.FAIL, WRONG) if is_last else Verdict(Way.MISFIT, WRONG_ONCE)
        return found

    def _on_change(self, entry: Entry, progress: Progress, reason: str) -> None:
        """What a run tells; the numbers are told in their own time, everything else at once."""
        before, entry.progress = entry.progress, progress
        if entry.run is not None:
            entry.pace = entry.run.pace
        has_other_shape = len(progress.layers) != len(before.layers) or progress.total_bytes != before.total_bytes
        if reason:
            entry.change(reason=reason)
        if reason or has_other_shape or progress.phase is not before.phase:
            entry.look(asyncio.get_running_loop().time())
            self.publish()

    async def _save_now_and_then(self, entry: Entry) -> None:
        while True:
            await asyncio.sleep(self._rhythm.save_every_s)
            await self.save(entry, is_passing=True)

    async def _tell_progress(self) -> None:
        """One event at a time, for the job whose last one is the oldest."""
        loop = asyncio.get_running_loop()
        while True:
            if not self._queue.running:
                self._any_runs.clear()
                await self._any_runs.wait()  # for as long as nothing is downloaded
            await asyncio.sleep(self._rhythm.tell_every_s)
            now_s = loop.time()
            for entry in sorted(self._queue.running, key=lambda entry: entry.told_at_s):
                before = entry.job
                if entry.job.state is PullState.RUNNING and entry.look(now_s) != before:
                    entry.told_at_s = now_s
                    self._bus.publish(PullProgressed(entry.job))
                    break
