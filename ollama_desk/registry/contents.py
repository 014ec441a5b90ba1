"""What lies in a models folder, file by file: the manifests with what they name, and the blobs with what they are."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import msgspec

from ollama_desk.core.files import storage_error
from ollama_desk.domain.errors import InvalidNameError, ModelFileError
from ollama_desk.domain.upkeep import Stamp
from ollama_desk.registry.blobs import DIGESTS_IN_BYTES, checked_digest
from ollama_desk.registry.manifests import DEPTH, LIMIT_BYTES, Layer, Manifest
from ollama_desk.registry.reference import parse_name

MANIFESTS, BLOBS, SET_ASIDE = "manifests", "blobs", "set-aside"
ASIDE, DAMAGED = ".aside", ".damaged"  # blobs of ours that are about to go, or to be fetched again
BLOCK_BYTES = 512  # in which POSIX counts, whatever the disk's own are
OVERLAP_BYTES = 128  # longer than a digest with what stands before it
DEEPEST = 8  # folders below the manifests: a link may lead back to where it is

HEX = "[0-9a-fA-F]{64}"
WHOLE_NAME = re.compile(f"sha256[-:]({HEX})")
PARTIAL_NAME = re.compile(rf"sha256-({HEX})-partial(?:-\d+)?|\.sha256-({HEX})-\d+")
ASIDE_NAME = re.compile(rf"sha256-({HEX})\{ASIDE}")
DAMAGED_NAME = re.compile(rf"sha256-({HEX})\{DAMAGED}")
STRAY_NAME = re.compile(r"sha256-\d+|sha256-.+\.part")  # Go's CreateTemp, and ``arrivals.arrive``


class PieceKind(Enum):
    """What a file among the blobs is."""

    WHOLE = "whole"
    PARTIAL = "partial"  # the bytes of a blob that has not come whole, or how far it is
    ASIDE = "aside"  # a whole blob that is about to go
    DAMAGED = "damaged"  # a blob that was moved away to be fetched again
    STRAY = "stray"  # it was being written


NAMES = {
    PieceKind.WHOLE: WHOLE_NAME,
    PieceKind.PARTIAL: PARTIAL_NAME,
    PieceKind.ASIDE: ASIDE_NAME,
    PieceKind.DAMAGED: DAMAGED_NAME,
    PieceKind.STRAY: STRAY_NAME,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of the folder that is not a manifest."""

    path: Path
    kind: PieceKind
    digest: str  # "sha256:<hex>"; empty where the name does not say
    stamp: Stamp
    changed_ns: int  # since the epoch; when it was written to, linked or renamed last
    disk_bytes: int  # that come back when it goes


@dataclass(frozen=True, slots=True)
class Listing:
    """A file below ``manifests`` and what it names."""

    name: str  # as it is shown; empty where it is no manifest that a server would read
    digests: frozenset[str]
    layers: tuple[Layer, ...]  # none where it cannot be read as a manifest
    modified_at: datetime  # aware, UTC
    is_unreadable: bool = False


def listings(folder: Path, *, strictly: bool = True) -> tuple[Listing, ...]:
    """Every file below each ``manifests…`` of a models folder, damaged ones and strangers too. Blocks.

    Args:
        folder: the models folder.
        strictly: whether all are wanted: else what cannot be read is left out.

    Raises:
        StorageError: ``strictly``, and one cannot be read, or a link leads nowhere, as to a disk that is not there:
            then nobody knows what is needed.
    """
    found = []
    tops = [path for path in _entries(folder) if path.name.startswith(MANIFESTS)]
    files = [(path, top) for top in tops for path in _files_below(top, strictly=strictly)]
    for path, below in files:
        try:
            found.append(_listing(path, below))
        except FileNotFoundError:  # deleted meanwhile
            continue
        except OSError as error:
            if strictly:
                raise storage_error(error, path) from error
    return tuple(found)


def named_digests(folder: Path) -> frozenset[str]:
    """Every digest that any manifest names, by the bytes of it. Blocks; raises as ``listings``."""
    return frozenset(digest for listing in listings(folder) for digest in listing.digests)


