"""Tells whether anybody opened a file in a folder, by the kernel's own account (inotify; Linux)."""

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

IN_ACCESS, IN_OPEN = 0x1, 0x20
EVENT = struct.Struct("iIII")  # watch, mask, cookie, length of the name that follows
ROOM = 1 << 16


class OpenedFiles:
    """The names that were opened or read since the last look."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def look(self) -> list[str]:
        names: list[str] = []
        while data := self._read():
            at = 0
            while at < len(data):
                *_, length = EVENT.unpack_from(data, at)
                at += EVENT.size
                names.append(data[at : at + length].rstrip(b"\0").decode())
                at += length
        return names

    def _read(self) -> bytes:
        try:
            return os.read(self._descriptor, ROOM)
        except BlockingIOError:
            return b""


@contextmanager
def opened_files(folder: Path) -> Iterator[OpenedFiles]:
    """Watch the files in ``folder``, not those in folders below it."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "inotify_init1")
    try:
        if libc.inotify_add_watch(descriptor, os.fsencode(folder), IN_OPEN | IN_ACCESS) < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch")
        yield OpenedFiles(descriptor)
    finally:
        os.close(descriptor)
