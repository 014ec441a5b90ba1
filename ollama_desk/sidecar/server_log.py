"""The server's log on disk: bounded, and readable from its end."""

import contextlib
import ctypes
import errno
import logging
import os
import re
import sys
from pathlib import Path

log = logging.getLogger(__name__)

MAX_BYTES = 10_000_000
KEPT = 5
TAIL_BYTES = 262_144
LINE_CHARS = 2_000
ROUNDS = 3
COLLAPSE_RANGE = 0x08  # FALLOC_FL_COLLAPSE_RANGE
BLOCK_BYTES = 4096
PIECE_BYTES = 1_048_576  # copied at a time; so much is also kept of a log on a full disk
CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def rotate(path: Path, *, max_bytes: int = MAX_BYTES) -> bool:
    """Keep five older copies once the log has grown; by copying its end, since the server holds the file open.

    Returns whether the log is another one now, so that old places in it mean nothing.
    """
    try:
        size = path.stat().st_size
        if size <= max_bytes:
            return False
        for number in range(KEPT - 1, 0, -1):
            older = _older(path, number)
            if older.exists():
                older.replace(_older(path, number + 1))
        _move_end(path, _older(path, 1), size - max_bytes, ROUNDS * max_bytes)
    except OSError as error:  # a log that cannot be kept short is no reason to stop the server
        log.info("the server's log could not be rotated: %s", error.strerror)
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            return False
        _make_room(path)
    return True


def _move_end(path: Path, target: Path, start: int, most: int) -> None:
    """Copy what stands behind ``start``, ``most`` bytes of it, then take the copied part out of the log."""
    full = os.open(path, os.O_RDWR)
    copy = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        end = os.lseek(full, start, os.SEEK_SET)
        while end - start < most and (piece := os.read(full, PIECE_BYTES)):
            view = memoryview(piece)
            while view:
                view = view[os.write(copy, view) :]
            end += len(piece)
        if not _collapse(full, end):
            os.ftruncate(full, 0)  # what was written since the last read is lost: a moment
    finally:
        os.close(copy)
        os.close(full)


def _collapse(descriptor: int, size: int) -> bool:
    """Take the first ``size`` bytes, in whole blocks, out of a file that others append to; nothing of theirs is lost.

    Returns whether that could be done: ext4 and XFS can.
    """
    if sys.platform != "linux":
        return False
    fallocate = ctypes.CDLL(None).fallocate
    fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return bool(fallocate(descriptor, COLLAPSE_RANGE, 0, size // BLOCK_BYTES * BLOCK_BYTES) == 0)


def _make_room(path: Path) -> None:
    """On a full disk the older copies go, and the log but for its newest piece: a log must not stop the rest."""
    for number in range(1, KEPT + 1):
        with contextlib.suppress(OSError):
            _older(path, number).unlink()
    with contextlib.suppress(OSError), path.open("rb") as full:
        full.seek(-PIECE_BYTES, os.SEEK_END)
        newest = full.read(PIECE_BYTES)
        os.truncate(path, 0)
        with path.open("ab") as short:
            short.write(newest)


def _older(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def tail(path: Path, lines: int, *, since: int = 0) -> list[str]:
    """The last ``lines`` lines written after byte ``since``, without control characters, bounded in length.

    A log that was just rotated has hardly any: then the end of its older copy stands before them.
    """
    size, text = _end(path, since)
    if text.count(b"\n") < lines and (since == 0 or since > size):
        text = _end(_older(path, 1), 0)[1] + text
    shown = text[-TAIL_BYTES:].decode("utf-8", "replace")
    found = shown.removesuffix("\n").split("\n")[-lines:] if shown else []
    return [CONTROL.sub("", line)[:LINE_CHARS] for line in found]


def _end(path: Path, since: int) -> tuple[int, bytes]:
    """How long a log is, and its end, at most from byte ``since``; nothing of one that cannot be read."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(since if since <= size else 0, size - TAIL_BYTES))
            return size, file.read(TAIL_BYTES)
    except OSError:
        return 0, b""
