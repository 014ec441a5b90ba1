"""The bytes of a model file that comes in: a whole file, or stretches of several with what lies between them."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ollama_desk.core.files import storage_error
from ollama_desk.domain.errors import FileChangedError, ModelFileError, StorageError
from ollama_desk.registry.progress import Progress

PIECE = 1 << 20  # bytes that are read at a time: never a whole file
NO_WAITING = getattr(os, "O_NONBLOCK", 0)  # a pipe that took the file's place must not hang the thread


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a file."""

    path: Path
    offset: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """How a file was when it was looked at first."""

    path: Path
    size_bytes: int
    modified_ns: int
    device: int

    @classmethod
    def of(cls, path: Path) -> "Stamp":
        """Look at ``path``, through links.

        Raises:
            StorageError: it cannot be looked at.
            ModelFileError: it is a folder, a pipe, a device: nothing with an end.
        """
        try:
            facts = path.stat()
        except (OSError, ValueError) as error:
            raise _unreadable(error, path) from error
        if stat.S_ISDIR(facts.st_mode):
            raise ModelFileError(f"{path.name} is a folder. Choose the GGUF file in it.")
        if not stat.S_ISREG(facts.st_mode):
            raise ModelFileError(f"{path.name} is not an ordinary file. Choose a GGUF file.")
        return cls(path, facts.st_size, facts.st_mtime_ns, facts.st_dev)


@dataclass(frozen=True, slots=True)
class Source:
    """What is to become one blob. Every method blocks.

    Args:
        parts: in their order; bytes stand for themselves.
        stamps: of the files, from before anything was read.
    """

    parts: tuple[bytes | Stretch, ...]
    stamps: tuple[Stamp, ...]

    @property
    def size_bytes(self) -> int:
        return sum(part.size_bytes if isinstance(part, Stretch) else len(part) for part in self.parts)

    @property
    def whole_file(self) -> Path | None:
        """The one file that has exactly these bytes; None where there is none."""
        return self.stamps[0].path if len(self.parts) == 1 and len(self.stamps) == 1 else None

    @classmethod
    def of_file(cls, stamp: Stamp) -> "Source":
        """A whole file."""
        return cls((Stretch(stamp.path, 0, stamp.size_bytes),), (stamp,))

    def pieces(self) -> Iterator[bytes]:
        """The bytes, at most a megabyte at a time.

        Raises:
            FileChangedError: a file is not what it was; what came is worth nothing.
            StorageError: it cannot be read.
        """
        stamps = {stamp.path: stamp for stamp in self.stamps}
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
                continue
            try:
                yield from _pieces(part, stamps[part.path])
            except OSError as error:
                raise _unreadable(error, part.path) from error
        self.check()

    def check(self) -> None:
        """Raises ``FileChangedError`` where a file is not what it was."""
        for stamp in self.stamps:
            if Stamp.of(stamp.path) != stamp:
                raise _changed(stamp.path)

    def digest(self, progress: Progress) -> str:
        """``sha256:<hex>`` of the bytes. Raises what ``pieces`` raises, and ``WorkStoppedError``."""
        found = hashlib.sha256()
        for piece in self.pieces():
            progress.advance(len(piece))
            found.update(piece)
        return f"sha256:{found.hexdigest()}"


def open_plain(path: Path) -> BinaryIO:
    """Open a file for reading, but never wait for the other end of a pipe. Raises ``OSError`` or a ``DeskError``."""
    descriptor = os.open(path, os.O_RDONLY | NO_WAITING | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _changed(path)
    return os.fdopen(descriptor, "rb")


def _pieces(part: Stretch, stamp: Stamp) -> Iterator[bytes]:
    left = part.size_bytes
    with open_plain(part.path) as file:
        file.seek(part.offset)
        while left:
            piece = file.read(min(PIECE, left))
            facts = os.fstat(file.fileno())  # of each piece, so that nobody waits for the end of what is worth nothing
            if not piece or (facts.st_size, facts.st_mtime_ns) != (stamp.size_bytes, stamp.modified_ns):
                raise _changed(part.path)
            left -= len(piece)
            yield piece


def _changed(path: Path) -> FileChangedError:
    return FileChangedError(
        f"{path.name} was changed while it was read. Wait until nothing writes to it any more, and import it again."
    )


def _unreadable(error: OSError | ValueError, path: Path) -> StorageError:
    if isinstance(error, FileNotFoundError):
        return StorageError(f"There is no file {path}. It may have been moved: choose it again.")
    return storage_error(error if isinstance(error, OSError) else OSError(str(error)), path)
