"""Files on their way to a folder of the person's own: nobody sees them before they are whole.

On Linux a file can be written that has no name at all, and is given one at the end: a program that is killed meanwhile
leaves nothing. Where the disk cannot do that (FAT, some network disks), it is hidden under a passing name.
"""

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Self

from ollama_desk.core.files import storage_error, sync_folder
from ollama_desk.domain.errors import NameTakenError
from ollama_desk.registry.blobs import MODE

PREFIX = ".ollama-desk-export."
OPEN_FILES = Path("/proc/self/fd")
WITHOUT_NAME = getattr(os, "O_TMPFILE", 0)


class Departure:
    """A new file that becomes ``target``; left without ``finish``, nothing of it remains. Each method blocks.

    Args:
        target: in a folder that exists.
        may_be_nameless: whether to write without a name where the disk can.

    Raises:
        StorageError: nothing can be written there.
    """

    def __init__(self, target: Path, *, may_be_nameless: bool = True) -> None:
        self._target = target
        self._passing: Path | None = None  # its passing name
        self.descriptor = _nameless(target.parent) if may_be_nameless else -1
        try:
            if self.descriptor < 0:
                self.descriptor, self._passing = _hidden(target.parent)
        except OSError as error:
            raise storage_error(error, target) from error

    @property
    def folder(self) -> Path:
        """Where it goes."""
        return self._target.parent

    @property
    def path(self) -> Path:
        """Where what was written can be read."""
        return self._passing or OPEN_FILES / str(self.descriptor)

    def finish(self, *, replace: bool) -> None:
        """Give the file its name, when all of it is on the disk.

        Args:
            replace: whether a file that has the name may go.

        Raises:
            NameTakenError: there is one.
            OSError: the disk does not do what it should.
        """
        os.fsync(self.descriptor)
        if self._passing is None:
            self._name()
        passing = self.path
        os.close(self.descriptor)
        self.descriptor = -1
        passing.chmod(MODE)
        refuse_taken(self._target, replace=replace)
        passing.replace(self._target)
        self._passing = None
        with contextlib.suppress(OSError):  # not every disk can
            sync_folder(self._target.parent)

    def close(self) -> None:
        """Forget what was written unless it was finished. Idempotent, never raises."""
        descriptor, self.descriptor = self.descriptor, -1
        with contextlib.suppress(OSError):
            if descriptor >= 0:
                os.close(descriptor)
        passing, self._passing = self._passing, None
        with contextlib.suppress(OSError):
            if passing is not None:
                passing.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _name(self) -> None:
        """Give it a passing name: a link, other than a renaming, never replaces what is there."""
        descriptor, passing = _hidden(self._target.parent)
        os.close(descriptor)
        passing.unlink()
        open_files = os.open(OPEN_FILES, os.O_RDONLY)
        try:  # only with the descriptor of a folder does Python ask for the link to be followed
            os.link(str(self.descriptor), passing, src_dir_fd=open_files, follow_symlinks=True)
        finally:
            os.close(open_files)
        self._passing = passing


def refuse_taken(target: Path, *, replace: bool) -> None:
    """Raises ``NameTakenError`` where ``target`` is there and may not go."""
    if not replace and os.path.lexists(target):
        raise NameTakenError(f"There is a file {target.name} in this folder already. Choose another name.")


def _nameless(folder: Path) -> int:
    """The descriptor of a new file without a name; -1 where there can be none."""
    if not WITHOUT_NAME or not OPEN_FILES.is_dir():
        return -1
    try:
        return os.open(folder, WITHOUT_NAME | os.O_RDWR, MODE)
    except OSError:  # not this disk; what else is wrong shows with a name
        return -1


def _hidden(folder: Path) -> tuple[int, Path]:
    descriptor, name = tempfile.mkstemp(prefix=PREFIX, suffix=".part", dir=folder)
    return descriptor, Path(name)
