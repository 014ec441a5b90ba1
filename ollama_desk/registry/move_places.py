"""Whether a models folder can be moved to a place, and what that takes."""

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from ollama_desk.domain.errors import DiskFullError, MoveRefusedError
from ollama_desk.registry.move_layout import ROOTS, Item, Kind
from ollama_desk.registry.move_trouble import in_words
from ollama_desk.registry.placing import device_of
from ollama_desk.registry.progress import Progress

CHUNK_BYTES = 4 << 20
GIGA, MEGA = 1e9, 1e6
OWN = "models"  # the folder that is made in one that has other things in it
UNNOTICED = frozenset({"lost+found", ".DS_Store", "desktop.ini", "System Volume Information", "$RECYCLE.BIN", ".Trash"})
SMALL_FILES = frozenset({"vfat", "msdos", "fat", "umsdos"})  # disks whose files end at 4 GB
FAT_LIMIT_BYTES = (1 << 32) - 1
RESERVE_BYTES = 64 << 20  # what a move leaves to everybody else


def target_in(chosen: Path) -> Path:
    """Where the models go when a person chose this folder: into it where it is empty or has models, or else below it.

    Raises:
        MoveRefusedError: it is no folder, or cannot be looked at.
    """
    place = Path(os.path.abspath(chosen))  # noqa: PTH100 - resolve() would follow links
    _refuse_encoding(place)
    if _is_free(place):
        return place
    below = place / OWN
    if _is_free(below):
        return below
    raise MoveRefusedError(f"{below} has other files in it. Choose an empty folder.")


