"""Reads the blobs of a models folder in the background: at the lowest priority, with rests, and so that it can stop."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ollama_desk.domain.upkeep import BlobVerdict, VerifyProgress, VerifyStep
from ollama_desk.registry.verifying import verify_blobs

TELL_EVERY_S = 0.1
LOWEST = 19  # of the nice values
TOLD_AFTER_S = 1.0  # before that nobody knows how fast the disk is


class Reading:
    """One verification; to be run once.

    Args:
        folder: the models folder.
        digests: of what is to be read; None: of all that a manifest names.
        on_progress: told at most ten times a second.
        on_verdict: told of each blob that was read.
    """

    def __init__(
        self,
        folder: Path,
        digests: Iterable[str] | None,
        *,
        on_progress: Callable[[VerifyProgress], None],
        on_verdict: Callable[[BlobVerdict], None],
    ) -> None:
        self._steps = verify_blobs(folder, digests)
        self._on_progress = on_progress
        self._on_verdict = on_verdict
        self._may_go_on = asyncio.Event()
        self._may_go_on.set()
        self._spent_s = 0.0  # without pauses
        self.progress = VerifyProgress(0, 0)

    def pause(self, *, on: bool) -> None:
        """Stop after the present step, or go on."""
        if on:
            self._may_go_on.clear()
        else:
            self._may_go_on.set()
        self._say(VerifyStep(self.progress.done_bytes, self.progress.total_bytes))

    async def run(self) -> None:
        """Read to the end. Raises ``StorageError`` where a manifest cannot be read."""
        loop = asyncio.get_running_loop()
        # a thread of its own: one whose priority was lowered cannot be raised again without rights
        threads = ThreadPoolExecutor(1, thread_name_prefix="verify", initializer=lower_priority)
        told_s = 0.0
        try:
            while True:
                await self._may_go_on.wait()  # for as long as the person wants
                began_s = loop.time()
                step = await loop.run_in_executor(threads, next, self._steps, None)
                if step is None:
                    return
                now_s = loop.time()
                self._spent_s += now_s - began_s
                if step.verdict is not None:
                    self._on_verdict(step.verdict)
                if now_s - told_s >= TELL_EVERY_S:
                    told_s = now_s
                    self._say(step)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)  # at most one step is still being read

    def _say(self, step: VerifyStep) -> None:
        left = step.total_bytes - step.done_bytes
        is_known = step.done_bytes > 0 and self._spent_s >= TOLD_AFTER_S
        left_s = self._spent_s * left / step.done_bytes if is_known else None
        self.progress = VerifyProgress(
            step.done_bytes, step.total_bytes, left_s=left_s, is_paused=not self._may_go_on.is_set()
        )
        self._on_progress(self.progress)


def lower_priority() -> None:
    """Let this thread have what the others leave; only where a thread has a priority of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST)
