"""Blobs that no model needs and what killed programs and given-up downloads left: found, and removed with care.

Another program may be between bringing a blob and writing the manifest that names it: the server is a process of its
own, an engine of ours as well as a real Ollama, and shares no lock with us. So a blob goes in three steps. What is
young is left alone. What is old is moved aside (``….aside``), so that who looks from then on fetches it anew; and only
after a rest, in which who had looked before has written its manifest, all manifests are read again and what is named
now is put back. What remains is a program that looks, then takes longer than the rest to write: its create fails, or
its pull fetches the blob again. Killed in the middle, the next run puts back what is named and finds the others again.
"""

import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ollama_desk.core.files import storage_error, sync_folder
from ollama_desk.domain.errors import ModelFileError
from ollama_desk.domain.upkeep import LeftFile, Leftover, LeftoverKind
from ollama_desk.registry.contents import ASIDE, BLOBS, SET_ASIDE, Piece, PieceKind, named_digests, piece_at, pieces
from ollama_desk.registry.gguf import read_gguf

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, flock

log = logging.getLogger(__name__)

MIN_AGE_S = 600.0  # younger ones may be about to be named
SETTLE_S = 2.0  # for a program that saw a blob just before it was moved aside
NS = 1_000_000_000
KINDS = {
    PieceKind.WHOLE: LeftoverKind.UNUSED,
    PieceKind.ASIDE: LeftoverKind.UNUSED,
    PieceKind.PARTIAL: LeftoverKind.PARTIAL,
    PieceKind.DAMAGED: LeftoverKind.STRAY,
    PieceKind.STRAY: LeftoverKind.STRAY,
}


def find_leftovers(
    store_folder: Path,
    *,
    keep: frozenset[str] = frozenset(),
    min_age_s: float = MIN_AGE_S,
    now: float | None = None,
) -> tuple[Leftover, ...]:
    """What could go, the largest first; nothing is changed. Blocks.

    Args:
        store_folder: the models folder; it need not exist.
        keep: digests that are needed though no manifest names them yet, such as those of paused downloads.
        min_age_s: what was written to later than that many seconds ago is left out; and while anything is being
            brought whose digest is not in ``keep``, so is every whole blob: it may be a layer of the same model.
        now: seconds since the epoch.

    Raises:
        StorageError: a manifest or the folder cannot be read: then nobody knows what is needed.
    """
    clock = time.time() if now is None else now
    named = named_digests(store_folder)
    found = pieces(store_folder)
    whole = frozenset(piece.digest for piece in found if piece.kind is PieceKind.WHOLE)
    is_arriving = any(
        piece.kind in (PieceKind.PARTIAL, PieceKind.STRAY)
        and piece.digest not in keep
        and _age_s(piece, clock) < min_age_s
        for piece in found
    )
    groups: dict[tuple[LeftoverKind, str], list[Piece]] = {}
    for piece in found:
        if _is_needed(piece, named, keep, whole) or (is_arriving and piece.kind is PieceKind.WHOLE):
            continue
        groups.setdefault((KINDS[piece.kind], piece.digest or str(piece.path)), []).append(piece)
    old = [group for group in groups.values() if all(_age_s(piece, clock) >= min_age_s for piece in group)]
    leftovers = (_leftover(group, store_folder) for group in old)
    return tuple(sorted(leftovers, key=lambda each: each.size_bytes, reverse=True))


def remove_leftovers(
    store_folder: Path,
    leftovers: Iterable[Leftover],
    *,
    keep: frozenset[str] = frozenset(),
    settle_s: float = SETTLE_S,
    rest: Callable[[float], None] = time.sleep,
    needed: Callable[[], frozenset[str]] = frozenset,
) -> int:
    """Remove what was found, unless somebody needs it by now or has written to it; the bytes that came back. Blocks.

    What cannot be removed stays, and is told in the log. Leaving in the middle, by any end, loses nothing that a
    manifest names: see ``put_back``.

    Args:
        store_folder: the models folder.
        leftovers: what ``find_leftovers`` found.
        keep: as there.
        settle_s: the rest between moving a blob aside and removing it.
        rest: waits for so many seconds.
        needed: asked after the rest: ``keep`` as it is by then.

    Raises:
        StorageError: a manifest cannot be read; what was moved aside is back.
    """
    put_back(store_folder)
    needed_now = named_digests(store_folder) | keep | needed()
    freed, moved = 0, list[tuple[Path, LeftFile]]()
    for leftover in leftovers:
        for file, path in _removable(store_folder, leftover, needed_now):
            if leftover.kind is not LeftoverKind.UNUSED:
                freed += file.size_bytes if _is_unlinked(path) else 0
            elif (aside := _moved_aside(path)) is not None:
                moved.append((aside, file))
    if moved:

        def needed_after_rest() -> frozenset[str]:
            rest(settle_s)
            return named_digests(store_folder) | needed()

        freed += _let_go(moved, needed_after_rest)
    return freed