def pieces(folder: Path) -> tuple[Piece, ...]:
    """The files of a models folder that are no manifests and not of another program. Blocks.

    Raises:
        StorageError: the folder cannot be read.
    """
    places = [place for place in _entries(folder / SET_ASIDE) if place.is_dir() and not place.is_symlink()]
    paths = [path for place in (folder / BLOBS, *places) for path in _entries(place)]
    return tuple(piece for path in paths if (piece := piece_at(path)) is not None)


def stamp_of(path: Path) -> Stamp | None:
    """None where there is no such file, or it cannot be looked at."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return _stamp(facts) if stat.S_ISREG(facts.st_mode) else None


def _stamp(facts: os.stat_result) -> Stamp:
    return Stamp(facts.st_size, facts.st_mtime_ns, facts.st_ino)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise storage_error(error, folder) from error


def piece_at(path: Path) -> Piece | None:
    """What the file is; None for no file, a strange one, or one that cannot be looked at."""
    if path.parent.parent.name == SET_ASIDE:
        return _seen(path, PieceKind.STRAY, "")
    for kind, pattern in NAMES.items():
        if match := pattern.fullmatch(path.name):
            return _seen(path, kind, next(filter(None, match.groups()), ""))
    return None


def _seen(path: Path, kind: PieceKind, digits: str) -> Piece | None:
    """None for what is no file, has gone, or cannot be looked at."""
    try:
        own = path.lstat()
        facts = path.stat() if stat.S_ISLNK(own.st_mode) else own
    except OSError:
        return None
    if not stat.S_ISREG(facts.st_mode):
        return None
    stays = own.st_nlink > 1 or stat.S_ISLNK(own.st_mode)  # under another name
    taken = min(own.st_size, own.st_blocks * BLOCK_BYTES) if kind is PieceKind.PARTIAL and os.name == "posix" else None
    size = 0 if stays else own.st_size if taken is None else taken
    digest = f"sha256:{digits.lower()}" if digits else ""
    changed_ns = max(own.st_mtime_ns, own.st_ctime_ns) if os.name == "posix" else own.st_mtime_ns
    return Piece(path, kind, digest, _stamp(facts), changed_ns, size)


def _files_below(top: Path, *, strictly: bool) -> Iterator[Path]:
    """Every file below ``top``, links to files too. Raises ``StorageError`` where ``strictly`` all are wanted."""

    def fail(error: OSError) -> None:
        if strictly and not isinstance(error, FileNotFoundError):  # else: deleted meanwhile
            raise storage_error(error, top) from error

    if strictly and top.is_symlink():
        _refuse_to_lead_nowhere(top)
    for place, folders, files in os.walk(top, onerror=fail, followlinks=True):
        folders[:] = sorted(folders) if len(Path(place).relative_to(top).parts) < DEEPEST else []
        for name in sorted(files):
            path = Path(place, name)
            if strictly and path.is_symlink():
                _refuse_to_lead_nowhere(path)
            if path.is_file():
                yield path


def _refuse_to_lead_nowhere(link: Path) -> None:
    """Raises ``StorageError`` for a link to what is not there."""
    try:
        link.stat()
    except OSError as error:
        raise storage_error(error, link) from error


def _listing(path: Path, top: Path) -> Listing:
    name = _name_of(path, top)
    modified_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    with path.open("rb") as file:
        data = file.read(LIMIT_BYTES)
        digests, rest = _digests_in(data), data
        while rest:  # somebody's file that is longer than any manifest: what it names is kept all the same
            tail = rest[-OVERLAP_BYTES:]
            rest = file.read(LIMIT_BYTES)
            digests |= _digests_in(tail + rest)
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
        layers = (manifest.config, *manifest.layers)
        for layer in layers:
            checked_digest(layer.digest)
    except (msgspec.MsgspecError, ValueError, ModelFileError):
        return Listing(name, frozenset(digests), (), modified_at, is_unreadable=True)
    return Listing(name, frozenset(digests), layers, modified_at)


def _digests_in(data: bytes) -> set[str]:
    return {f"sha256:{digits.decode().lower()}" for digits in DIGESTS_IN_BYTES.findall(data)}


def _name_of(path: Path, top: Path) -> str:
    parts = path.relative_to(top).parts
    if len(parts) != DEPTH:
        return ""
    host, namespace, model, tag = parts
    try:
        return parse_name(f"{host}/{namespace}/{model}:{tag}").short
    except InvalidNameError:  # somebody else's file, or one that is being written
        return ""
