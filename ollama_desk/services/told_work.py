"""Work in threads that can be stopped, and that tells how far it is at most ten times a second."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from ollama_desk.registry.progress import Progress

State = TypeVar("State")
T = TypeVar("T")

TICK_S = 0.1
END_S = 3.0  # for a thread that was told to stop: a disk that answers no more keeps nobody from leaving


class ToldWork(Generic[State]):
    """One state after another, each with its own count of bytes.

    Args:
        tell: is told the state, the bytes in all and those that are done.
    """

    def __init__(self, tell: Callable[[State, int, int], None]) -> None:
        self._tell = tell
        self._state: State | None = None
        self._total = 0
        self._done = 0  # of the files before the present one
        self._told_at = 0.0

    def begin(self, state: State, total_bytes: int) -> None:
        """From now on it is this; told at once."""
        self._state, self._total, self._done, self._told_at = state, total_bytes, 0, 0.0
        self._tell(state, total_bytes, 0)

    def say(self, file_bytes: int) -> None:
        """So much of the present file is done."""
        now = asyncio.get_running_loop().time()
        if self._state is not None and self._total and now - self._told_at >= TICK_S:
            self._told_at = now
            self._tell(self._state, self._total, min(self._done + file_bytes, self._total))

    def end_file(self, size_bytes: int) -> None:
        """The present file is done."""
        self._done += size_bytes

    async def run(self, work: Callable[[Progress], T], size_bytes: int) -> T:
        """Run ``work`` on a file in a thread and say how far it is. It cleans up after itself, however this ends."""
        progress = Progress()
        future = asyncio.get_running_loop().run_in_executor(None, work, progress)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())  # not told as one nobody saw
        try:
            while not future.done():
                await asyncio.wait({future}, timeout=TICK_S)
                self.say(progress.done_bytes)
        except asyncio.CancelledError:
            progress.stop()
            await asyncio.wait({future}, timeout=END_S)
            raise
        self.end_file(size_bytes)
        return future.result()
