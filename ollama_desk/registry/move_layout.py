"""What belongs to a models folder: the files that a move takes along, and no others."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path, PurePosixPath

from ollama_desk.registry.move_trouble import in_words

BLOBS, MANIFESTS, ASIDE = "blobs", "manifests", "set-aside"
ROOTS = (BLOBS, MANIFESTS, ASIDE)
WHOLE = re.compile(r"sha256-[0-9a-fA-F]{64}")
PARTIAL = re.compile(r"(sha256-[0-9a-fA-F]{64})-partial(-\d+)?")
DEEPEST = 8  # folders below one of the roots: a loop of links ends here
BLOCK_BYTES = 512  # in which POSIX counts, whatever the disk's own are


class Kind(IntEnum):
    """What a file is for; in the order in which files may appear in a folder that a server looks at."""

    BLOB = 0
    PART = 1  # of a download that is not whole
    ASIDE = 2
    MANIFEST = 3


@dataclass(frozen=True, slots=True)
class Item:
    """A file as it was when somebody looked."""

    path: str  # from the models folder, with slashes
    kind: Kind
    size_bytes: int
    taken_bytes: int  # on the disk: less than its size where it has holes
    mtime_ns: int
    device: int
    is_link: bool

    @property
    def stamp(self) -> tuple[int, int]:
        """What tells a file from the same file after a change."""
        return self.size_bytes, self.mtime_ns


def kind_of(path: str) -> Kind | None:
    """What the file at ``path`` is for; None for somebody else's."""
    root, _, rest = path.partition("/")
    name = PurePosixPath(rest).name
    match root:
        case "blobs" if WHOLE.fullmatch(rest):
            return Kind.BLOB
        case "blobs" if PARTIAL.fullmatch(rest):
            return Kind.PART
        case "manifests" if not name.startswith("."):
            return Kind.MANIFEST
        case "set-aside":
            return Kind.ASIDE
        case _:
            return None


def blob_of(path: str) -> str:
    """The path of the blob that a part belongs to."""
    found = PARTIAL.fullmatch(PurePosixPath(path).name)
    return f"{BLOBS}/{found[1]}" if found else path


def survey(folder: Path) -> list[Item]:
    """Every file that a move takes along, in the order of ``Kind``. Blocks; what vanishes meanwhile is left out.

    Raises:
        StorageError: a folder cannot be read.
    """
    found = [item for path in _files(folder) if (item := look(folder, path)) is not None]
    return sorted(found, key=lambda item: (item.kind, item.path))


def look(folder: Path, path: str) -> Item | None:
    """The file at ``path`` as it is now; None where there is none that a move takes along.

    Raises:
        StorageError: it cannot be looked at.
    """
    kind = kind_of(path)
    place = folder / path
    facts = None
    with in_words(place), suppress(FileNotFoundError, NotADirectoryError):
        facts = place.stat()
    if facts is None or kind is None or not stat.S_ISREG(facts.st_mode):
        return None
    taken = facts.st_blocks * BLOCK_BYTES if os.name == "posix" and kind is Kind.PART else facts.st_size
    return Item(path, kind, facts.st_size, taken, facts.st_mtime_ns, facts.st_dev, place.is_symlink())


def others(folder: Path) -> list[str]:
    """What else lies in ``folder`` that is not empty, by its name there. Blocks; never raises."""
    try:
        return sorted(entry.name for entry in folder.iterdir() if not _is_bare(entry))
    except OSError:
        return []


def _is_bare(path: Path) -> bool:
    """Whether there is no file anywhere below."""
    if path.is_symlink() or not path.is_dir():
        return False
    try:
        return all(_is_bare(entry) for entry in path.iterdir())
    except OSError:
        return False


def _files(folder: Path) -> Iterator[str]:
    for root in ROOTS:
        yield from _below(folder / root, root, 0 if root == BLOBS else DEEPEST)


def _below(folder: Path, prefix: str, depth: int) -> Iterator[str]:
    entries: list[os.DirEntry[str]] = []
    with in_words(folder), suppress(FileNotFoundError, NotADirectoryError):
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    for entry in entries:
        path = f"{prefix}/{entry.name}"
        if not entry.is_dir():
            yield path
        elif depth:
            yield from _below(folder / entry.name, path, depth - 1)
