"""What an installed model is made of, which of it others share, and what deleting it gives back. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class LayerRole(StrEnum):
    """What a layer is for."""

    WEIGHTS = "weights"
    PROJECTOR = "projector"  # turns pictures into what the model reads
    ADAPTER = "adapter"
    TEMPLATE = "template"
    SYSTEM = "system"
    PARAMETERS = "parameters"
    MESSAGES = "messages"
    LICENCE = "licence"
    CONFIGURATION = "configuration"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """One file of a model."""

    role: LayerRole
    media_type: str
    digest: str  # "sha256:<hex>"
    size_bytes: int  # on the disk; where it is missing, as the model says
    shared_with: tuple[str, ...] = ()  # the other installed models that have it, by name
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The files of a model; where they cannot be seen ``reason`` says why and there are none."""

    name: str
    layers: tuple[LayerFacts, ...] = ()
    reason: str = ""

    @property
    def freed_bytes(self) -> int:
        """What deleting this model alone gives back."""
        return sum(size for size, others in self._files().values() if not others)

    @property
    def shared_bytes(self) -> int:
        """What stays, because others have it too."""
        return sum(size for size, others in self._files().values() if others)

    @property
    def shared_with(self) -> tuple[str, ...]:
        """The models that have anything of it."""
        return tuple(sorted({name for layer in self.layers for name in layer.shared_with}))

    def _files(self) -> Mapping[str, tuple[int, tuple[str, ...]]]:
        """Size and sharers of each file that is there, once, however many layers name it."""
        there = (layer for layer in self.layers if not layer.is_missing)
        return {layer.digest: (layer.size_bytes, layer.shared_with) for layer in there}
