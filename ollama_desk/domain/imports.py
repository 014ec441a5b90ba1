"""Models made of files of the person's own: what such files are, and how far their import is."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class ImportState(Enum):
    """Where an import stands."""

    QUEUED = "queued"  # another one is under way
    HASHING = "hashing"  # the file is read, to know its digest
    COPYING = "copying"  # into the models folder
    SENDING = "sending"  # to the server
    CREATING = "creating"  # the server makes the model
    FINISHED = "finished"
    FAILED = "failed"  # ``reason`` says why
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self in (ImportState.FINISHED, ImportState.FAILED, ImportState.CANCELLED)


class Placing(Enum):
    """How a file gets into the models folder where both are on this machine."""

    COPY = "copy"  # bytes of its own; where the disk can, they are shared until one side changes (a reflink)
    LINK = "link"  # a hard link: a second name for the file, which must not be changed any more


@dataclass(frozen=True, slots=True)
class ImportOffer:
    """What files stand for, as their headers tell, and what their import would need."""

    files: tuple[Path, ...]  # of the weights; the parts of a split model in their order
    projector: Path | None  # the part that sees or hears
    name: str  # a proposal that is valid and free
    size_bytes: int  # of all files
    title: str = ""  # what the file calls itself
    architecture: str = ""
    parameter_size: str = ""
    quantization: str = ""
    context_length: int = 0  # tokens
    copy_bytes: int = 0  # what that takes on the disk of the models folder: nothing where the disk can share bytes
    free_bytes: int | None = None  # on the disk of the models folder; None: the server keeps that to itself
    folder: str = ""  # the models folder that the figure is about
    can_link: bool = False  # whether a hard link would do

    @property
    def fits(self) -> bool:
        """Whether a copy has room on the disk, as far as that is known."""
        return self.free_bytes is None or self.copy_bytes <= self.free_bytes


@dataclass(frozen=True, slots=True)
class ImportJob:
    """One import. The bytes are those of the present state: each reads, copies or sends from the start."""

    id: int
    name: str  # of the model, with its tag
    state: ImportState
    total_bytes: int = 0
    completed_bytes: int = 0
    bytes_per_s: float = 0.0
    left_s: float | None = None  # of the present state; None: cannot be told
    reason: str = ""  # a sentence: why it failed
