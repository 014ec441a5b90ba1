"""Models: what is installed, what is loaded, and the steps of getting one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CAPABILITY_COMPLETION = "completion"
CAPABILITY_EMBEDDING = "embedding"
CAPABILITY_THINKING = "thinking"
CAPABILITY_TOOLS = "tools"
CAPABILITY_VISION = "vision"


@dataclass(frozen=True, slots=True)
class Model:
    """An installed model. Unknown numbers are 0, unknown texts empty."""

    name: str
    digest: str = ""  # 64 hex digits, no prefix
    size_bytes: int = 0
    parameter_size: str = ""  # as the server words it: "8.2B"
    quantization: str = ""
    family: str = ""
    context_length: int = 0  # tokens the model was trained for
    embedding_length: int = 0
    capabilities: frozenset[str] = frozenset()
    modified_at: datetime | None = None  # aware
    remote_host: str = ""  # set for models that run elsewhere


@dataclass(frozen=True, slots=True)
class RunningModel:
    """A model in memory."""

    name: str
    digest: str = ""
    size_bytes: int = 0
    vram_bytes: int = 0  # 0: all on the CPU; size_bytes: all on the GPU
    context_length: int = 0
    expires_at: datetime | None = None  # aware; past: being unloaded; centuries ahead: for ever
    is_loading: bool = False  # asked for here and not there yet: nothing else is known of it


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """What ``show`` tells about a model."""

    name: str
    family: str = ""
    parameter_size: str = ""
    quantization: str = ""
    context_length: int = 0
    embedding_length: int = 0
    capabilities: frozenset[str] = frozenset()
    template: str = ""
    system: str = ""
    licence: str = ""
    parameters: str = ""  # lines of "key   value"
    modelfile: str = ""
    modified_at: datetime | None = None
    info: Mapping[str, Any] = field(default_factory=dict)  # the GGUF's own keys


@dataclass(frozen=True, slots=True)
class PullStep:
    """One line of a pull or create stream. ``total_bytes`` is 0 where the line is about no layer."""

    status: str
    digest: str = ""
    total_bytes: int = 0
    completed_bytes: int = 0