def refuse_place(source: Path, target: Path) -> None:
    """Refuse what cannot be moved into itself, or cannot be written.

    Raises:
        MoveRefusedError: the sentence says why.
    """
    _refuse_encoding(source, target)
    old, new = source.resolve(), target.resolve()
    if old == new or _is_same(source, target) or any(_is_same(source / root, target / root) for root in ROOTS):
        raise MoveRefusedError(f"The models are in {target} already. Choose another folder.")
    if old in new.parents or any(_is_same(source, parent) for parent in target.parents):
        raise MoveRefusedError(f"{target} is inside the models folder itself. Choose a folder outside of {source}.")
    if any(old.is_relative_to(new / root) for root in ROOTS):
        raise MoveRefusedError(f"{source} is inside of {target} where that keeps its models. Choose another folder.")
    if any((target / root).is_dir() and device_of(target / root) != device_of(target) for root in ROOTS):
        raise MoveRefusedError(f"Parts of {target} are on another disk than the folder itself. Choose another folder.")
    there = next(path for path in (target, *target.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise MoveRefusedError(f"You may not write to {there}. Choose another folder.")


def refuse_files(items: Iterable[Item], target: Path, *, system: str) -> None:
    """Refuse a disk whose files end at 4 GB where one is larger.

    Args:
        items: what is moved.
        target: where to.
        system: what ``file_system`` says of it.

    Raises:
        MoveRefusedError: there is such a file.
    """
    if system in SMALL_FILES and any(item.size_bytes > FAT_LIMIT_BYTES for item in items):
        raise MoveRefusedError(
            f"The disk that holds {target} cannot hold files larger than 4 GB, and there are such models. Choose a "
            "folder on another disk, or format this one with exFAT."
        )


def copied_bytes(items: Iterable[Item], target: Path) -> int:
    """How much the disk of ``target`` needs: what lies on it already needs nothing."""
    device = device_of(target)
    return sum(item.taken_bytes for item in items if not needs_nothing(item, target, device))


def needs_nothing(item: Item, target: Path, device: int | None) -> bool:
    """Whether it can get a second name in ``target``, or is there."""
    return (item.device == device and not item.is_link) or (item.kind is Kind.BLOB and (target / item.path).exists())


def require_room(needed_bytes: int, free_bytes: int | None, target: Path) -> None:
    """Raises ``DiskFullError`` where a copy would not fit."""
    if free_bytes is not None and needed_bytes and needed_bytes + RESERVE_BYTES > free_bytes:
        raise DiskFullError(
            f"The disk that holds {target} has {_size(free_bytes)} free; {_size(needed_bytes)} are needed, and some to "
            "spare. Free some space, or choose a folder on another disk."
        )


def missing_folders(*wanted: Path) -> tuple[str, ...]:
    """The folders that have to be made for those that are wanted, the outermost first."""
    found: dict[str, None] = {}
    for folder in sorted(set(wanted)):
        missing = [each for each in (folder, *folder.parents) if not os.path.lexists(each)]
        found.update(dict.fromkeys(str(each) for each in reversed(missing)))
    return tuple(found)


def compare(original: Path, there: Path, item: Item, progress: Progress) -> bool:
    """Whether the new place has this very file; False where it has another that stands in nobody's way.

    Raises:
        MoveRefusedError: it has another one under this name.
        StorageError: one cannot be read.
    """
    if item.kind is Kind.BLOB:
        if there.stat().st_size != item.size_bytes or digest_of(there, progress) != item.path[-64:].lower():
            raise MoveRefusedError(
                f"{there} is damaged: its content is not what its name says. Remove it, or choose another folder."
            )
        return True
    with in_words(there):
        same = original.read_bytes() == there.read_bytes()
    progress.advance(item.size_bytes)
    if not same and item.kind is Kind.MANIFEST:
        raise MoveRefusedError(
            f"Both folders have a model called {model_name(item.path)}, and they are different ones. Rename or delete "
            "one of them first, or choose another folder."
        )
    return same


def model_name(path: str) -> str:
    """The model that a manifest stands for, as a person calls it."""
    parts = path.split("/")[1:]
    if len(parts) != 4:  # noqa: PLR2004 - host, namespace, model, tag
        return "/".join(parts)
    host, namespace, model, tag = parts
    shown = [part for part, usual in ((host, "registry.ollama.ai"), (namespace, "library")) if part != usual]
    return f"{'/'.join((*shown, model))}:{tag}"


def digest_of(path: Path, progress: Progress) -> str:
    """64 hex digits. Blocks for long.

    Raises:
        StorageError: it cannot be read.
        WorkStoppedError: it was told to stop.
    """
    digest = hashlib.sha256()
    with in_words(path), path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK_BYTES):
            progress.advance(len(chunk))
            digest.update(chunk)
    return digest.hexdigest()


def file_system(folder: Path) -> str:
    """The kind of disk that a folder is or would be on, in the system's word; empty where nobody knows."""
    if sys.platform != "linux":
        return ""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    place, found = folder.resolve(), ("", "")
    for line in lines:
        before, _, after = line.partition(" - ")
        point = before.split(" ")[4].replace("\\040", " ")
        if place.is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, after.split(" ")[0])
    return found[1]


def _size(count: int) -> str:
    return f"{count / GIGA:.1f} GB" if count >= GIGA else f"{count / MEGA:.1f} MB"


def _is_free(place: Path) -> bool:
    """Whether it is not there yet, empty, or a models folder."""
    try:
        names = {entry.name for entry in place.iterdir()} - UNNOTICED
    except FileNotFoundError:
        return True
    except NotADirectoryError as error:
        raise MoveRefusedError(f"{place} is a file, not a folder.") from error
    except OSError as error:
        raise MoveRefusedError(f"{place} cannot be used: {error.strerror or error}.") from error
    return not names or any((place / root).is_dir() for root in ROOTS[:2])


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there
        return False


def _refuse_encoding(*paths: Path) -> None:
    for path in paths:
        try:
            str(path).encode()
        except UnicodeEncodeError as error:
            shown = str(path).encode("utf-8", "replace").decode()
            raise MoveRefusedError(f"The name of {shown} cannot be written down. Choose another folder.") from error
