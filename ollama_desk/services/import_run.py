"""One import from its files to its model: hashed, brought to the server in the cheapest way, made into a model."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ollama_desk.core.threads import to_end
from ollama_desk.domain.errors import OllamaError, RequestFailedError
from ollama_desk.domain.imports import ImportState, Placing
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.registry.arrivals import sweep
from ollama_desk.registry.offered import examine
from ollama_desk.registry.placing import Clone, copy, link, require_room
from ollama_desk.registry.progress import Progress
from ollama_desk.registry.store import ModelStore
from ollama_desk.registry.stretches import Source
from ollama_desk.services.told_work import ToldWork

log = logging.getLogger(__name__)

SETTLE_S = 1.0  # for a server whose client went away while it made a model of what lies there
NAMES = ("model.gguf", "projector.gguf")  # the server wants names; those of the person's files may be no UTF-8


@dataclass(slots=True)
class Blob:
    """One of the files that the server needs."""

    source: Source
    clone: Clone | None = None
    digest: str = ""


class ImportRun:
    """Does one import; to be run once. Cancelled or failed at any point, it leaves nothing behind.

    Args:
        client: asks the server.
        files: of the model, its projector among them.
        name: of the model.
        placing: how a file gets into ``folder``.
        folder: the models folder, where the server is ours and on this machine; None: everything is sent to it.
        tell: is told the state, the bytes in all and those that are done; at most ten times a second for one state.
    """

    def __init__(
        self,
        client: OllamaClient,
        *,
        files: Sequence[Path],
        name: str,
        placing: Placing,
        folder: Path | None,
        tell: Callable[[ImportState, int, int], None],
    ) -> None:
        self._client = client
        self._files = tuple(files)
        self._name = name
        self._placing = placing
        self._store = None if folder is None else ModelStore(folder)
        self._told = ToldWork(tell)
        self._placed: set[str] = set()

    async def run(self) -> None:
        """Import.

        Raises:
            ModelFileError: the files are no model, or one of them was changed meanwhile.
            StorageError: a disk does not do what it should, or is full.
            OllamaError: the server refused or is gone.
        """
        offered = await asyncio.to_thread(examine, self._files, beside=False)
        sources = await asyncio.to_thread(offered.sources)
        if self._store is not None:
            await asyncio.to_thread(sweep, self._store.blobs.folder)  # what killed programs left takes room
        with ExitStack() as clones:
            try:
                blobs = await self._hash(sources, clones)
                await self._place(blobs)
                await self._send(blobs)
                await self._create(blobs)
            finally:
                await self._remove_placed()

    async def _hash(self, sources: Sequence[Source], clones: ExitStack) -> list[Blob]:
        self._told.begin(ImportState.HASHING, sum(source.size_bytes for source in sources))
        found = []
        for source in sources:
            blob = Blob(source)
            if self._store is not None and self._placing is Placing.COPY:
                blob.clone = await to_end(partial(Clone.of, source, self._store.blobs), too_late=_close)
            if blob.clone is not None:
                clones.enter_context(blob.clone)
            blob.digest = await self._told.run((blob.clone.source if blob.clone else source).digest, source.size_bytes)
            found.append(blob)
        return found

    async def _place(self, blobs: Sequence[Blob]) -> None:
        """Put into the models folder what is not there yet."""
        if self._store is None:
            return
        folder = self._store.blobs
        missing = [blob for blob in blobs if not await asyncio.to_thread(folder.has, blob.digest)]
        copied = [blob for blob in missing if blob.clone is None and self._placing is Placing.COPY]
        if copied:
            needed = sum(blob.source.size_bytes for blob in copied)
            await asyncio.to_thread(require_room, folder.folder, needed)
            self._told.begin(ImportState.COPYING, needed)
        for blob in missing:
            self._placed.add(blob.digest)
            if blob.clone is not None:
                await to_end(partial(blob.clone.finish, blob.digest, folder))
            elif self._placing is Placing.LINK:
                await to_end(partial(link, blob.source, blob.digest, folder))
            else:
                await self._copy(blob)

    async def _copy(self, blob: Blob) -> None:
        if self._store is None:
            return
        folder = self._store.blobs

        def work(progress: Progress) -> None:
            copy(blob.source, blob.digest, folder, progress=progress)

        await self._told.run(work, blob.source.size_bytes)

    async def _send(self, blobs: Sequence[Blob]) -> None:
        """Send what the server does not have: all where its folder is not ours to write to."""
        missing = [blob for blob in blobs if not await self._client.has_blob(blob.digest)]
        if not missing:
            return
        await self._remove_placed()  # into a folder that this server does not use
        self._told.begin(ImportState.SENDING, sum(blob.source.size_bytes for blob in missing))
        for blob in missing:
            try:
                async with aclosing(self._pieces(blob.source)) as pieces:
                    await self._client.send_blob(blob.digest, pieces, size_bytes=blob.source.size_bytes)
            except OllamaError:
                await asyncio.to_thread(blob.source.check)  # a file that grew or changed is the better reason
                raise
            self._told.end_file(blob.source.size_bytes)

    async def _pieces(self, source: Source) -> AsyncGenerator[bytes, None]:
        pieces, sent = source.pieces(), 0
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece
            sent += len(piece)
            self._told.say(sent)

    async def _create(self, blobs: Sequence[Blob]) -> None:
        self._told.begin(ImportState.CREATING, 0)
        files = dict(zip(NAMES, (blob.digest for blob in blobs), strict=False))
        try:
            async with aclosing(self._client.create(self._name, files=files)) as steps:
                async for step in steps:
                    log.info("import: %s", step.status)
        except RequestFailedError:
            raise
        except (asyncio.CancelledError, OllamaError):
            await asyncio.sleep(SETTLE_S)
            raise

    async def _remove_placed(self) -> None:
        """Remove what was placed and is no model's; some servers write a file of their own instead."""
        if self._store is not None and self._placed:
            await asyncio.to_thread(self._store.remove_unused, frozenset(self._placed))
        self._placed.clear()


def _close(clone: Clone | None) -> None:
    if clone is not None:
        clone.close()
