"""What a connection brings, written a megabyte at a time and hashed as far as it is without a gap."""

import asyncio
import hashlib
from threading import Lock

from ollama_desk.core.files import storage_error
from ollama_desk.registry.parts import Part, Partial

WRITE_BYTES = 1 << 20
WRITE_EVERY_S = 0.5  # on a slow line, so that little is lost
STEP_BYTES = 16 << 20  # hashed in one go, between two writes
READ_BYTES = 1 << 20


class FollowingHash:
    """The SHA-256 of a file that grows; read back from the system's cache, so that four connections may fill it.

    Each method blocks and may run in any thread.
    """

    def __init__(self, partial: Partial) -> None:
        self._partial = partial
        self._hash = hashlib.sha256()
        self._position = 0
        self._turn = Lock()

    def advance(self, *, wait: bool = False) -> None:
        """Hash some of what there is; where another thread does so, ``wait`` for it or leave it at that.

        Raises:
            StorageError: it cannot be read.
        """
        if not self._turn.acquire(blocking=wait):
            return
        try:
            self._read(min(self._partial.frontier, self._position + STEP_BYTES))
        except OSError as error:
            raise storage_error(error, self._partial.data_path) from error
        finally:
            self._turn.release()

    def digest(self) -> str:
        """Of what was hashed, as ``sha256:<hex>``."""
        with self._turn:  # for a thread that is still at it
            return f"sha256:{self._hash.hexdigest()}"

    @property
    def position(self) -> int:
        """Bytes that were hashed."""
        return self._position

    def _read(self, until: int) -> None:
        if until <= self._position:
            return
        with self._partial.data_path.open("rb", buffering=0) as file:
            file.seek(self._position)
            while self._position < until and (data := file.read(min(READ_BYTES, until - self._position))):
                self._hash.update(data)
                self._position += len(data)


class Intake:
    """Collects the pieces of one connection.

    Args:
        partial: where they are kept.
        following: is told of each write.
    """

    def __init__(self, partial: Partial, following: FollowingHash) -> None:
        self._partial = partial
        self._following = following
        self._part: Part | None = None
        self._buffer = bytearray()
        self._written_at = self._now_s()

    def reach(self, part: Part) -> int:
        """Where the next byte of ``part`` belongs, those that are held counted."""
        return part.next + (len(self._buffer) if part is self._part else 0)

    async def take(self, part: Part, piece: bytes) -> None:
        """Add ``piece`` to ``part``. Raises ``StorageError``."""
        if part is not self._part:
            await self.flush()
            self._part = part
        self._buffer += piece
        if len(self._buffer) >= WRITE_BYTES or self._now_s() - self._written_at >= WRITE_EVERY_S:
            await self.flush()

    async def flush(self) -> None:
        """Write what is held, in a thread. Raises ``StorageError``."""
        if self._part is not None and self._buffer:
            data = bytes(self._buffer)
            self._buffer.clear()  # first: when this is cancelled, the thread goes on, or finds the file closed
            await asyncio.to_thread(self._keep, self._part, data)
        self._written_at = self._now_s()

    def spill(self) -> None:
        """Write what is held, at once: the connection is over. At most a megabyte. Raises ``StorageError``."""
        if self._part is not None and self._buffer:
            self._partial.write(self._part, bytes(self._buffer))
            self._buffer.clear()

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()

    def _keep(self, part: Part, data: bytes) -> None:
        self._partial.write(part, data)
        self._following.advance()
