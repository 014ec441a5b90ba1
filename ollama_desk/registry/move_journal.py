"""What a move of the models folder has done so far: kept so that a later start of the program can finish or undo it.

The order of things is all that safety needs. Everything is first brought into a passing folder of the new place, then
given its name there, and only when all of it is there the journal says ``SWITCHED``. Until then the old place is whole
and in use, and the new files can go; from then on the new place is whole, and the old files can go.
"""

import logging
from enum import StrEnum
from pathlib import Path

import msgspec

from ollama_desk.core.files import storage_error, sync_folder, write_atomically
from ollama_desk.registry.move_layout import Kind, kind_of

log = logging.getLogger(__name__)

NAME = "moving.json"  # in the data folder
STAGE = ".ollama-desk-move-"  # and a random number: the passing folder
LIMIT_BYTES = 64 << 20


class Step(StrEnum):
    """What is to be done about it."""

    COPYING = "copying"  # undo: only the passing folder has anything
    PUBLISHING = "publishing"  # undo: files may have their names in the new place
    SWITCHED = "switched"  # finish: the new place is whole


class Entry(msgspec.Struct, frozen=True):
    """A file that is moved, as it was when it was copied."""

    path: str
    size_bytes: int
    mtime_ns: int
    kept: bool = False  # the new place had it already

    @property
    def kind(self) -> Kind:
        return kind_of(self.path) or Kind.ASIDE


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """One move."""

    version: int = 1
    step: Step
    source: str
    target: str
    stage: str  # the name of the passing folder
    setting: str  # the models folder in the settings before
    made: tuple[str, ...] = ()  # folders that were made for it, the outermost first
    entries: tuple[Entry, ...] = ()

    @property
    def source_folder(self) -> Path:
        return Path(self.source)

    @property
    def target_folder(self) -> Path:
        return Path(self.target)

    @property
    def stage_folder(self) -> Path:
        return self.target_folder / self.stage


def read_journal(path: Path) -> Journal | None:
    """The move that was begun and not ended; None where there is none. Blocks; never raises."""
    try:
        with path.open("rb") as file:
            journal = msgspec.json.decode(file.read(LIMIT_BYTES), type=Journal)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.warning("What a move of the models folder left to do cannot be read: %s", error)
        return None
    if not _is_sound(journal):
        log.warning("What a move of the models folder left to do is not to be trusted; it is left as it is.")
        return None
    return journal


def write_journal(path: Path, journal: Journal) -> None:
    """Keep it, so that it outlives a power cut. Raises ``StorageError``."""
    write_atomically(path, msgspec.json.encode(journal))


def remove_journal(path: Path) -> None:
    """The move is over. Raises ``StorageError``."""
    try:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, path) from error


def _is_sound(journal: Journal) -> bool:
    """Whether nothing but what a move makes can be removed by it."""
    stage = journal.stage.removeprefix(STAGE)
    places = Path(journal.source).is_absolute() and Path(journal.target).is_absolute()
    return (
        places and stage.isalnum() and stage != journal.stage and all(_is_plain(each.path) for each in journal.entries)
    )


def _is_plain(path: str) -> bool:
    return kind_of(path) is not None and not {"..", "."} & set(path.split("/"))
