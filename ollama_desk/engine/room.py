"""Makes room for a model before it is loaded: waits, unloads who is idle, or refuses what can never fit."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from ollama_desk.domain.errors import ModelLoadError
from ollama_desk.engine.available import available_bytes, mapped_bytes
from ollama_desk.engine.loading import Launch, Wanted
from ollama_desk.engine.memory import too_large
from ollama_desk.engine.seats import Seat, whom_to_unload

SPARE_BYTES = 1 << 30
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Memory:
    """Asks the machine what it has; the tests have machines of their own."""

    available: Callable[[], int | None] = available_bytes
    mapped: Callable[[int], int] = mapped_bytes


class Room:
    """Decides who is in memory.

    Args:
        seats: all there are, by path; the scheduler's own.
        max_loaded: models in memory at the same time.
        launch: how runners are started.
        memory: what the machine has.
        empty: ends the runner of an idle seat.
        device_bytes: free memory of graphics cards; asked before a model is refused.
    """

    def __init__(
        self,
        seats: Mapping[str, Seat],
        *,
        max_loaded: int,
        launch: Launch,
        memory: Memory,
        empty: Callable[[Seat], Awaitable[None]],
        device_bytes: Callable[[], Awaitable[int]],
    ) -> None:
        self._seats = seats
        self._max_loaded = max_loaded
        self._launch = launch
        self._memory = memory
        self._empty = empty
        self._device_bytes = device_bytes
        self._order = asyncio.Lock()
        self._changed = asyncio.Event()

    def tell_changed(self) -> None:
        """Somebody left, or something went."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that ``tell_changed`` tells of."""
        while not condition():
            await self._changed.wait()  # no time limit: an answer may take as long as its client waits

    async def claim(self, seat: Seat, wanted: Wanted) -> None:
        """Wait until ``wanted`` may be loaded into ``seat``, and note what it will take; one after the other.

        Raises:
            ModelLoadError: it is too large for this machine, with the figures.
        """
        async with self._order:
            while not self._fits_somehow(seat, wanted):
                idle = whom_to_unload(self._others(seat))
                if idle is not None:
                    log.info("unloading %s to make room for %s", idle.wanted.name, wanted.name)
                    await self._empty(idle)
                elif self._others(seat):
                    await self.until(lambda: self._may_go_on(seat, wanted))
                else:
                    await self._squeeze(seat, wanted)
                    return

    def _fits_somehow(self, seat: Seat, wanted: Wanted) -> bool:
        """Claim room where there is some: for all slots, or for one where nobody idle could make place for more."""
        others = self._others(seat)
        if len(others) >= self._max_loaded:
            return False
        free = self._free_bytes(others)
        slots = wanted.slots_of(self._launch)
        spare = SPARE_BYTES if slots > 1 else 0  # comfort shall not cost other programs their memory
        if fits((need := wanted.need_bytes(slots, self._launch.cache)) + spare, free):
            return _note(seat, slots, need)
        one = wanted.need_bytes(1, self._launch.cache)
        return fits(one, free) and whom_to_unload(others) is None and _note(seat, 1, one)

    def _may_go_on(self, seat: Seat, wanted: Wanted) -> bool:
        others = self._others(seat)
        one = wanted.need_bytes(1, self._launch.cache)
        fitting = len(others) < self._max_loaded and fits(one, self._free_bytes(others))
        return fitting or whom_to_unload(others) is not None or not others

    async def _squeeze(self, seat: Seat, wanted: Wanted) -> None:
        """Nothing else is in memory and it still does not fit: there may be a graphics card for it."""
        need, free = wanted.need_bytes(1, self._launch.cache), self._free_bytes(()) or 0
        if wanted.options.n_gpu_layers != 0 and need <= free + await self._device_bytes():
            _note(seat, 1, need)
            return
        raise ModelLoadError(too_large(need, free), status=500)

    def _others(self, seat: Seat) -> list[Seat]:
        return [other for other in self._seats.values() if other is not seat and other.claimed_bytes]

    def _free_bytes(self, others: Iterable[Seat]) -> int | None:
        """What is left for one more; ``None`` where nobody knows.

        A model that is loading has not taken yet what it will. The weights of one that is loaded count as available
        pages of files, and would be read from the disk again and again if they were given away.
        """
        free = self._memory.available()
        if free is None:
            return None
        taken = sum(
            self._memory.mapped(other.runner.pid) if other.runner is not None else other.claimed_bytes
            for other in others
        )
        return free - taken


def fits(need_bytes: int, free_bytes: int | None) -> bool:
    """Whether it may be loaded; where nobody knows, it is tried."""
    return free_bytes is None or need_bytes <= free_bytes


def _note(seat: Seat, slots: int, need_bytes: int) -> bool:
    seat.slots, seat.claimed_bytes = slots, need_bytes
    return True