def put_back(store_folder: Path) -> int:
    """Give blobs that were moved aside their names again where a manifest needs them by now; how many. Blocks.

    Raises:
        StorageError: a manifest or the folder cannot be read.
    """
    aside = [path for path in (store_folder / BLOBS).glob(f"sha256-*{ASIDE}") if path.is_file()]
    if not aside:
        return 0
    named = named_digests(store_folder)
    return sum(_is_back(path) for path in aside if _digest_of(path) in named)


def _is_needed(piece: Piece, named: frozenset[str], keep: frozenset[str], whole: frozenset[str]) -> bool:
    if piece.digest in keep or not piece.digest:
        return bool(piece.digest)
    return piece.digest in named and (piece.kind is PieceKind.WHOLE or piece.digest not in whole)


def _age_s(piece: Piece, now: float) -> float:
    return now - piece.changed_ns / NS


def _leftover(group: list[Piece], folder: Path) -> Leftover:
    # how far a blob is goes before its bytes: bytes without that are fetched anew, that without bytes spoils a pull
    group.sort(key=lambda piece: (piece.path.name.endswith("-partial"), piece.path.name))
    files = tuple(
        LeftFile(piece.path.relative_to(folder).as_posix(), piece.disk_bytes, piece.changed_ns) for piece in group
    )
    newest = max(piece.changed_ns for piece in group)
    first = group[0]
    return Leftover(KINDS[first.kind], first.digest, files, datetime.fromtimestamp(newest / NS, UTC), _title_of(group))


def _title_of(group: list[Piece]) -> str:
    """What a model file calls itself; empty for everything else."""
    path = group[-1].path
    with contextlib.suppress(ModelFileError, OSError):
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                return ""
        header = read_gguf(path)
        return " ".join(filter(None, (header.text("general.name"), header.quantization)))
    return ""


def _path_of(folder: Path, file: LeftFile) -> Path | None:
    """None for what is not among the blobs or beside them."""
    parts = PurePosixPath(file.path).parts
    depth = {BLOBS: 2, SET_ASIDE: 3}.get(parts[0] if parts else "")
    return folder.joinpath(*parts) if depth == len(parts) and ".." not in parts else None


def _removable(folder: Path, leftover: Leftover, needed: frozenset[str]) -> Iterator[tuple[LeftFile, Path]]:
    """Those of its files that nobody needs or has touched since."""
    whole = folder / BLOBS / leftover.digest.replace(":", "-")
    is_needed = leftover.digest in needed
    if is_needed and not whole.is_file():
        return
    for file in leftover.files:
        path = _path_of(folder, file)
        if path is None or not _is_as_found(path, file):
            continue
        if not is_needed or path.name not in (whole.name, leftover.digest):
            yield file, path


def _let_go(moved: list[tuple[Path, LeftFile]], needed_after_rest: Callable[[], frozenset[str]]) -> int:
    """Remove what was moved aside, but what is needed after a rest; the bytes that came back."""
    try:
        needed = needed_after_rest()
    except BaseException:
        for aside, _ in moved:
            _is_back(aside)
        raise
    freed = 0
    for aside, file in moved:
        is_needed = _digest_of(aside) in needed and _is_back(aside)
        freed += file.size_bytes if not is_needed and _is_unlinked(aside) else 0
    return freed


def _is_as_found(path: Path, file: LeftFile) -> bool:
    piece = piece_at(path)
    return piece is not None and piece.changed_ns == file.changed_ns


def _moved_aside(path: Path) -> Path | None:
    aside = path if path.name.endswith(ASIDE) else path.with_name(f"{path.name.replace(':', '-')}{ASIDE}")
    try:
        path.replace(aside)
    except OSError as error:
        log.info("%s cannot be removed: %s", path, error)
        return None
    return aside


def _is_back(aside: Path) -> bool:
    path = aside.with_name(aside.name.removesuffix(ASIDE))
    if path.exists():  # it was brought anew
        return False
    try:
        aside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, path) from error
    log.info("%s is needed by now, and is back", path)
    return True


def _digest_of(aside: Path) -> str:
    return aside.name.removesuffix(ASIDE).replace("-", ":", 1).lower()


def _is_unlinked(path: Path) -> bool:
    """Whether it went; not where somebody holds it locked, which is how files arrive."""
    try:
        if sys.platform == "win32" or not path.name.endswith(".part"):
            path.unlink()
            return True
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
            path.unlink()
        finally:
            os.close(descriptor)
    except OSError as error:
        log.info("%s cannot be removed: %s", path, error)
        return False
    return True
