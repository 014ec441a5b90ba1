"""The downloads under way: who wants a blob that is coming shares it, and the last to leave stops it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ollama_desk.core.files import storage_error
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError
from ollama_desk.registry.blobs import BlobFolder
from ollama_desk.registry.download import Download, Wanted
from ollama_desk.registry.parts import discard
from ollama_desk.registry.patience import Patience


class Transfer:
    """A blob that is coming."""

    def __init__(self, download: Download, size_bytes: int) -> None:
        self._download = download
        self._size_bytes = size_bytes
        self._failure: DeskError | None = None
        self.scope = TaskScope(self._fail)
        self.task = self.scope.spawn(download.run(), name="download")
        self.users = 0

    @property
    def completed_bytes(self) -> int:
        return self._download.completed_bytes

    async def wait(self, timeout_s: float) -> bool:
        """Wait for its end, ``timeout_s`` at most; whether it is there.

        Raises:
            DeskError: it failed.
        """
        done, _ = await asyncio.wait({self.task}, timeout=timeout_s)
        if done and self._failure is not None:
            raise self._failure
        return bool(done)

    def _fail(self, error: DeskError) -> None:
        self._failure = error


class Transfers:
    """All downloads into one models folder.

    Args:
        blobs: the folder.
        patience: how often to try again.
    """

    def __init__(self, blobs: BlobFolder, *, patience: Patience) -> None:
        self._blobs = blobs
        self._patience = patience
        self._running: dict[str, Transfer] = {}

    async def is_there(self, digest: str) -> bool:
        """Whether the blob is there already; then what a killed download may have left of it is removed."""
        return await asyncio.to_thread(self._is_there, digest)

    @asynccontextmanager
    async def bringing(self, wanted: Wanted) -> AsyncIterator[Transfer]:
        """The blob on its way. It goes on while anybody is in here; what has come is kept for the next time.

        Raises:
            StorageError: the folder cannot be used.
        """
        while (transfer := self._running.get(wanted.digest)) is not None and not transfer.users:
            await asyncio.wait({transfer.task})  # it is being stopped, which takes no longer than a write
            self._forget(wanted.digest, transfer)
        if transfer is None:
            download = Download(wanted, blobs=self._blobs, patience=self._patience)
            transfer = self._running[wanted.digest] = Transfer(download, wanted.size_bytes)
        transfer.users += 1
        try:
            yield transfer
        finally:
            transfer.users -= 1
            if not transfer.users:
                await transfer.scope.aclose()
                self._forget(wanted.digest, transfer)

    def _forget(self, digest: str, transfer: Transfer) -> None:
        if self._running.get(digest) is transfer:
            del self._running[digest]

    def _is_there(self, digest: str) -> bool:
        if not self._blobs.has(digest):
            return False
        path = self._blobs.path(digest)
        try:
            discard(path)
        except OSError as error:
            raise storage_error(error, path) from error
        return True
