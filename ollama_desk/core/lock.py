"""One owner for each data folder: an ``flock`` on an open descriptor, which the kernel frees however we end."""

import errno
import os
from pathlib import Path
from typing import Self

from ollama_desk.core.files import private_folder, storage_error
from ollama_desk.domain.errors import AlreadyRunningError

HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)  # the last two: Windows


class FolderLock:
    """Holds the data folder between ``acquire`` and ``release``; never a lock file that outlives a crash."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the folder.

        Raises:
            AlreadyRunningError: another instance has it.
            StorageError: the folder cannot be used.
        """
        private_folder(self._path.parent)
        try:
            descriptor = _opened(self._path)
        except OSError as error:
            raise storage_error(error, self._path) from error
        if descriptor is None:
            return
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            if error.errno not in HELD:
                raise storage_error(error, self._path) from error
            msg = f"Ollama Desk is already running with the data in {self._path.parent}. Use the window that is open."
            raise AlreadyRunningError(msg) from error
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()


def _opened(path: Path) -> int | None:
    """The lock file; None on a disk that is read-only and has none: there nobody can change what another one has."""
    close_later = getattr(os, "O_CLOEXEC", 0)
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | close_later, 0o600)
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
    return os.open(path, os.O_RDONLY | close_later) if path.exists() else None


def _lock(descriptor: int) -> None:
    if os.name == "posix":
        import fcntl  # noqa: PLC0415 - POSIX only

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:  # Windows: not tried yet
        import msvcrt  # noqa: PLC0415

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
