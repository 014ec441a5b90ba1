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
    """The SHA-256 of a file that grows: of what is written next to it, or else read back from the system's cache.

    Each method blocks and may run in any thread.
    """

    def __init__(self, partial: Partial) -> None:
        self._partial = partial
        self._hash = hashlib.sha256()
        self._position = 0
        self._turn = Lock()

    def take(self, start: int, data: bytes) -> None:
        """Hash ``data``, which lies at ``start``, if it is next; then some of what there is. Raises as ``advance``."""
        if self._turn.acquire(blocking=False):
            try:
                if start == self._position:
                    self._hash.update(data)
                    self._position += len(data)
            finally:
                self._turn.release()
        self.advance()

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
        self._pieces: list[bytes] = []
        self._held = 0
        self._written_at = self._now_s()

    def reach(self, part: Part) -> int:
        """Where the next byte of ``part`` belongs, those that are held counted."""
        return part.next + (self._held if part is self._part else 0)

    async def take(self, part: Part, piece: bytes) -> None:
        """Add ``piece`` to ``part``. Raises ``StorageError``."""
        if part is not self._part:
            await self.flush()
            self._part = part
        self._pieces.append(piece)
        self._held += len(piece)
        if self._held >= WRITE_BYTES or self._now_s() - self._written_at >= WRITE_EVERY_S:
            await self.flush()

    async def flush(self) -> None:
        """Write what is held, in a thread. Raises ``StorageError``."""
        if self._part is not None and self._held:
            # emptied first: when this is cancelled, the thread goes on, or finds the file closed
            await asyncio.to_thread(self._keep, self._part, self._taken())
        self._written_at = self._now_s()

    def spill(self) -> None:
        """Write what is held, at once: the connection is over. At most a megabyte. Raises ``StorageError``."""
        if self._part is not None and self._held:
            self._partial.write(self._part, b"".join(self._taken()))

    def _taken(self) -> list[bytes]:
        pieces, self._pieces, self._held = self._pieces, [], 0
        return pieces

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()

    def _keep(self, part: Part, pieces: list[bytes]) -> None:
        start, data = part.next, b"".join(pieces)
        self._partial.write(part, data)
        self._following.take(start, data)
