"""A private log file that never grows beyond its bound, and whose full disk is nobody else's trouble."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

from ollama_desk.core.files import storage_error

MAX_BYTES = 2_000_000
BACKUPS = 3  # older files, named .1 to .3


class LogFile:
    """A stream for a log handler. What the disk does not take is dropped, and counted once it takes lines again.

    Python's own rotating handler prints a stack to stderr for every line that does not fit, keeps half a line, and
    makes its next file readable for everyone.

    Args:
        path: the file; it is made with the first line.
        max_bytes: before the file grows beyond it, it is renamed and another one begun.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._lock = threading.RLock()
        self._descriptor: int | None = None
        self._size = 0
        self._is_torn = False  # whether the file ends in the middle of a line
        self._dropped = 0
        self._trouble = ""
        self._report: Callable[[str], object] | None = None

    def report_to(self, report: Callable[[str], object] | None) -> None:
        """Have ``report`` called with a sentence when lines are dropped for the first time, in the thread that logs.

        Where that was already, it is called now. None ends it.
        """
        with self._lock:
            self._report = report
            if report is not None and self._trouble:
                report(self._trouble)

    def write(self, text: str) -> None:
        """Append ``text``, one line; never raises for what the disk does."""
        with self._lock:
            try:
                self._append(text.encode("utf-8", "backslashreplace"))
            except OSError as error:
                self._drop(error)

    def flush(self) -> None:
        """Nothing waits: a line that is written is with the kernel."""

    def close(self) -> None:
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def _append(self, line: bytes) -> None:
        if self._dropped:
            line = f"… {self._dropped} lines are missing here: they could not be written.\n".encode() + line
        if self._is_torn:
            line = b"\n" + line
        descriptor = self._opened()
        if self._size and self._size + len(line) > self._max_bytes:
            self.close()
            self._make_room()
            descriptor = self._opened()
        written = os.write(descriptor, line)
        self._size += written
        self._is_torn = written < len(line) and (self._is_torn or written > 0)
        if written < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._dropped = 0

    def _opened(self) -> int:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._size = os.fstat(self._descriptor).st_size
        return self._descriptor

    def _make_room(self) -> None:
        for number in range(BACKUPS, 0, -1):
            older = self._numbered(number - 1)
            if older.exists():
                older.replace(self._numbered(number))

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}") if number else self._path

    def _drop(self, error: OSError) -> None:
        self._dropped += 1
        self.close()  # the folder may be another one when it can be written again
        if not self._trouble:
            self._trouble = f"{storage_error(error, self._path)} Until then the log has gaps."
            if self._report is not None:
                self._report(self._trouble)
