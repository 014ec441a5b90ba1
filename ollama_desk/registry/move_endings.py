"""How a move of the models folder ends, now or at the next start: undone, or with the old files gone."""

import contextlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ollama_desk.domain.errors import StorageError
from ollama_desk.registry.arrivals import sweep
from ollama_desk.registry.move_journal import Entry, Journal, Step, remove_journal, write_journal
from ollama_desk.registry.move_layout import BLOBS, ROOTS, Kind, blob_of, others
from ollama_desk.registry.move_trouble import in_words
from ollama_desk.registry.moving import no_step
from ollama_desk.registry.progress import Progress


@dataclass(frozen=True, slots=True)
class Left:
    """What is still in the old place."""

    files: tuple[str, ...] = ()  # of the move, which could not be removed
    others: tuple[str, ...] = ()  # of somebody else, by the names in the old place


def is_in_reach(journal: Journal) -> bool:
    """Whether the disk of the new place is there: otherwise its end has to wait."""
    outermost = Path(journal.made[0]).parent if journal.made else journal.target_folder
    return journal.target_folder.is_dir() or (journal.step is not Step.SWITCHED and outermost.is_dir())


def undo(journal: Journal, path: Path, progress: Progress, *, step: Callable[[str], None] = no_step) -> None:
    """Take away exactly what the move brought to the new place. May be called again where it did not get to its end.

    Raises:
        StorageError: something cannot be removed; the journal stays.
        WorkStoppedError: it was told to stop; the journal stays.
    """
    target, stage = journal.target_folder, journal.stage_folder
    if target.is_dir():
        if journal.step is not Step.COPYING:
            for entry in reversed(journal.entries):
                progress.advance(0)
                if not entry.kept:
                    with in_words(target / entry.path):
                        _withdraw(target / entry.path, stage / entry.path)
                    step(f"withdrew {entry.path}")
            journal = msgspec.structs.replace(journal, step=Step.COPYING, entries=())
            write_journal(path, journal)  # or else a second try would take what is staged no more for published
            step("noted that all are withdrawn")
        _remove_tree(stage, progress)
        step("removed the passing folder")
        for folder in sorted(journal.made, key=len, reverse=True):
            with contextlib.suppress(OSError):  # somebody put something into it
                Path(folder).rmdir()
        step("removed the folders")
    remove_journal(path)


def tidy(journal: Journal, path: Path, progress: Progress, *, step: Callable[[str], None] = no_step) -> Left:
    """Remove exactly what was moved from the old place, as far as it is as it was, and is in the new place.

    Raises:
        StorageError: the journal cannot be removed.
        WorkStoppedError: it was told to stop; the journal stays.
    """
    source, target = journal.source_folder, journal.target_folder
    kept: list[str] = []
    if target.is_dir() and not _is_same_place(source, target):
        for entry in reversed(journal.entries):  # manifests first: no model without its files
            progress.advance(0)
            if not _removed(entry, source, target):
                kept.append(entry.path)
            step(f"removed {entry.path}")
        with contextlib.suppress(StorageError):
            _remove_tree(journal.stage_folder, progress)
        sweep(source / BLOBS)
        _remove_bare(source)
        step("removed the old folders")
    left = Left(tuple(kept), tuple(others(source)))
    remove_journal(path)
    return left


def _withdraw(place: Path, staged: Path) -> None:
    """A file whose staged name is gone has its name there; one with both names is ours, too; any other is not."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):  # it is not there
        if not os.path.lexists(staged) or place.samefile(staged):
            place.unlink()


def _removed(entry: Entry, source: Path, target: Path) -> bool:
    """Whether the old file is gone: not where it was written to since, or where the new one is not as it should be."""
    old, new = source / entry.path, target / entry.path
    try:
        facts = old.stat()
        if (facts.st_size, facts.st_mtime_ns) != (entry.size_bytes, entry.mtime_ns):
            return False
        if entry.kind is Kind.PART and not new.exists():  # its download may have ended since
            new = target / blob_of(entry.path)
        if not new.is_file() or (entry.kind is Kind.BLOB and new.stat().st_size != entry.size_bytes):
            return False
        old.unlink()
    except FileNotFoundError:
        return not os.path.lexists(old)
    except OSError:
        return False
    return True


def _is_same_place(source: Path, target: Path) -> bool:
    """Whether removing from one would remove from the other."""
    for root in ("", *ROOTS):
        with contextlib.suppress(OSError):
            if (source / root).samefile(target / root):
                return True
    return False


def _remove_tree(folder: Path, progress: Progress) -> None:
    """Raises ``StorageError``, ``WorkStoppedError``."""
    with in_words(folder), contextlib.suppress(FileNotFoundError):
        for place, _, names in os.walk(folder, topdown=False):
            for name in names:
                progress.advance(0)
                Path(place, name).unlink(missing_ok=True)
        shutil.rmtree(folder)


def _remove_bare(folder: Path) -> None:
    """Remove the folders of the layout that have no files, and ``folder`` with them where nothing else is in it."""
    for root in ROOTS:
        for place, _, _ in os.walk(folder / root, topdown=False):
            with contextlib.suppress(OSError):  # not empty
                Path(place).rmdir()
    with contextlib.suppress(OSError):
        folder.rmdir()
