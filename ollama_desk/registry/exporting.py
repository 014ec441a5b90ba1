"""Writes a model of the models folder to files of the person's own: whole and checked, or not there."""

import errno
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ollama_desk.core.files import storage_error
from ollama_desk.domain.errors import (
    DiskFullError,
    FileChangedError,
    ModelFileError,
    StorageError,
)
from ollama_desk.domain.exports import SUFFIX
from ollama_desk.registry.blobs import BlobFolder, checked_digest
from ollama_desk.registry.departures import Departure, refuse_taken
from ollama_desk.registry.gguf import read_gguf
from ollama_desk.registry.layers import ADAPTER, MODEL, PROJECTOR
from ollama_desk.registry.manifests import ManifestFolder
from ollama_desk.registry.merging import merged
from ollama_desk.registry.placing import free_bytes, reflink
from ollama_desk.registry.progress import Progress
from ollama_desk.registry.reference import ModelName
from ollama_desk.registry.stretches import Source, Stamp

GIGA, MEGA = 1e9, 1e6


@dataclass(frozen=True, slots=True)
class Piece:
    """A blob of a model."""

    path: Path
    digest: str  # "sha256:<hex>"
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Exportable:
    """The files that a model is made of."""

    weights: tuple[Piece, ...]  # several where they are split
    projectors: tuple[Piece, ...] = ()
    adapter_count: int = 0

    @property
    def weights_bytes(self) -> int:
        return sum(piece.size_bytes for piece in self.weights)

    @property
    def projector_bytes(self) -> int:
        return sum(piece.size_bytes for piece in self.projectors[:1])


