"""Puts a file of the person's own into the models folder, in the cheapest way that is safe.

A reflink first: the disk shares the bytes until one side changes, so nothing is copied and nothing that happens to the
file later reaches the model. Where the disk cannot do that (ext4, NTFS), a copy. A hard link costs nothing either, but
is the same file under a second name: who edits it later changes the model, and its digest is a lie from then on. So it
is made only where the person asked for it, and never silently in place of a copy.
"""

import contextlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Self

from ollama_desk.core.files import storage_error
from ollama_desk.domain.errors import DiskFullError, FileChangedError, ModelFileError, StorageError
from ollama_desk.registry.arrivals import arrive
from ollama_desk.registry.blobs import MODE, BlobFolder
from ollama_desk.registry.progress import Progress
from ollama_desk.registry.stretches import Source, Stamp, open_plain

if sys.platform == "linux":
    from fcntl import ioctl

FICLONE = 0x40049409  # linux/fs.h
GIGA, MEGA = 1e9, 1e6


def reflink(source: int, target: int) -> bool:
    """Let the open file ``target`` share the bytes of ``source``; whether the disk could. Never raises."""
    if sys.platform != "linux":
        return False
    try:
        ioctl(target, FICLONE, source)
    except OSError:  # not this disk, not this system, not between two disks
        return False
    return True


class Clone:
    """A file of the models folder that shares its bytes with the person's; left without ``finish``, it goes."""

    def __init__(self, path: Path, descriptor: int, source: Source) -> None:
        self.source = source
        self._path = path
        self._descriptor = descriptor  # kept open for its lock

    @classmethod
    def of(cls, source: Source, blobs: BlobFolder, *, share: Callable[[int, int], bool] = reflink) -> "Clone | None":
        """A clone of ``source``; None where the disk cannot, or where it is no whole file.

        Raises:
            StorageError: the models folder cannot be written, or the file not read.
            FileChangedError: the file is not what it was.
        """
        original = source.whole_file
        if original is None:
            return None
        try:
            descriptor, path = arrive(blobs.folder, "sha256-import")
        except OSError as error:
            raise storage_error(error, blobs.folder / "blob") from error
        clone = cls(path, descriptor, source)
        try:
            with open_plain(original) as file:
                shared = share(file.fileno(), descriptor)
            if shared:
                source.check()
                path.chmod(MODE)
                clone.source = Source.of_file(Stamp.of(path))
                return clone
        except OSError as error:
            clone.close()
            raise storage_error(error, original) from error
        except BaseException:
            clone.close()
            raise
        clone.close()
        return None

    def finish(self, digest: str, blobs: BlobFolder) -> None:
        """Give it the name of its content. Raises ``StorageError``."""
        target = blobs.path(digest)
        try:
            self._path.replace(target)
        except OSError as error:
            raise storage_error(error, target) from error

    def close(self) -> None:
        """Remove it unless it was finished. Idempotent, never raises."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
        _forget(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def link(source: Source, digest: str, blobs: BlobFolder) -> None:
    """Make the blob a second name of the person's file. Blocks for a moment.

    Raises:
        StorageError: another disk, or a disk without links.
        FileChangedError: the file is not what was hashed.
    """
    original = source.whole_file
    if original is None:
        raise StorageError("Parts of a model cannot be used where they are. Import it as a copy.")
    target = blobs.path(digest)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(original.resolve(strict=True), target)
    except FileExistsError:
        return
    except OSError as error:
        msg = f"{original.name} cannot be used where it is: {error.strerror or error}. Import it as a copy."
        raise StorageError(msg) from error
    try:
        source.check()
    except BaseException:
        _forget(target)
        raise


def copy(source: Source, digest: str, blobs: BlobFolder, *, progress: Progress) -> None:
    """Copy the bytes and check them again; nothing is left where that fails. Blocks for long.

    Raises:
        StorageError: a disk does not do what it should.
        FileChangedError: the file is not what was hashed.
        WorkStoppedError: it was told to stop.
    """
    with blobs.writer(digest) as writer:
        for piece in source.pieces():
            progress.advance(len(piece))
            writer.write(piece)
        try:
            writer.finish()
        except ModelFileError as error:
            msg = "The file gave other bytes when it was read again. Wait until nothing writes to it, and try again."
            raise FileChangedError(msg) from error


def free_bytes(folder: Path) -> int | None:
    """How much room there is on the disk of a folder that need not exist yet; None where nobody knows. Blocks."""
    for place in (folder, *folder.parents):
        with contextlib.suppress(OSError):
            return shutil.disk_usage(place).free
    return None


def device_of(folder: Path) -> int | None:
    """Which disk a folder that need not exist yet is or would be on. Blocks."""
    for place in (folder, *folder.parents):
        with contextlib.suppress(OSError):
            return place.stat().st_dev
    return None


def require_room(folder: Path, needed_bytes: int) -> None:
    """Raises ``DiskFullError`` where a copy would not fit."""
    free = free_bytes(folder)
    if free is not None and free < needed_bytes:
        msg = (
            f"The import needs {_size(needed_bytes)}, and the disk of {folder} has {_size(free)} left. Free some space."
        )
        raise DiskFullError(msg)


def _size(count: int) -> str:
    return f"{count / GIGA:.1f} GB" if count >= GIGA else f"{count / MEGA:.1f} MB"


def _forget(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
