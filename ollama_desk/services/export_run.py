"""One export from the models folder to the person's files, in threads that can be stopped."""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.exports import ExportState, projector_path
from ollama_desk.registry.departures import refuse_taken
from ollama_desk.registry.exporting import Exportable, Outgoing, outgoing, write
from ollama_desk.registry.progress import Progress

T = TypeVar("T")

TICK_S = 0.1
END_S = 3.0  # for a thread that was told to stop: a disk that answers no more keeps nobody from leaving


class ExportRun:
    """Does one export; to be run once. Cancelled or failed at any point, it leaves nothing behind.

    Args:
        model: the files in the models folder.
        target: of the weights; a projector goes beside them.
        replace: whether a file at ``target`` may go. What else is there is never replaced.
        tell: is told the state, the bytes in all and those that are done; at most ten times a second for one state.
    """

    def __init__(
        self, model: Exportable, target: Path, *, replace: bool, tell: Callable[[ExportState, int, int], None]
    ) -> None:
        self._model = model
        self._target = target
        self._replace = replace
        self._tell = tell
        self._written: list[Path] = []
        self._done = 0  # of the files before the present one
        self._state = ExportState.WRITING
        self._total = 0
        self._told_at = 0.0

    async def run(self) -> tuple[Path, ...]:
        """Export; the files that were written, the weights first.

        Raises:
            NameTakenError: a file is there that may not go.
            ModelFileError: the model is damaged.
            StorageError: a disk does not do what it should, or is full.
        """
        files = [*await self._weights(), *await asyncio.to_thread(self._projector)]
        for file in files:
            await asyncio.to_thread(refuse_taken, file.target, replace=self._may_replace(file.target))
        self._begin(ExportState.WRITING, sum(file.source.size_bytes for file in files))
        try:
            for file in reversed(files):  # the large ones last: they may replace what was there
                await self._write(file)
        except (asyncio.CancelledError, DeskError):
            await asyncio.to_thread(_remove, [path for path in self._written if not self._may_replace(path)])
            raise
        return tuple(file.target for file in files)

    async def _weights(self) -> tuple[Outgoing, ...]:
        pieces = self._model.weights
        if len(pieces) > 1:
            self._begin(ExportState.CHECKING, self._model.weights_bytes)
        return await self._work(partial(outgoing, pieces, self._target), 0)

    def _projector(self) -> tuple[Outgoing, ...]:
        pieces = self._model.projectors[:1]
        return tuple(file for piece in pieces for file in outgoing((piece,), projector_path(self._target), Progress()))

    async def _write(self, file: Outgoing) -> None:
        def work(progress: Progress) -> None:
            may = self._may_replace(file.target)
            write(file.source, file.target, digest=file.digest, replace=may, progress=progress)

        await self._work(work, file.source.size_bytes)
        self._written.append(file.target)

    def _may_replace(self, path: Path) -> bool:
        return self._replace and path == self._target

    async def _work(self, work: Callable[[Progress], T], size_bytes: int) -> T:
        """Run ``work`` in a thread and say how far it is. It cleans up after itself, however this ends."""
        progress = Progress()
        future = asyncio.get_running_loop().run_in_executor(None, work, progress)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())  # not told as one nobody saw
        try:
            while not future.done():
                await asyncio.wait({future}, timeout=TICK_S)
                self._say(self._done + progress.done_bytes)
        except asyncio.CancelledError:
            progress.stop()
            await asyncio.wait({future}, timeout=END_S)
            raise
        self._done += size_bytes
        return future.result()

    def _begin(self, state: ExportState, total_bytes: int) -> None:
        self._state, self._total, self._done, self._told_at = state, total_bytes, 0, 0.0
        self._tell(state, total_bytes, 0)

    def _say(self, done_bytes: int) -> None:
        now = asyncio.get_running_loop().time()
        if self._total and now - self._told_at >= TICK_S:
            self._told_at = now
            self._tell(self._state, self._total, min(done_bytes, self._total))


def _remove(paths: list[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
