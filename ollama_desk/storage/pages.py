"""The rows of a damaged SQLite file, read from its pages without SQLite; what cannot be understood is passed over.

The layout is the one of https://www.sqlite.org/fileformat2.html: a database's newest pages lie in its write-ahead log.
"""

import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ollama_desk.storage.log_check import frames, log_of

Value = int | float | str | bytes | None

PAGE_SIZE = 4096  # SQLite's own default, which we never change; used where the header does not say
HEADER_SIZE = 100  # of the file, on its first page
TABLE_LEAF = 0x0D
OTHER_KINDS = frozenset({0x00, 0x02, 0x05, 0x0A})  # overflow or free, interior pages, leaves of indexes
INTEGER_SIZES = (0, 1, 2, 3, 4, 6, 8)  # by serial type
REAL, ZERO, ONE, FIRST_BLOB = 7, 8, 9, 12


class Pages:
    """The pages of one database as they were after the last commit."""

    def __init__(self, path: Path) -> None:
        self._file = path.read_bytes()
        self._size = _page_size(self._file)
        self._newer = _newest_pages(path, self._size)

    def rows(self) -> Iterator[tuple[int, tuple[Value, ...]]]:
        """Row id and values of every row of every table, in no order; the row id's own column is None."""
        free = self._free()
        there = {*range(1, len(self._file) // self._size + 1), *self._newer}
        for number in sorted(there - free):
            yield from self._rows_of(number)

    def _page(self, number: int) -> bytes:
        newer = self._newer.get(number)
        return self._file[(number - 1) * self._size : number * self._size] if newer is None else newer

    def _rows_of(self, number: int) -> Iterator[tuple[int, tuple[Value, ...]]]:
        page = self._page(number)
        start = HEADER_SIZE if number == 1 else 0
        # A leaf whose first byte is damaged is tried too: what is no leaf gives no rows that add up.
        if len(page) < self._size or (page[start] != TABLE_LEAF and page[start] in OTHER_KINDS):
            return
        cells = int.from_bytes(page[start + 3 : start + 5], "big")
        for index in range(min(cells, self._size // 4)):
            at = int.from_bytes(page[start + 8 + 2 * index : start + 10 + 2 * index], "big")
            with suppress(IndexError, struct.error, ValueError):
                yield self._row(page, at)

    def _row(self, page: bytes, at: int) -> tuple[int, tuple[Value, ...]]:
        length, at = _varint(page, at)
        row_id, at = _varint(page, at)
        local = self._local(length)
        payload = page[at : at + local]
        if local < length:
            payload += self._overflow(int.from_bytes(page[at + local : at + local + 4], "big"), length - local)
        if len(payload) != length:
            msg = "a row that is not whole"
            raise ValueError(msg)
        return row_id - (1 << 64 if row_id >> 63 else 0), _record(payload)

    def _local(self, length: int) -> int:
        """How many bytes of a row lie on its own page."""
        most = self._size - 35
        if length <= most:
            return length
        least = (self._size - 12) * 32 // 255 - 23
        wanted = least + (length - least) % (self._size - 4)
        return wanted if wanted <= most else least

    def _overflow(self, number: int, length: int) -> bytes:
        parts: list[bytes] = []
        while length > 0:
            page = self._page(number) if number else b""
            if len(page) < self._size:
                msg = "a chain of pages that breaks off"
                raise ValueError(msg)
            parts.append(page[4 : 4 + length])
            length -= len(parts[-1])
            number = int.from_bytes(page[:4], "big")
        return b"".join(parts)

    def _free(self) -> set[int]:
        """The pages that hold what was deleted, as far as their list can be read."""
        found: set[int] = set()
        trunk = int.from_bytes(self._page(1)[32:36], "big")
        while trunk and trunk not in found:
            found.add(trunk)
            page = self._page(trunk)
            leaves = min(int.from_bytes(page[4:8], "big"), self._size // 4 - 2)
            found.update(int.from_bytes(page[8 + 4 * at : 12 + 4 * at], "big") for at in range(leaves))
            trunk = int.from_bytes(page[:4], "big")
        return found


def _page_size(content: bytes) -> int:
    said = int.from_bytes(content[16:18], "big")
    said = 65_536 if said == 1 else said
    return said if said >= 512 and said & (said - 1) == 0 else PAGE_SIZE  # noqa: PLR2004 - the format's least


def _newest_pages(path: Path, size: int) -> dict[int, bytes]:
    """The last committed version of each page in the log of ``path``, whatever its checksums say."""
    try:
        content = log_of(path).read_bytes()
    except OSError:
        return {}
    committed: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    for _, at, page, commits in frames(content, size):
        pending[page] = content[at : at + size]
        if commits:
            committed.update(pending)
            pending.clear()
    return committed


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where the next thing begins."""
    value = 0
    for index in range(8):
        byte = data[at + index]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the last byte has no high bit
            return value, at + index + 1
    return value << 8 | data[at + 8], at + 9


def _record(payload: bytes) -> tuple[Value, ...]:
    kinds: list[int] = []
    header, at = _varint(payload, 0)
    while at < header:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        size = _size(kind)
        values.append(_value(kind, payload[at : at + size]))
        at += size
    if at != len(payload):
        msg = "a row that does not add up"
        raise ValueError(msg)
    return tuple(values)


def _size(kind: int) -> int:
    if kind < len(INTEGER_SIZES):
        return INTEGER_SIZES[kind]
    return 8 if kind == REAL else max(0, kind - FIRST_BLOB) // 2


def _value(kind: int, data: bytes) -> Value:
    match kind:
        case 0:
            return None
        case _ if kind == REAL:
            value: float = struct.unpack(">d", data)[0]
            return value
        case _ if kind in (ZERO, ONE):
            return kind - ZERO
        case _ if kind < len(INTEGER_SIZES):
            return int.from_bytes(data, "big", signed=True)
    return data if kind % 2 == 0 else data.decode("utf-8", "replace")
