"""Damaged blobs, moved out of the way so that a pull brings them anew: servers take what is there for whole.

They lie beside the place that they had (``….damaged``) until it is filled again. A real Ollama removes such names at a
start when they are an hour old, the built-in engine leaves them alone; nothing is lost by either, for nobody can use
them. Seen with Ollama 0.24: a pull over a damaged blob succeeds and leaves it as it is; once it is moved, it comes.
"""

import logging
from collections.abc import Iterable
from pathlib import Path

from ollama_desk.core.files import storage_error, sync_folder
from ollama_desk.registry.contents import ASIDE, BLOBS, DAMAGED

log = logging.getLogger(__name__)


def move_away(store_folder: Path, digests: Iterable[str]) -> None:
    """Take damaged blobs out of their places; one that is not there is left at that. Blocks.

    Raises:
        StorageError: one cannot be moved; the others are back.
    """
    moved = list[str]()
    for digest in digests:
        path = _path(store_folder, digest)
        try:
            if path.exists():
                path.replace(_away(path))
                moved.append(digest)
        except OSError as error:
            bring_back(store_folder, moved)
            raise storage_error(error, path) from error


def bring_back(store_folder: Path, digests: Iterable[str]) -> None:
    """Give damaged blobs their places again, where nothing better has come. Blocks.

    Raises:
        StorageError: one cannot be moved.
    """
    for digest in digests:
        path = _path(store_folder, digest)
        away = _away(path)
        try:
            if not away.exists():
                continue
            if path.exists():
                away.unlink()
            else:
                away.replace(path)
            sync_folder(path.parent)
        except OSError as error:
            raise storage_error(error, path) from error


def settle(store_folder: Path, awaited: frozenset[str]) -> None:
    """Remove the damaged blobs whose places are filled, and put back those that no download will bring. Blocks.

    Args:
        store_folder: the models folder.
        awaited: the digests that downloads may still bring.

    Raises:
        StorageError: one cannot be moved or removed.
    """
    found = {
        path.name.removesuffix(DAMAGED).replace("-", ":", 1)
        for path in (store_folder / BLOBS).glob(f"sha256-*{DAMAGED}")
    }
    filled = {digest for digest in found if _path(store_folder, digest).exists()}
    if found:
        log.info("%d damaged blobs were moved away; %d have been brought anew", len(found), len(filled))
    bring_back(store_folder, sorted(filled | (found - awaited)))


def has_moved(store_folder: Path) -> bool:
    """Whether blobs are out of their places, by a repair or by a clean-up that was killed. Blocks; never raises."""
    try:
        return any(path.suffix in (ASIDE, DAMAGED) for path in (store_folder / BLOBS).glob("sha256-*.*"))
    except OSError:
        return False


def _path(folder: Path, digest: str) -> Path:
    return folder / BLOBS / digest.replace(":", "-")


def _away(path: Path) -> Path:
    return path.with_name(f"{path.name}{DAMAGED}")
