"""Watches that the event loop turns, and records where its thread stands when it has not for longer than a budget."""

import asyncio
import logging
import sys
import threading
import time
import traceback
from dataclasses import dataclass

log = logging.getLogger(__name__)

LOOKS = 4  # in the time of a budget
RECORDS = 5  # of one standstill, a budget apart: what it did first need not be what took long


@dataclass(frozen=True, slots=True)
class Stall:
    """The loop did not turn: for how long at least, and what its thread was doing."""

    at_least_s: float
    stack: str


class Watchdog:
    """Costs a timer and a thread, so it runs only where somebody looks for stalls.

    Args:
        budget_s: how long the loop may take for one turn.
    """

    def __init__(self, budget_s: float) -> None:
        self._budget_s = budget_s
        self._beat_at = 0.0
        self._beat: asyncio.TimerHandle | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.stalls: list[Stall] = []

    def start(self) -> None:
        """Watch the loop that runs in this thread."""
        self._on_beat(asyncio.get_running_loop())
        watched = threading.get_ident()
        self._thread = threading.Thread(target=self._watch, args=(watched,), name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._beat is not None:
            self._beat.cancel()
        if self._thread is not None:
            self._thread.join(self._budget_s)

    def _on_beat(self, loop: asyncio.AbstractEventLoop) -> None:
        self._beat_at = time.monotonic()
        self._beat = loop.call_later(self._budget_s / LOOKS, self._on_beat, loop)

    def _watch(self, watched: int) -> None:
        beat_at, recorded = self._beat_at, 0
        while not self._ended.wait(self._budget_s / LOOKS):
            if beat_at != self._beat_at:
                beat_at, recorded = self._beat_at, 0
            late_s = time.monotonic() - beat_at
            if late_s > self._budget_s * (recorded + 1) and recorded < RECORDS:
                recorded += 1
                self._record(watched, late_s)

    def _record(self, watched: int, late_s: float) -> None:
        frame = sys._current_frames().get(watched)  # noqa: SLF001 - the documented way to another thread's stack
        stack = "".join(traceback.format_stack(frame)) if frame is not None else ""
        self.stalls.append(Stall(late_s, stack))
        log.warning("The event loop has not turned for %.0f ms:\n%s", late_s * 1000, stack)
