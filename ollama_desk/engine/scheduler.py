"""Which models are in memory: loaded on demand, kept for a while, unloaded, loaded again after a crash."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import ModelFileError, ModelLoadError, RunnerCrashedError, ServerBusyError
from ollama_desk.engine.process import RunnerProcess, start_runner
from ollama_desk.engine.runner import RunnerSpec
from ollama_desk.registry.gguf import read_gguf

log = logging.getLogger(__name__)
FOREVER = timedelta(days=365 * 292)  # what Ollama shows for a negative keep_alive: as far as its clock reaches
BUSY_TEXT = "server busy, please try again.  maximum pending requests exceeded"  # two spaces, as recorded


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What a model is loaded with; a request that wants other values loads it again."""

    n_ctx: int = 4096
    n_gpu_layers: int = -1
    n_threads: int = 0
    n_batch: int = 512
    embedding: bool = False
    shift: bool = True  # a full context loses its oldest half instead of ending the answer
    chat_template: str = ""  # in jinja; "": the file's own


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model that a request needs in memory."""

    path: str  # of the weights; names that share weights share a runner
    name: str  # full, with its tag
    digest: str
    size_bytes: int  # in memory, estimated
    options: LoadOptions = LoadOptions()
    projector: str = ""
    adapters: tuple[str, ...] = ()  # paths, in their order

    def loads_as(self, other: "Wanted") -> bool:
        """Whether a runner that was started for ``other`` will do."""
        mine = (self.path, self.options, self.projector, self.adapters)
        return mine == (other.path, other.options, other.projector, other.adapters)


@dataclass(slots=True, eq=False)
class Seat:
    """A place in memory for one set of weights: empty, loading or occupied."""

    wanted: Wanted
    runner: RunnerProcess | None = None
    users: int = 0
    keep_alive_s: float = 0.0
    last_used: float = 0.0  # of the loop's clock
    timer: asyncio.TimerHandle | None = None
    expires_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    loading: asyncio.Lock = field(default_factory=asyncio.Lock)
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))  # a runner has one slot

    @property
    def is_loaded(self) -> bool:
        return self.runner is not None and self.runner.is_alive


class Scheduler:
    """Owns the runners.

    Args:
        scope: owns the tasks that follow and end runners.
        max_loaded: models in memory at the same time.
        max_queue: requests that may wait for a load; more are refused.
        load_timeout_s: how long one load may take; ``None`` is without limit.
    """

    def __init__(
        self, scope: TaskScope, *, max_loaded: int = 3, max_queue: int = 512, load_timeout_s: float | None = 300.0
    ) -> None:
        self._scope = scope
        self._max_loaded = max_loaded
        self._max_queue = max_queue
        self._load_timeout_s = load_timeout_s
        self._seats: dict[str, Seat] = {}
        self._waiting = 0
        self._freed = asyncio.Condition()

    def loaded(self) -> list[Seat]:
        """The models in memory, those that stay longest first."""
        return sorted((s for s in self._seats.values() if s.is_loaded), key=lambda s: s.expires_at, reverse=True)

    @asynccontextmanager
    async def lease(self, wanted: Wanted, *, keep_alive_s: float) -> AsyncIterator[Seat]:
        """The seat with the model in it, loaded where it was not; it stays ``keep_alive_s`` after the last lease.

        Raises:
            ServerBusyError: too many requests wait.
            ModelLoadError: it cannot be loaded.
        """
        seat = await self._occupy(wanted)
        seat.keep_alive_s = keep_alive_s
        try:
            yield seat
        except RunnerCrashedError as error:
            if seat.runner is not None:
                runner = seat.runner
                await runner.stop()  # dead, or not to be trusted; the next lease loads again
                if runner.foreign_end:
                    raise RunnerCrashedError(f"{error}: {runner.foreign_end}", status=error.status) from error
            raise
        finally:
            seat.users -= 1
            self._rest(seat)
            await self._tell_freed()

    async def unload(self, path: str) -> None:
        """Take the model out of memory when nobody uses it; at once where nobody does."""
        seat = self._seats.get(path)
        if seat is not None:
            seat.keep_alive_s = 0.0
            if not seat.users:
                await self._empty(seat)

    async def aclose(self) -> None:
        """End every runner."""
        await asyncio.gather(*(self._end(seat) for seat in self._seats.values()))
        self._seats.clear()

    async def _occupy(self, wanted: Wanted) -> Seat:
        if self._waiting > self._max_queue:  # one may load, the others wait
            raise ServerBusyError(BUSY_TEXT, status=503)
        self._waiting += 1
        try:
            while True:
                seat = self._seats.setdefault(wanted.path, Seat(wanted))
                async with seat.loading:
                    if self._seats.get(wanted.path) is seat:
                        await self._load(seat, wanted)
                        seat.users += 1
                        return seat
        finally:
            self._waiting -= 1

    async def _load(self, seat: Seat, wanted: Wanted) -> None:
        """Make sure that ``wanted`` is in its seat; the caller holds ``seat.loading``."""
        if seat.timer is not None:
            seat.timer.cancel()
            seat.timer = None
        if seat.is_loaded and wanted.loads_as(seat.wanted):
            seat.wanted = wanted  # another name for the same weights may ask
            return
        try:
            await self._until(lambda: not seat.users)
            await self._end(seat)
            await self._make_room(seat)
            seat.runner, seat.wanted = await self._start(wanted), wanted
        finally:
            if seat.runner is None and not seat.users:
                self._seats.pop(wanted.path, None)

    async def _start(self, wanted: Wanted) -> RunnerProcess:
        options = wanted.options
        spec = RunnerSpec(
            model=wanted.path,
            projector=wanted.projector,
            adapters=wanted.adapters,
            n_ctx=options.n_ctx,
            n_gpu_layers=options.n_gpu_layers,
            n_threads=options.n_threads,
            n_batch=options.n_batch,
            embedding=options.embedding,
            shift=options.shift,
            chat_template=options.chat_template,
        )
        try:
            runner = await start_runner(spec, self._scope, timeout_s=self._load_timeout_s)
        except ModelLoadError:
            await _blame_file(wanted.path)
            raise
        log.info("loaded %s with a context of %d, runner %d", wanted.name, options.n_ctx, runner.pid)
        return runner

    async def _make_room(self, seat: Seat) -> None:
        """Wait until one more model may be in memory, unloading the one that is idle longest."""

        def others() -> list[Seat]:
            return [other for other in self._seats.values() if other is not seat and other.runner is not None]

        while len(others()) >= self._max_loaded:
            await self._until(lambda: len(others()) < self._max_loaded or any(not other.users for other in others()))
            idle = sorted((other for other in others() if not other.users), key=lambda other: other.last_used)
            if len(others()) >= self._max_loaded and idle:
                await self._empty(idle[0])

    def _rest(self, seat: Seat) -> None:
        """Nobody uses it for now: start the clock, or clean up after a crash."""
        loop = asyncio.get_running_loop()
        seat.last_used = loop.time()
        seat.expires_at = datetime.now(UTC) + _shown(seat.keep_alive_s)
        if seat.users:
            return
        if seat.runner is not None and not seat.runner.is_alive:
            log.warning("the runner of %s has ended: %s", seat.wanted.name, seat.runner.epitaph())
        if seat.timer is not None:
            seat.timer.cancel()
        if seat.keep_alive_s < inf:
            wait_s = seat.keep_alive_s if seat.is_loaded else 0.0
            seat.timer = loop.call_later(wait_s, self._expire, seat)

    def _expire(self, seat: Seat) -> None:
        seat.timer = None
        self._scope.spawn(self._empty(seat), name=f"unload {seat.wanted.name}")

    async def _empty(self, seat: Seat) -> None:
        async with seat.loading:
            if seat.users or self._seats.get(seat.wanted.path) is not seat:
                return
            await self._end(seat)  # before the seat goes: who closes the scheduler meanwhile must still find it
            self._seats.pop(seat.wanted.path, None)
            log.info("unloaded %s", seat.wanted.name)
        await self._tell_freed()

    async def _end(self, seat: Seat) -> None:
        if seat.timer is not None:
            seat.timer.cancel()
            seat.timer = None
        if seat.runner is not None:
            await seat.runner.stop()
            seat.runner = None

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with self._freed:
            await self._freed.wait_for(condition)  # no time limit: an answer may take as long as its client waits

    async def _tell_freed(self) -> None:
        async with self._freed:
            self._freed.notify_all()


async def _blame_file(path: str) -> None:
    """Say what is wrong with the file rather than that llama.cpp cannot load it.

    Raises:
        ModelLoadError: it is damaged.
    """
    try:
        await asyncio.to_thread(read_gguf, Path(path))
    except ModelFileError as error:
        raise ModelLoadError(str(error), status=500) from error


def _shown(keep_alive_s: float) -> timedelta:
    return FOREVER if keep_alive_s > FOREVER.total_seconds() else timedelta(seconds=keep_alive_s)
