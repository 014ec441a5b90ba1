"""The models folder of our own server as downloads see it: what is missing, what is free, what is damaged."""

import logging
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from ollama_desk.core.files import storage_error
from ollama_desk.domain.pulls import LayerProgress
from ollama_desk.registry.blobs import DIGEST, BlobFolder
from ollama_desk.registry.parts import Part, discard, part_files

log = logging.getLogger(__name__)

RESERVE_BYTES = 256 << 20  # what a download leaves to everybody else
ASIDE = "set-aside"
PARTIAL = "-partial"
BLOCK_BYTES = 512  # in which POSIX counts, whatever the disk's own are


def free_bytes(folder: Path) -> int:
    """On the disk of ``folder``, which need not be there yet. Raises ``OSError``."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


@dataclass(frozen=True, slots=True)
class Space:
    """What a download still needs, and what its disk has."""

    missing_bytes: int
    free_bytes: int
    folder: Path

    @property
    def fits(self) -> bool:
        return self.missing_bytes <= self.free_bytes

    @property
    def sentence(self) -> str:
        return (
            f"The disk that holds {self.folder} has {size(self.free_bytes)} free; {size(self.missing_bytes)} are "
            "needed. Free some space and try again."
        )

    @property
    def waiting(self) -> str:
        return (
            f"The disk that holds {self.folder} has {size(self.free_bytes)} free; {size(self.missing_bytes)} are "
            "needed. The download goes on by itself once there is space."
        )


class ModelsDisk:
    """A models folder. Every method blocks and may be called from any thread.

    Args:
        folder: the models folder.
        free: the free bytes of the disk of a folder.
        is_shared: whether another server works there: what looks damaged may be what it writes now.
    """

    def __init__(self, folder: Path, *, free: Callable[[Path], int] = free_bytes, is_shared: bool = False) -> None:
        self.folder = folder
        self._blobs = BlobFolder(folder / "blobs")
        self._free = free
        self._is_shared = is_shared

    def space(self, layers: Iterable[LayerProgress]) -> Space | None:
        """For what the disk does not have of ``layers`` yet; None where it does not tell."""
        try:
            return self.space_for(sum(self._missing(layer) for layer in _known(layers)))
        except OSError as error:
            log.info("What there is in %s could not be looked at: %s", self.folder, error)
            return None

    def space_for(self, missing_bytes: int) -> Space | None:
        """For so many bytes; None where the disk does not tell."""
        try:
            return Space(missing_bytes, self._free(self.folder), self.folder)
        except OSError as error:
            log.info("The space of %s could not be looked at: %s", self.folder, error)
            return None

    def damaged(self, layers: Sequence[LayerProgress]) -> list[str]:
        """The digests whose parts no server can go on with; without ``layers``, of all that are there.

        None in a folder that is shared: there nothing is mended.
        """
        if self._is_shared:
            return []
        if layers:
            sizes: dict[str, int | None] = {layer.digest: layer.total_bytes for layer in _known(layers)}
        else:
            sizes = dict.fromkeys(self._begun())
        return [digest for digest, total in sizes.items() if self._is_damaged(self._blobs.path(digest), total)]

    def set_aside(self, digests: Iterable[str], at: datetime) -> None:
        """Take the records of damaged parts out of the servers' way. The bytes stay: they are written over.

        Raises:
            StorageError: they cannot be moved.
        """
        target = self.folder / ASIDE / at.strftime("%Y%m%d-%H%M%S-%f")
        for digest in digests:
            path = self._blobs.path(digest)
            data = path.with_name(f"{path.name}{PARTIAL}")
            found = [*part_files(path), *([data] if data.exists() and not data.is_file() else [])]
            try:
                target.mkdir(parents=True, exist_ok=True)
                for each in found:
                    each.rename(target / each.name)
            except OSError as error:
                raise storage_error(error, path) from error
            log.info("The parts of %s were damaged; they are in %s now", digest, target)

    def forget(self, digests: Iterable[str]) -> None:
        """Remove what has come of blobs that are not whole.

        Raises:
            StorageError: it cannot be removed.
        """
        for digest in digests:
            path = self._blobs.path(digest)
            try:
                discard(path)
            except OSError as error:
                raise storage_error(error, path) from error

    def leftovers(self, digests: Iterable[str]) -> list[str]:
        """Those of ``digests`` of which something that is not whole is there, and that is for us to remove."""
        if self._is_shared:
            return []
        found = set(self._begun())
        return [digest for digest in digests if digest in found]

    def _missing(self, layer: LayerProgress) -> int:
        path = self._blobs.path(layer.digest)
        if path.is_file():
            return 0
        data = path.with_name(f"{path.name}{PARTIAL}")
        parts = [part for part in map(_read, part_files(path)) if part is not None]
        # what a killed server has not noted takes its space all the same, and is written over
        taken = data.stat().st_blocks * BLOCK_BYTES if os.name == "posix" and data.is_file() else 0
        return max(0, layer.total_bytes - max(taken, sum(part.completed for part in parts)))

    def _begun(self) -> Iterator[str]:
        """The digests of which something has come."""
        seen: set[str] = set()
        for path in (self.folder / "blobs").glob(f"sha256-*{PARTIAL}*"):
            digest = path.name.partition(PARTIAL)[0].replace("-", ":", 1)
            if _is_digest(digest) and digest not in seen:
                seen.add(digest)
                yield digest

    def _is_damaged(self, path: Path, total: int | None) -> bool:
        files, data = part_files(path), path.with_name(f"{path.name}{PARTIAL}")
        if path.is_file() or not files:
            return data.exists() and not data.is_file()
        parts = [part for part in map(_read, files) if part is not None]
        reached = 0
        for part in sorted(parts, key=lambda part: part.offset):
            if part.offset != reached or not 0 <= part.completed <= part.size:
                return True
            reached += part.size
        has_lost_data = any(part.completed for part in parts) and not data.is_file()
        return len(parts) != len(files) or has_lost_data or (total is not None and reached != total)


def size(count: int) -> str:
    """A number of bytes for a sentence."""
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"  # noqa: PLR2004 - 0.1 GB


def _read(path: Path) -> Part | None:
    """The part that a file tells of; None for a damaged one. Raises ``OSError`` where it cannot be read."""
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Part)
    except (msgspec.MsgspecError, UnicodeDecodeError, FileNotFoundError):
        return None


def _known(layers: Iterable[LayerProgress]) -> Iterator[LayerProgress]:
    """Those that are blobs; some servers tell of a whole model as one."""
    return (layer for layer in layers if _is_digest(layer.digest))


def _is_digest(text: str) -> bool:
    return DIGEST.fullmatch(text) is not None
