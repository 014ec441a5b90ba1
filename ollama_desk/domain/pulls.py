"""Downloads of models as jobs: what one is, how far it is, and what a name in a registry stands for."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class PullState(Enum):
    """Where a job stands. Cancelled jobs are gone from the list."""

    QUEUED = "queued"  # its turn comes
    RUNNING = "running"
    WAITING = "waiting"  # for the server, the network or space on the disk; goes on by itself
    PAUSED = "paused"  # by the person
    FAILED = "failed"  # ``reason`` says why; *Retry* goes on from what came
    FINISHED = "finished"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it without the person."""
        return self in (PullState.FAILED, PullState.FINISHED)


class PullPhase(Enum):
    """What a running job is at."""

    LOOKING_UP = "looking up"
    DOWNLOADING = "downloading"
    VERIFYING = "verifying"
    INSTALLING = "installing"


@dataclass(frozen=True, slots=True)
class LayerProgress:
    """One blob of a model: 0 of ``total_bytes`` is known before it is asked for."""

    digest: str  # sha256:<64 hex digits>
    total_bytes: int
    completed_bytes: int = 0
    media_type: str = ""  # of the manifest; empty where only the server's lines are known


@dataclass(frozen=True, slots=True)
class PullJob:
    """One download. ``completed_bytes`` never falls while the total stays the same."""

    id: int
    name: str  # as the person wrote it
    state: PullState
    added_at: datetime  # aware UTC
    insecure: bool = False  # plain HTTP was allowed for it
    phase: PullPhase = PullPhase.LOOKING_UP
    total_bytes: int = 0  # from the manifest; 0: not known yet
    completed_bytes: int = 0
    bytes_per_s: float = 0.0  # over the last 10 s
    left_s: float | None = None  # None: cannot be told
    is_stalled: bool = False  # nothing came for a while
    is_refetching: bool = False  # a part that had come is fetched again; what is shown waits for it
    reason: str = ""  # a sentence: why it failed or waits, or what happened last
    layers: tuple[LayerProgress, ...] = ()
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a name stands for in its registry, and whether it fits the disk."""

    name: str  # as it is shown
    digest: str  # 64 hex digits, of the manifest
    layers: tuple[LayerProgress, ...]
    total_bytes: int
    missing_bytes: int  # what is not on the disk yet; equal to the total where that cannot be seen
    free_bytes: int | None  # on the disk of the models folder; None: not known (a remote server)
    disk: str = ""  # the folder that the figure is about
    licence: str = ""  # its text
    parameter_size: str = ""
    quantization: str = ""
    family: str = ""
    is_installed: bool = False  # the very same, digest for digest
    is_update: bool = False  # the name is installed and means something else now
    has_weights: bool = True  # a GGUF file; False: the built-in engine cannot use it
    insecure: bool = False  # it was looked up over plain HTTP, which was allowed for it

    @property
    def fits(self) -> bool:
        """Whether what is missing has room on the disk, as far as that is known."""
        return self.free_bytes is None or self.missing_bytes <= self.free_bytes
