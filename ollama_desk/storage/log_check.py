"""Whether SQLite passes over changes that were committed to its write-ahead log, because the log is damaged.

SQLite reads the log up to the first frame whose checksum is wrong and takes the rest for a transaction that was never
finished. Frames of the same round that end a transaction further on say otherwise. The layout is the one of
https://www.sqlite.org/walformat.html and https://www.sqlite.org/fileformat2.html#walformat.
"""

import struct
import sys
from collections.abc import Iterator
from pathlib import Path

HEADER = struct.Struct(">8I")  # magic, version, page size, round, two salts, two checksums
FRAME = struct.Struct(">6I")  # page, pages after a commit, two salts, two checksums
ORDER = {0x377F0682: "<", 0x377F0683: ">"}  # of the words of its checksums, by its magic number
LAST_FRAME_AT = 16  # in the index, in the machine's own order


def log_of(path: Path) -> Path:
    """The write-ahead log of the database ``path``."""
    return path.with_name(f"{path.name}-wal")


def frames(log: bytes, page_size: int) -> Iterator[tuple[int, int, int, bool]]:
    """Of each frame of the present round its number, where its page begins, that page's number, and whether it commits.

    Frames whose checksum is wrong are among them; where the log's own beginning is damaged, the first frame that is
    not empty says which round it is.
    """
    round_ = _round(log)
    for number, at in enumerate(range(HEADER.size, len(log) - page_size - FRAME.size + 1, page_size + FRAME.size), 1):
        page, pages_after, *salts, _, _ = FRAME.unpack_from(log, at)
        round_ = round_ or (salts if any(salts) else None)
        if salts == round_:
            yield number, at + FRAME.size, page, pages_after > 0


def _round(log: bytes) -> list[int] | None:
    """The two numbers that the frames of the present round repeat; None where the beginning is damaged."""
    if len(log) < HEADER.size:
        return None
    magic, *_, salt1, salt2, first, second = HEADER.unpack_from(log)
    if magic not in ORDER or _checksum(log[: HEADER.size - 8], ORDER[magic]) != (first, second):
        return None
    return [salt1, salt2]


def passes_over_commits(path: Path, page_size: int) -> bool:
    """Whether SQLite, which has ``path`` open, does not see all that was committed. Raises ``OSError``."""
    try:
        log = log_of(path).read_bytes()
    except FileNotFoundError:
        return False
    last_commit = max((number for number, _, _, commits in frames(log, page_size) if commits), default=0)
    seen = _last_frame_seen(path)
    return seen is not None and last_commit > seen


def _last_frame_seen(path: Path) -> int | None:
    """The last frame that SQLite itself takes for committed; None where it keeps no index in a file."""
    try:
        index = path.with_name(f"{path.name}-shm").read_bytes()[: LAST_FRAME_AT + 4]
    except FileNotFoundError:
        return None
    return int.from_bytes(index[LAST_FRAME_AT:], sys.byteorder) if len(index) == LAST_FRAME_AT + 4 else None


def _checksum(content: bytes, order: str) -> tuple[int, int]:
    words = struct.unpack(f"{order}{len(content) // 4}I", content)
    first = second = 0
    for one, other in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return first, second
