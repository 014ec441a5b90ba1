"""The values of a GGUF header, taken from a file piece by piece."""

import math
import struct
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeAlias

from ollama_desk.domain.errors import ModelFileError

CHUNK = 1 << 20
MAX_HEADER = 128 << 20  # the largest vocabularies take some 10 MB
MAX_STRING = 16 << 20
MAX_NESTING = 3
MOST_ITEMS = 3_000_000  # kept of all arrays together: twice the largest vocabulary with its scores and merges
NOT_GGUF = "supplied file was not in GGUF format"  # as Ollama says it

STRING, ARRAY, BOOL, FLOAT = 8, 9, 7, 6
FORMATS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}

Scalar: TypeAlias = int | float | bool | str


@dataclass(frozen=True, slots=True)
class GgufArray:
    """An array. ``values`` is ``None`` where it was too long to be kept."""

    count: int
    values: tuple["Scalar | GgufArray", ...] | None = None


class ByteReader:
    """Reads a little-endian file forward, a chunk at a time, and never past its end.

    Args:
        file: open for reading, at its start.
        size: of the file, in bytes.
    """

    def __init__(self, file: BinaryIO, *, size: int) -> None:
        self.size = size
        self._file = file
        self._buffer = b""
        self._start = 0  # where the buffer begins in the file
        self._place = 0  # in the buffer
        self._room = MOST_ITEMS

    @property
    def position(self) -> int:
        return self._start + self._place

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes.

        Raises:
            ModelFileError: the file ends before.
        """
        self._need(count)
        piece = self._buffer[self._place : self._place + count]
        self._place += count
        return piece

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def u64(self) -> int:
        return int.from_bytes(self.take(8), "little")

    def string(self) -> str:
        """The next string; bytes that are not UTF-8 become U+FFFD."""
        length = self.u64()
        if length > MAX_STRING:
            raise self._damaged()
        return self.take(length).decode("utf-8", "replace")

    def value(self, kind: int, array_limit: int, depth: int = 0) -> "Scalar | GgufArray":
        """The next value, of the type ``kind``."""
        if kind == STRING:
            return self.string()
        if kind == ARRAY and depth < MAX_NESTING:
            return self._array(array_limit, depth)
        form = FORMATS.get(kind)
        if form is None:
            raise self._damaged()
        if kind == BOOL:
            return self.take(1) != b"\0"
        if kind == FLOAT:
            return _shortest_float(self.take(4))
        (number,) = struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))
        return number  # type: ignore[no-any-return] # struct does not say what it unpacks

    def _array(self, limit: int, depth: int) -> GgufArray:
        kind, count = self.u32(), self.u64()
        if count <= min(limit, self._room):  # of arrays in arrays only the counts are kept
            self._room -= count
            return GgufArray(count, tuple(self.value(kind, 0, depth + 1) for _ in range(count)))
        if kind == STRING:
            self._skip_strings(count)
        elif kind == ARRAY and depth < MAX_NESTING:
            for _ in range(count):
                self._array(0, depth + 1)
        elif kind in FORMATS:
            self._skip(count * struct.calcsize(f"<{FORMATS[kind]}"))
        else:
            raise self._damaged()
        return GgufArray(count)

    def _skip_strings(self, count: int) -> None:
        """Step over a vocabulary: hundreds of thousands of strings, so without a call for each."""
        self._check(count * 8)
        length_of = struct.Struct("<Q").unpack_from
        left = count
        while left:
            self._need(8)
            buffer, place, end = self._buffer, self._place, len(self._buffer)
            after = place
            while left and place + 8 <= end:
                after = place + 8 + length_of(buffer, place)[0]
                if after > end:
                    break
                place = after
                left -= 1
            if after > end:  # a string that goes beyond the buffer
                self._place = place + 8
                self._skip(after - place - 8)
                left -= 1
            else:
                self._place = place

    def _skip(self, count: int) -> None:
        self._check(count)
        if self._place + count <= len(self._buffer):
            self._place += count
            return
        self._start, self._place, self._buffer = self.position + count, 0, b""
        self._file.seek(self._start)

    def _need(self, count: int) -> None:
        """Have ``count`` bytes in the buffer."""
        missing = count - (len(self._buffer) - self._place)
        if missing <= 0:
            return
        self._check(count)
        self._start, self._buffer = self.position, self._buffer[self._place :]
        self._place = 0
        while len(self._buffer) < count:
            piece = self._file.read(max(CHUNK, count - len(self._buffer)))
            if not piece:
                raise self._damaged()
            self._buffer += piece

    def _check(self, count: int) -> None:
        if self.position + count > min(self.size, MAX_HEADER):
            raise self._damaged()

    def _damaged(self) -> ModelFileError:
        place = self.position
        return ModelFileError(f"The file is damaged: its header ends or makes no sense at byte {place}. Get it again.")


def _shortest_float(data: bytes) -> float:
    """The number with the fewest digits that four bytes hold the same for: 0.00001 and not 9.99999974e-06."""
    (exact,) = struct.unpack("<f", data)
    if not math.isfinite(exact):
        return 0.0  # JSON has no word for it
    rounded = (float(f"{exact:.{digits}g}") for digits in range(1, 9))
    return next((number for number in rounded if _same(number, data)), float(exact))


def _same(number: float, data: bytes) -> bool:
    try:
        return struct.pack("<f", number) == data
    except OverflowError:  # rounded up beyond the largest
        return False
