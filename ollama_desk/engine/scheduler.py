"""Which models are in memory: loaded on demand, kept for a while, unloaded, loaded again after a crash."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from math import ceil, inf

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import ModelLoadError, RunnerCrashedError, ServerBusyError
from ollama_desk.engine.launching import launch_runner
from ollama_desk.engine.loading import Launch, LoadKey, LoadOptions, Wanted
from ollama_desk.engine.patience import Falls
from ollama_desk.engine.process import RunnerProcess, device_bytes
from ollama_desk.engine.room import Memory, Room
from ollama_desk.engine.seats import Failure, Seat

__all__ = ["LoadOptions", "Scheduler", "Seat", "Wanted"]

log = logging.getLogger(__name__)
FOREVER = timedelta(days=365 * 292)  # what Ollama shows for a negative keep_alive: as far as its clock reaches
BUSY_TEXT = "server busy, please try again.  maximum pending requests exceeded"  # two spaces, as recorded
REMEMBERED = 64  # models whose crashes are kept in mind


class Scheduler:
    """Owns the runners.

    Args:
        scope: owns the tasks that load, follow and end runners.
        max_loaded: models in memory at the same time.
        max_queue: requests that may wait for a load; more are refused.
        load_timeout_s: how long one load may take; ``None`` is without limit.
        launch: how runners are started.
        memory: what the machine has.
    """

    def __init__(
        self,
        scope: TaskScope,
        *,
        max_loaded: int = 3,
        max_queue: int = 512,
        load_timeout_s: float | None = 300.0,
        launch: Launch | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._scope = scope
        self._max_queue = max_queue
        self._load_timeout_s = load_timeout_s
        self._launch = launch or Launch()
        self._seats: dict[str, Seat] = {}
        self._falls: dict[LoadKey, Falls] = {}  # by options, too: who asks for mad ones harms no other
        self._waiting = 0
        self._room = Room(
            self._seats,
            max_loaded=max_loaded,
            launch=self._launch,
            memory=memory or Memory(),
            empty=self._empty,
            device_bytes=device_bytes,
        )

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
        runner = seat.runner
        try:
            yield seat
        except RunnerCrashedError as error:
            if runner is not None:
                await self._bury(seat, runner, error)
            raise
        finally:
            seat.users -= 1
            self._rest(seat)
            self._room.tell_changed()

    async def unload(self, path: str) -> None:
        """Take the model out of memory when nobody uses it; at once where nobody does."""
        seat = self._seats.get(path)
        if seat is not None:
            seat.keep_alive_s = 0.0
            if not seat.users:
                await self._empty(seat)

    async def aclose(self) -> None:
        """End every load and every runner."""
        loads = [seat.coming for seat in self._seats.values() if seat.coming is not None]
        for seat in self._seats.values():
            _abort(seat)
        if loads:
            await asyncio.wait(loads)
        await asyncio.gather(*(self._end(seat) for seat in self._seats.values()))
        self._seats.clear()

    async def _occupy(self, wanted: Wanted) -> Seat:
        """A seat with one more user."""
        if self._waiting > self._max_queue:  # one may load, the others wait
            raise ServerBusyError(BUSY_TEXT, status=503)
        seat = self._seats.setdefault(wanted.path, Seat(wanted))
        first = seat.loads + (seat.coming is None)
        self._waiting += 1
        seat.asking.append(wanted)
        try:
            async with seat.order:
                seat.stop_timer()
                if not seat.serves(wanted):
                    await self._arrival(seat, wanted, first)
                seat.rename(wanted)
                seat.users += 1
                return seat
        finally:
            self._waiting -= 1
            seat.asking.remove(wanted)
            self._let_go(seat)

    async def _arrival(self, seat: Seat, wanted: Wanted, first: int) -> None:
        """Wait for the load that brings ``wanted``; the caller holds ``seat.order``.

        Args:
            seat: where to.
            wanted: what.
            first: the number of the first load that this request waits for: where a load failed, it has failed for
                everybody who waited.

        Raises:
            ModelLoadError: it failed.
        """
        if seat.coming is not None and not _loads(wanted, seat.coming_for):
            _abort(seat)
            await asyncio.wait({seat.coming})
        load = seat.coming
        if load is None:
            _tell_failure(seat, wanted, first)
            load = self._begin(seat, wanted)
        number = seat.loads
        await asyncio.wait({load})  # not the task itself: it goes on where we are cancelled and another wants it
        _tell_failure(seat, wanted, number)
        if seat.runner is None:
            raise ModelLoadError("the server is stopping", status=503)

    def _begin(self, seat: Seat, wanted: Wanted) -> asyncio.Task[None]:
        """Start a load, which belongs to the seat and not to the request that asked first."""
        seat.loads += 1
        load = self._scope.spawn(self._bring(seat, wanted), name=f"load {wanted.name}")
        seat.coming, seat.coming_for = load, wanted
        load.add_done_callback(lambda _: self._landed(seat))
        return load

    async def _bring(self, seat: Seat, wanted: Wanted) -> None:
        """Load ``wanted`` into its seat."""
        try:
            await self._room.until(lambda: not seat.users)
            await self._end(seat)
            self._check_patience(wanted)
            await self._room.claim(seat, wanted)
            seat.runner = await self._start(seat, wanted)
            seat.wanted, seat.turn = wanted, asyncio.Semaphore(seat.slots)
        except ModelLoadError as error:
            seat.failure = Failure(seat.loads, wanted, str(error), error.status)

    def _landed(self, seat: Seat) -> None:
        """A load came to its end, whichever."""
        seat.coming = seat.coming_for = None
        if seat.runner is None:
            seat.claimed_bytes = 0
        self._let_go(seat)
        self._room.tell_changed()

    async def _start(self, seat: Seat, wanted: Wanted) -> RunnerProcess:
        limit_s = self._load_timeout_s
        try:
            return await launch_runner(wanted, self._launch, self._scope, slots=seat.slots, timeout_s=limit_s)
        except ModelLoadError:
            self._note_fall(wanted.load_key)
            raise

    def _let_go(self, seat: Seat) -> None:
        """A request has its seat or gave up: a load that nobody waits for any more ends, an empty seat goes."""
        if seat.coming is not None and not any(_loads(other, seat.coming_for) for other in seat.asking):
            _abort(seat)
        elif seat.is_idle and seat.timer is None:  # nobody became its user
            self._rest(seat)
        self._forget(seat)

    def _forget(self, seat: Seat) -> None:
        if seat.is_free and self._seats.get(seat.wanted.path) is seat:
            del self._seats[seat.wanted.path]

    def _rest(self, seat: Seat) -> None:
        """Nobody uses it for now: start the clock, or clean up after a crash."""
        loop = asyncio.get_running_loop()
        seat.last_used = loop.time()
        seat.expires_at = datetime.now(UTC) + _shown(seat.keep_alive_s)
        if seat.users:
            return
        if seat.runner is not None and not seat.runner.is_alive:
            log.warning("the runner of %s has ended: %s", seat.wanted.name, seat.runner.epitaph())
        seat.stop_timer()
        if seat.keep_alive_s < inf:
            wait_s = seat.keep_alive_s if seat.is_loaded else 0.0
            seat.timer = loop.call_later(wait_s, self._expire, seat)

    def _expire(self, seat: Seat) -> None:
        seat.timer = None
        self._scope.spawn(self._empty(seat), name=f"unload {seat.wanted.name}")

    async def _empty(self, seat: Seat) -> None:
        if seat.is_idle:  # or else who asks may hold ``order`` until there is room, and we may be the one who makes it
            async with seat.order:
                await self._empty_now(seat)
            self._room.tell_changed()

    async def _empty_now(self, seat: Seat) -> None:
        if seat.is_idle and self._seats.get(seat.wanted.path) is seat:
            await self._end(seat)  # before the seat goes: who closes the scheduler meanwhile must still find it
            self._forget(seat)
            log.info("unloaded %s", seat.wanted.name)

    async def _end(self, seat: Seat) -> None:
        seat.stop_timer()
        if seat.runner is not None:
            try:
                await seat.runner.stop()
            finally:  # a stop that is cancelled kills
                seat.runner = None
                seat.claimed_bytes = 0

    async def _bury(self, seat: Seat, runner: RunnerProcess, error: RunnerCrashedError) -> None:
        """An answer broke off: end its runner, unless that is well and serves others; the next lease loads again.

        Raises:
            RunnerCrashedError: with how somebody else ended it.
        """
        if await runner.is_well():
            return
        await runner.stop()
        if seat.buried != runner.pid:  # every request that it had comes here
            seat.buried = runner.pid
            self._note_fall(seat.wanted.load_key)
        if runner.foreign_end:
            raise RunnerCrashedError(f"{error}: {runner.foreign_end}", status=error.status) from error

    def _note_fall(self, key: LoadKey) -> None:
        now = asyncio.get_running_loop().time()
        self._falls = {known: falls for known, falls in self._falls.items() if not falls.is_forgiven(now)}
        if key in self._falls or len(self._falls) < REMEMBERED:
            self._falls[key] = self._falls.get(key, Falls()).and_one(now)

    def _check_patience(self, wanted: Wanted) -> None:
        """Raises ``ModelLoadError`` where the model crashed too often lately."""
        pause_s = self._falls.get(wanted.load_key, Falls()).pause_s(asyncio.get_running_loop().time())
        if pause_s > 0:
            text = f"model '{wanted.name}' crashed again and again, and is not loaded for the next {ceil(pause_s)} s"
            raise ModelLoadError(text, status=500)


def _loads(wanted: Wanted, other: Wanted | None) -> bool:
    return other is not None and wanted.loads_as(other)


def _abort(seat: Seat) -> None:
    """End the load, once: a second cancellation would cut short what the first one tidies up."""
    if seat.coming is not None and seat.coming_for is not None:
        log.info("client connection closed before %s finished loading, aborting load", seat.coming_for.name)
        seat.coming_for = None
        seat.coming.cancel()


def _tell_failure(seat: Seat, wanted: Wanted, since: int) -> None:
    """Raise ``ModelLoadError`` where the load of ``wanted``, or a later one than ``since``, has failed."""
    failure = seat.failure
    if failure is not None and failure.number >= since and wanted.loads_as(failure.wanted):
        raise ModelLoadError(failure.text, status=failure.status)


def _shown(keep_alive_s: float) -> timedelta:
    return FOREVER if keep_alive_s > FOREVER.total_seconds() else timedelta(seconds=keep_alive_s)