def exportable(folder: Path, name: ModelName) -> Exportable:
    """What could be written of the model ``name`` in the models folder ``folder``. Blocks for a moment.

    Raises:
        ModelFileError: it is not there, damaged, or has no weights in a GGUF file.
    """
    manifests, blobs = ManifestFolder(folder / "manifests"), BlobFolder(folder / "blobs")
    installed = manifests.find(name)
    if installed is None:
        raise ModelFileError(f'The files of "{name.short}" are not in the models folder {folder}.')
    manifest = manifests.read(installed).manifest

    def pieces(media_type: str) -> tuple[Piece, ...]:
        layers = manifest.of_type(media_type)
        return tuple(
            Piece(blobs.path(layer.digest), checked_digest(layer.digest), blobs.size(layer.digest)) for layer in layers
        )

    weights = pieces(MODEL)
    if not weights:
        raise ModelFileError(f'The weights of "{name.short}" are not in a GGUF file: there is nothing to export.')
    return Exportable(weights, pieces(PROJECTOR), len(manifest.of_type(ADAPTER)))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file that is to be written."""

    source: Source
    target: Path
    digest: str  # "sha256:<hex>"; empty where only its parts were checked


def outgoing(pieces: tuple[Piece, ...], target: Path, progress: Progress) -> tuple[Outgoing, ...]:
    """The files that weights become: one, or where split ones cannot be put together, as many as they are.

    Blocks for long where there are several: they are checked first.

    Raises:
        ModelFileError: a part is damaged.
        StorageError: a file cannot be read.
        WorkStoppedError: it was told to stop.
    """
    stamps = [Stamp.of(piece.path) for piece in pieces]
    if len(pieces) == 1:
        return (Outgoing(Source.of_file(stamps[0]), target, pieces[0].digest),)
    for stamp, piece in zip(stamps, pieces, strict=True):
        _check(Source.of_file(stamp).digest(progress), piece.digest)
    try:
        return (Outgoing(_whole(stamps), target, ""),)
    except ModelFileError:
        count, stem = len(pieces), target.name.removesuffix(SUFFIX)
        names = [f"{stem}-{number:05}-of-{count:05}{SUFFIX}" for number in range(1, count + 1)]
        return tuple(
            Outgoing(Source.of_file(stamp), target.with_name(name), piece.digest)
            for stamp, name, piece in zip(stamps, names, pieces, strict=True)
        )


def _whole(stamps: list[Stamp]) -> Source:
    """The one file that the parts make. Raises ``ModelFileError`` where they are no parts of one."""
    headers = [read_gguf(stamp.path) for stamp in stamps]
    parts = sorted(zip(stamps, headers, strict=True), key=lambda part: part[1].number("split.no"))
    numbers = [header.number("split.no") for _, header in parts]
    if numbers != list(range(len(parts))) or any(header.number("split.count") != len(parts) for header in headers):
        raise ModelFileError("The weights of this model are several files that are not parts of one.")
    try:
        return merged(parts)
    except OSError as error:
        raise storage_error(error, stamps[0].path) from error


def write(
    source: Source,
    target: Path,
    *,
    digest: str,
    replace: bool,
    progress: Progress,
    share: Callable[[int, int], bool] = reflink,
) -> None:
    """Write ``source`` to ``target``: shared with the models folder where the disk can do that, else copied.

    Whatever happens, ``target`` is what it was before or the whole file. Blocks for long.

    Args:
        source: the bytes.
        target: a file in a folder that exists.
        digest: of the bytes, "sha256:<hex>"; empty where it is not known.
        replace: whether a file that is there already may go.
        progress: counts the bytes.
        share: lets an open file share the bytes of another; whether the disk could.

    Raises:
        ModelFileError: the bytes are not those of the model.
        NameTakenError: ``target`` is there.
        DiskFullError: there is no room.
        StorageError: any other trouble of a disk.
        WorkStoppedError: it was told to stop.
    """
    refuse_taken(target, replace=replace)
    if not os.path.isdir(target.parent):  # noqa: PTH112 - Path.is_dir raises for names that are too long
        raise StorageError(f"There is no folder {target.parent}. Choose another place.")
    with Departure(target) as departure:
        try:
            got = _fill(departure, source, progress, share)
            _check(got, digest)
            departure.finish(replace=replace)
        except OSError as error:
            raise _trouble(error, target, source.size_bytes) from error


def _fill(departure: Departure, source: Source, progress: Progress, share: Callable[[int, int], bool]) -> str:
    """Bring the bytes into the new file; their digest."""
    original = source.whole_file
    try:
        if original is not None:
            with original.open("rb") as file:
                shared = share(file.fileno(), departure.descriptor)
            if shared:
                return Source.of_file(Stamp.of(departure.path)).digest(progress)
        _require_room(departure.folder, source.size_bytes)
        return _copy(departure.descriptor, source, progress)
    except FileChangedError as error:
        raise FileChangedError("The model was changed while it was exported. Export it again.") from error
    except (StorageError, FileNotFoundError) as error:
        if isinstance(error, FileNotFoundError) or isinstance(error.__cause__, FileNotFoundError):
            raise FileChangedError("The model was deleted while it was exported.") from error
        raise


def _copy(descriptor: int, source: Source, progress: Progress) -> str:
    found = hashlib.sha256()
    for piece in source.pieces():
        progress.advance(len(piece))
        found.update(piece)
        _write_all(descriptor, piece)
    return f"sha256:{found.hexdigest()}"


def _write_all(descriptor: int, piece: bytes) -> None:
    left = memoryview(piece)
    while left:
        left = left[os.write(descriptor, left) :]


def _check(got: str, digest: str) -> None:
    if digest and got != digest:
        raise ModelFileError(
            "A file of the model is damaged: its bytes are not those that came. Get the model again, then export it."
        )


def _require_room(folder: Path, needed_bytes: int) -> None:
    free = free_bytes(folder)
    if free is not None and free < needed_bytes:
        msg = (
            f"The export needs {_size(needed_bytes)}, and the disk of {folder} has {_size(free)} left. "
            "Choose another place, or free some space."
        )
        raise DiskFullError(msg)


def _trouble(error: OSError, target: Path, size_bytes: int) -> StorageError:
    if error.errno == errno.EFBIG:  # FAT32 ends at 4 GiB
        msg = f"The disk of {target.parent} takes no file of {_size(size_bytes)}. Choose a folder on another disk."
        return StorageError(msg)
    return storage_error(error, target)


def _size(count: int) -> str:
    return f"{count / GIGA:.1f} GB" if count >= GIGA else f"{count / MEGA:.1f} MB"
