"""The machine: its graphics processors, and an Ollama that is installed on it as a service."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ollama_desk.domain.server import ServerAddress, ServerKind, ServerState, ServerStatus

LEAST_AMD_BYTES = 2_000_000_000  # of its own memory: what has less is a part of the processor


class GpuVendor(StrEnum):
    """Who made it."""

    NVIDIA = "NVIDIA"
    AMD = "AMD"
    APPLE = "Apple"
    OTHER = ""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics processor. Unknown numbers are 0, unknown texts empty."""

    vendor: GpuVendor
    name: str
    memory_bytes: int = 0
    driver: str = ""
    free_bytes: int = field(default=0, compare=False)  # it is the same GPU, whatever is loaded
    uuid: str = ""  # as the driver's own tool gives it
    can_compute: bool = True  # False: no server has a driver for it there

    @property
    def is_of_use(self) -> bool:
        """Whether Ollama would compute on it."""
        if self.vendor in (GpuVendor.NVIDIA, GpuVendor.APPLE):
            return self.can_compute
        return self.can_compute and self.memory_bytes >= LEAST_AMD_BYTES


@dataclass(frozen=True, slots=True)
class GpuFacts:
    """What was found; ``problem`` is a sentence about what should be there and cannot be used."""

    gpus: tuple[Gpu, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SystemOllama:
    """An Ollama that is a service of the machine and is stopped, with models that can be read from here."""

    models_folder: Path
    model_count: int
    size_bytes: int  # on the disk: what several models share counts once
    address: ServerAddress  # where it listens when it runs
    can_be_started: bool = False  # from here, with the person's password
    folder_can_be_used: bool = False  # nothing hides the setting
    folder_is_writable: bool = False


def idle_gpu(facts: GpuFacts, status: ServerStatus) -> Gpu | None:
    """A GPU that the server, since it is the built-in engine, leaves idle; it uses those of Apple's processors."""
    runs = status.state in (ServerState.READY, ServerState.DEGRADED)
    if not runs or status.kind is not ServerKind.BUILT_IN or not status.is_ours:
        return None
    return next((gpu for gpu in facts.gpus if gpu.is_of_use and gpu.vendor is not GpuVendor.APPLE), None)
