"""Models written to files of the person's own: what such an export would be, how far it is, and what it is called."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

SUFFIX = ".gguf"
PROJECTOR_SUFFIX = ".mmproj.gguf"
UNKNOWN = "unknown"  # how a server says that it does not know the quantization
DEFAULT_TAG = "latest"
REPOSITORY_SUFFIX = "-gguf"  # of the names of repositories: the file says so by its own
# names that Windows keeps for devices, whatever follows the first dot
RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})
SAFE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")


class ExportState(Enum):
    """Where an export stands."""

    QUEUED = "queued"  # another one is under way
    CHECKING = "checking"  # the parts of a model are read, before they are put together
    WRITING = "writing"
    FINISHED = "finished"
    FAILED = "failed"  # ``reason`` says why; nothing of it is there
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self in (ExportState.FINISHED, ExportState.FAILED, ExportState.CANCELLED)


@dataclass(frozen=True, slots=True)
class ExportOffer:
    """What would be written."""

    name: str  # of the model
    file_name: str  # a proposal
    weights_bytes: int
    projector_bytes: int = 0  # of the part that sees or hears, in a file of its own; 0: there is none
    adapter_count: int = 0  # that are not written: the file is the model without them

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.projector_bytes


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One export. The bytes are those of the present state."""

    id: int
    name: str  # of the model
    path: Path  # of the file with the weights
    state: ExportState
    total_bytes: int = 0
    completed_bytes: int = 0
    bytes_per_s: float = 0.0
    left_s: float | None = None  # None: cannot be told
    files: tuple[Path, ...] = ()  # what was written, once it is over
    adapter_count: int = 0  # that were not written
    reason: str = ""  # a sentence: why it failed
    is_about_place: bool = False  # whether it may succeed at another place


def proposed_file_name(model: str, tag: str, quantization: str) -> str:
    """``llama3.2-1b-Q4_K_M.gguf``: a name that every file system takes.

    Args:
        model: the last part of the name of the model, without its tag.
        tag: of the name.
        quantization: as the server words it; empty or "unknown": not known.
    """
    stem = model[: -len(REPOSITORY_SUFFIX)] if model.lower().endswith(REPOSITORY_SUFFIX) else model
    parts = [stem, "" if tag.lower() == DEFAULT_TAG else tag]
    is_said = quantization.lower() in f"{stem}-{tag}".lower()
    parts.append("" if is_said or quantization.lower() == UNKNOWN else quantization)
    name = "-".join(filter(None, parts))
    name = "".join(each if each.lower() in SAFE else "-" for each in name).strip(".-") or "model"
    first, dot, rest = name.partition(".")
    return f"{first}-model{dot}{rest}{SUFFIX}" if first.lower() in RESERVED else f"{name}{SUFFIX}"


def projector_path(weights: Path) -> Path:
    """Where the part that sees goes: beside the weights, under their name."""
    stem = weights.name[: -len(SUFFIX)] if weights.name.lower().endswith(SUFFIX) else weights.name
    return weights.with_name(f"{stem}{PROJECTOR_SUFFIX}")
