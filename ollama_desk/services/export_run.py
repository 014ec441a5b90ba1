"""One export from the models folder to the person's files, in threads that can be stopped."""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.exports import ExportState, projector_path
from ollama_desk.registry.departures import refuse_taken
from ollama_desk.registry.exporting import Exportable, Outgoing, outgoing, write
from ollama_desk.registry.progress import Progress
from ollama_desk.services.told_work import ToldWork


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
        self._told = ToldWork(tell)
        self._written: list[Path] = []

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
        self._told.begin(ExportState.WRITING, sum(file.source.size_bytes for file in files))
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
            self._told.begin(ExportState.CHECKING, self._model.weights_bytes)
        return await self._told.run(partial(outgoing, pieces, self._target), 0)

    def _projector(self) -> tuple[Outgoing, ...]:
        pieces = self._model.projectors[:1]
        return tuple(file for piece in pieces for file in outgoing((piece,), projector_path(self._target), Progress()))

    async def _write(self, file: Outgoing) -> None:
        def work(progress: Progress) -> None:
            may = self._may_replace(file.target)
            write(file.source, file.target, digest=file.digest, replace=may, progress=progress)

        await self._told.run(work, file.source.size_bytes)
        self._written.append(file.target)

    def _may_replace(self, path: Path) -> bool:
        return self._replace and path == self._target


def _remove(paths: list[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
