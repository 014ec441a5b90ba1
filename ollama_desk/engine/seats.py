"""A model's place in memory, and which of them is given up when another needs room."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ollama_desk.engine.loading import Wanted
from ollama_desk.engine.process import RunnerProcess


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a load did not come to anything."""

    number: int  # of the load, counted for its seat
    wanted: Wanted
    text: str
    status: int


@dataclass(slots=True, eq=False)
class Seat:
    """A place in memory for one set of weights: empty, on its way, or occupied."""

    wanted: Wanted  # what its runner was started with, under the name that was asked for last
    runner: RunnerProcess | None = None
    slots: int = 1
    claimed_bytes: int = 0  # from the moment that room was made for it; 0 while it has none
    users: int = 0
    asking: list[Wanted] = field(default_factory=list)  # requests that are not users yet
    coming: asyncio.Task[None] | None = None  # the load; awaited by whoever holds ``order``
    coming_for: Wanted | None = None
    loads: int = 0
    failure: Failure | None = None
    buried: int = 0  # the pid of the last runner that crashed
    keep_alive_s: float = 0.0
    last_used: float = 0.0  # of the loop's clock
    timer: asyncio.TimerHandle | None = None
    expires_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    order: asyncio.Lock = field(default_factory=asyncio.Lock)  # first come, first served
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    @property
    def is_loaded(self) -> bool:
        return self.runner is not None and self.runner.is_alive

    @property
    def is_idle(self) -> bool:
        """Whether it could be given up: in memory, and neither used nor waited for."""
        return self.runner is not None and self.coming is None and not self.users and not self.asking

    @property
    def is_free(self) -> bool:
        """Whether nothing speaks against forgetting it."""
        return self.runner is None and self.coming is None and not self.users and not self.asking

    @property
    def size_bytes(self) -> int:
        """Memory that it takes, reckoned."""
        return self.claimed_bytes

    @property
    def vram_bytes(self) -> int:
        """How much of that is on a graphics card, as llama.cpp said."""
        return min(self.runner.vram_bytes, self.claimed_bytes) if self.runner is not None else 0

    def serves(self, wanted: Wanted) -> bool:
        """Whether a request for ``wanted`` can be answered as it is."""
        return self.is_loaded and wanted.loads_as(self.wanted)

    def rename(self, wanted: Wanted) -> None:
        """Another name for the same weights asked."""
        self.wanted = replace(wanted, options=self.wanted.options)

    def stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


def whom_to_unload(seats: Iterable[Seat]) -> Seat | None:
    """The one that nobody used for longest; ``None`` where all are in use."""
    return min((seat for seat in seats if seat.is_idle), key=lambda seat: seat.last_used, default=None)
