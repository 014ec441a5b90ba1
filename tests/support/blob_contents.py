"""Bytes of blobs for tests: a few, many that take no memory, and nothing but zeros."""

import hashlib
import random

MIB = 1 << 20
CHUNK = 64 * 1024


class Content:
    """The bytes of a blob."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, start: int, stop: int) -> bytes:
        return self._data[start:stop]

    def digest(self) -> str:
        whole = hashlib.sha256()
        for start in range(0, self.size, MIB):
            whole.update(self.read(start, min(start + MIB, self.size)))
        return f"sha256:{whole.hexdigest()}"


class Large(Content):
    """Many bytes that take no memory: a block again and again, with its number at its start."""

    def __init__(self, size: int, *, seed: int = 1) -> None:
        super().__init__(b"")
        self.size = size
        self._block = random.Random(seed).randbytes(CHUNK)  # noqa: S311 - no secret

    def read(self, start: int, stop: int) -> bytes:
        first = start // CHUNK
        blocks = (n.to_bytes(8, "big") + self._block[8:] for n in range(first, -(-stop // CHUNK)))
        return b"".join(blocks)[start - first * CHUNK : stop - first * CHUNK]


class Sparse(Content):
    """Nothing but zeros."""

    def __init__(self, size: int) -> None:
        super().__init__(b"")
        self.size = size

    def read(self, start: int, stop: int) -> bytes:
        return bytes(stop - start)
