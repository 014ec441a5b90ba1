"""One blob on its way into the models folder: fetched, checked, and only then there."""

import asyncio
import logging
import random
from dataclasses import dataclass
from pathlib import Path

from ollama_desk.core.files import storage_error
from ollama_desk.domain.errors import DigestMismatchError, RegistryRefusedError, StorageError
from ollama_desk.registry.blobs import BlobFolder
from ollama_desk.registry.filling import Fetch, Filling
from ollama_desk.registry.parts import Partial, discard
from ollama_desk.registry.patience import Patience
from ollama_desk.registry.remote import mismatch

log = logging.getLogger(__name__)

NOT_SATISFIABLE = 416
TAKEN_AWAY = 6  # tries to have parts that another server in the same folder takes for damaged while they are made
APART_S = 0.2  # at most, between two of them


@dataclass(frozen=True, slots=True)
class Wanted:
    """A blob, and who has it."""

    digest: str  # "sha256:<hex>"
    size_bytes: int
    fetch: Fetch


class Download:
    """Brings one blob. What has come is noted on disk as it comes, so that it can go on after any kind of end.

    Args:
        wanted: which blob.
        blobs: where to.
        patience: how often to try again.
    """

    def __init__(self, wanted: Wanted, *, blobs: BlobFolder, patience: Patience) -> None:
        self._wanted = wanted
        self._path = blobs.path(wanted.digest)
        self._patience = patience
        self._filling: Filling | None = None

    @property
    def completed_bytes(self) -> int:
        """Smaller than before where something must be fetched anew."""
        return 0 if self._filling is None else self._filling.completed_bytes

    async def run(self) -> None:
        """Until the blob is there, whole and checked.

        Raises:
            DigestMismatchError: what came is something else; nothing of it is kept.
            RegistryError: it cannot be had; what has come is kept.
            StorageError: it cannot be written; what has come is kept.
        """
        for left in reversed(range(TAKEN_AWAY)):
            try:
                while not await self._once():
                    log.info("What was there of %s does not fit; it is fetched anew", self._wanted.digest)
            except StorageError as error:
                if await asyncio.to_thread(self._is_there):
                    log.info("Another server has finished %s meanwhile", self._wanted.digest)
                    return
                if not left or not isinstance(error.__cause__, FileNotFoundError):
                    raise
                log.info("Another server took the parts of %s away; they are made anew", self._wanted.digest)
                await asyncio.sleep(random.uniform(0, APART_S))  # noqa: S311 - so that the two do not meet again
            else:
                return

    async def _once(self) -> bool:
        """Bring it; False where what was there before may be to blame that it did not fit, and is gone now."""
        partial = await asyncio.to_thread(Partial, self._path, self._wanted.size_bytes)
        with partial:
            resumed = partial.completed > 0
            self._filling = Filling(partial, self._wanted.fetch, patience=self._patience)
            try:
                digest = await self._filling.run()
                if digest != self._wanted.digest:
                    raise mismatch(self._wanted.digest, digest)
                await asyncio.to_thread(partial.finish)
            except (DigestMismatchError, RegistryRefusedError) as error:
                if isinstance(error, RegistryRefusedError) and error.status != NOT_SATISFIABLE:
                    raise
                partial.close()
                await asyncio.to_thread(_discard, self._path)
                if not resumed:
                    raise
                return False
        return True

    def _is_there(self) -> bool:
        """Whether the blob is whole: two servers may fetch it into one folder, and then the parts go with the first."""
        return self._path.is_file() and self._path.stat().st_size == self._wanted.size_bytes


def _discard(path: Path) -> None:
    try:
        discard(path)
    except OSError as error:
        raise storage_error(error, path) from error
