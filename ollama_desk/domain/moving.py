"""A move of the models folder: what it would be, how far it is, how it ended."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class MoveState(StrEnum):
    """Where a move is, in the order in which it gets there."""

    COPYING = "copying"  # the server goes on meanwhile
    WAITING = "waiting"  # for an answer that is being given
    SWITCHING = "switching"  # the server is off, what is new is brought along
    STARTING = "starting"  # the server comes up in the new place
    TIDYING = "tidying"  # what was moved goes from the old place
    UNDOING = "undoing"  # what was copied goes from the new place
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self in (MoveState.FINISHED, MoveState.CANCELLED, MoveState.FAILED)

    @property
    def can_be_cancelled(self) -> bool:
        return self in (MoveState.COPYING, MoveState.WAITING)


@dataclass(frozen=True, slots=True)
class MoveOffer:
    """What moving to a place would mean."""

    source: Path
    target: Path
    model_count: int
    file_count: int
    size_bytes: int  # of all files
    copied_bytes: int  # of those that are on another disk, and have to be copied
    free_bytes: int | None  # on the disk of the new place; None: it does not tell
    target_models: int = 0  # that are there already, and stay
    stops_server: bool = False


@dataclass(frozen=True, slots=True)
class MoveJob:
    """A move that goes on or has ended."""

    state: MoveState
    source: Path
    target: Path
    total_bytes: int = 0
    done_bytes: int = 0
    bytes_per_s: float = 0.0
    left_s: float | None = None  # None: nothing can be told yet
    reason: str = ""  # a sentence: why it failed, or what is left to say of one that succeeded
