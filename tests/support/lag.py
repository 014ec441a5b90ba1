"""Measures for how long an event loop did not turn, and takes off what the machine was too busy to run at all."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

TICK_S = 0.01
WAITED = Path("/proc/thread-self/schedstat")  # its second figure: nanoseconds for which the thread was not let run


def waited_s() -> float:
    """For how long this thread wanted to run and others had the processor; 0 where the system does not tell."""
    try:
        return int(WAITED.read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


@dataclass(slots=True)
class Lag:
    """The longest time for which the loop was held up by its own work, or by waiting in its own thread."""

    longest_s: float = 0.0
    ticks: list[float] = field(default_factory=list)  # of a thread beside the loop: when it could run

    def take(self, before: float, after: float, cpu_s: float, waited_s: float = 0.0) -> None:
        """Note one turn of the loop: its ends, the processor's time that its thread had in it, and waited for."""
        inside = [before, *(tick for tick in self.ticks if before < tick < after), after]
        starved = max(later - earlier for earlier, later in pairwise(inside)) - TICK_S
        if len(inside) == 2:  # no tick at all: the other thread did not run either
            starved = after - before
        starved = max(starved, waited_s)
        # Python that computes keeps the other thread away as well: that is the loop's own time, not the machine's.
        held_s = max(cpu_s, after - before - TICK_S - max(0.0, starved))
        self.longest_s = max(self.longest_s, held_s)
        self.ticks = [tick for tick in self.ticks if tick >= after]


@asynccontextmanager
async def measured_lag() -> AsyncIterator[Lag]:
    """The lag of the running loop while the block runs."""
    lag, over = Lag(), threading.Event()

    def tick() -> None:
        while not over.wait(TICK_S):
            lag.ticks.append(time.monotonic())

    async def turn() -> None:
        while True:
            before, cpu, waited = time.monotonic(), time.thread_time(), waited_s()
            await asyncio.sleep(TICK_S)
            lag.take(before, time.monotonic(), time.thread_time() - cpu, waited_s() - waited)

    beside = threading.Thread(target=tick, name="beside the loop")
    beside.start()
    turning = asyncio.ensure_future(turn())
    try:
        yield lag
    finally:
        turning.cancel()
        over.set()
        await asyncio.to_thread(beside.join)
