"""A blob that has not come whole, as Ollama keeps it: ``…-partial`` holds its bytes, ``…-partial-N`` how far it is.

Either program goes on with what the other has left. Source: server/download.go of Ollama.
"""

import contextlib
import os
import shutil
from pathlib import Path
from threading import Lock
from typing import Self

import msgspec

from ollama_desk.core.files import storage_error, sync_folder
from ollama_desk.domain.errors import DiskFullError, ModelFileError
from ollama_desk.registry.blobs import MODE

PARTS = 16
SMALLEST_BYTES, LARGEST_BYTES = 100_000_000, 1_000_000_000
RECORD_BYTES = 128  # of a part's file: always as long, so that it is overwritten in place and never empty


class Part(msgspec.Struct, rename={"n": "N", "offset": "Offset", "size": "Size", "completed": "Completed"}):
    """A range of a blob that is fetched by one connection at a time."""

    n: int
    offset: int  # of its first byte
    size: int  # bytes
    completed: int = 0  # bytes that have come, from its start

    @property
    def next(self) -> int:
        """Where the first byte that has not come belongs."""
        return self.offset + self.completed

    @property
    def end(self) -> int:
        return self.offset + self.size

    @property
    def is_complete(self) -> bool:
        return self.completed >= self.size


class Partial:
    """The files of a blob that is on its way. Blocks; each method may run in any thread.

    All raise ``StorageError`` (or its ``DiskFullError``) where the disk does not do what it should.

    Args:
        path: the blob's, once it is whole.
        size_bytes: what the manifest says.
    """

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._path = path
        self.data_path = path.with_name(f"{path.name}-partial")
        self.size_bytes = size_bytes
        self._lock = Lock()  # one position in the file; and nobody writes after close, when its number may be another's
        self._is_open = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            found = self._read()
            if found is None:
                discard(path)
            self._check_space(size_bytes - sum(part.completed for part in found or ()))
            self.parts = found or self._made()
            self._file = self.data_path.open("r+b" if self.data_path.exists() else "w+b", buffering=0)
            self._is_open = True
            self._file.truncate(size_bytes)  # sparse: takes no space yet
            self.data_path.chmod(MODE)
        except OSError as error:
            if self._is_open:
                self.close()
            raise storage_error(error, self.data_path) from error

    @property
    def completed(self) -> int:
        """In bytes."""
        return sum(part.completed for part in self.parts)

    @property
    def is_complete(self) -> bool:
        return all(part.is_complete for part in self.parts)

    @property
    def frontier(self) -> int:
        """Up to where everything has come, from the blob's start."""
        reached = 0
        for part in self.parts:
            reached = part.next
            if not part.is_complete:
                break
        return reached

    def write(self, part: Part, data: bytes) -> None:
        """Add ``data`` to ``part``, and note it."""
        with self._lock:
            if not self._is_open:
                return
            try:
                self._file.seek(part.next)
                rest = memoryview(data)
                while rest:
                    rest = rest[self._file.write(rest) :]
                part.completed += len(data)
                self._note(part)
            except OSError as error:
                raise storage_error(error, self.data_path) from error

    def finish(self) -> None:
        """Give the blob its name, once it was checked."""
        with self._lock:
            try:
                os.fsync(self._file.fileno())
                self._is_open = False
                self._file.close()
                self.data_path.replace(self._path)
                discard(self._path)
                sync_folder(self._path.parent)
            except OSError as error:
                raise storage_error(error, self._path) from error

    def close(self) -> None:
        """Leave the files for the next time. Idempotent, never raises."""
        with self._lock, contextlib.suppress(OSError):
            self._is_open = False
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _check_space(self, missing: int) -> None:
        """Refuse before the first byte what cannot end well. Raises ``OSError`` too."""
        free = shutil.disk_usage(self._path.parent).free
        if missing > free:
            msg = (
                f"The disk that holds {self._path.parent} has {free / 1e9:.1f} GB free; {missing / 1e9:.1f} GB are "
                "needed. Free some space and try again."
            )
            raise DiskFullError(msg)

    def _made(self) -> list[Part]:
        """The parts of a blob of which nothing has come."""
        parts = cut(self.size_bytes)
        for part in parts:
            # named so that a real server never takes a half-written one for a part
            temporary = self._path.with_name(f".{self._path.name}-{part.n}")
            temporary.write_bytes(_record(part))
            temporary.replace(self._part_path(part))
        return parts

    def _read(self) -> list[Part] | None:
        """The parts that are there; [] for none, None for damaged ones."""
        files = part_files(self._path)
        if not files and not self.data_path.exists():
            return []
        try:
            parts = sorted((_parsed(path) for path in files), key=lambda part: part.offset)
            held = self.data_path.stat().st_size if self.data_path.is_file() else -1
        except (OSError, ModelFileError):
            return None
        reached = 0
        for part in parts:
            if part.offset != reached or held < 0 or (part.completed and part.next > held):
                return None
            reached = part.end
        return parts if reached == self.size_bytes else None

    def _note(self, part: Part) -> None:
        with self._part_path(part).open("r+b", buffering=0) as file:
            file.write(_record(part))

    def _part_path(self, part: Part) -> Path:
        return self._path.with_name(f"{self._path.name}-partial-{part.n}")


def cut(size_bytes: int) -> list[Part]:
    """The parts of a blob, as Ollama cuts it."""
    step = min(max(size_bytes // PARTS, SMALLEST_BYTES), LARGEST_BYTES)
    return [Part(n, start, min(step, size_bytes - start)) for n, start in enumerate(range(0, size_bytes, step))]


def part_files(path: Path) -> list[Path]:
    """What is there besides the bytes of the blob that shall lie at ``path``."""
    return sorted(path.parent.glob(f"{path.name}-partial-*"))


def discard(path: Path) -> None:
    """Remove every trace of an unfinished download of the blob at ``path``. Raises ``OSError``."""
    folder = path.parent
    for found in (path.with_name(f"{path.name}-partial"), *part_files(path), *folder.glob(f".{path.name}-*")):
        if found.is_dir() and not found.is_symlink():
            shutil.rmtree(found)
        else:
            found.unlink(missing_ok=True)


def _parsed(path: Path) -> Part:
    """The part that a file tells of.

    Raises:
        ModelFileError: it is empty, cut, or says what cannot be.
        OSError: it cannot be read.
    """
    try:
        part = msgspec.json.decode(path.read_bytes(), type=Part)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ModelFileError(f"{path} is damaged.") from error
    is_sound = part.offset >= 0 and part.size > 0 and 0 <= part.completed <= part.size
    if not is_sound or not path.name.endswith(f"-partial-{part.n}"):
        raise ModelFileError(f"{path} says what cannot be.")
    return part


def _record(part: Part) -> bytes:
    return msgspec.json.encode(part).ljust(RECORD_BYTES - 1) + b"\n"
