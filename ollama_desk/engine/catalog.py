"""What the engine knows of a model before it is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ollama_desk.engine.options import Options
from ollama_desk.engine.scheduler import LoadOptions, Wanted
from ollama_desk.ollama.wire import Details, Message


@dataclass(frozen=True, slots=True)
class EngineModel:
    """A model in the models folder, with what its layers and its GGUF header say."""

    name: str  # as shown: without the default host and namespace, with its tag
    full_name: str  # with host and namespace
    path: str  # of the weights
    digest: str  # of the manifest, 64 hex digits
    size_bytes: int  # of all layers
    modified_at: datetime  # aware
    details: Details
    header: Mapping[str, Any]  # the GGUF's key-values; long arrays may be missing
    capabilities: tuple[str, ...] = ("completion",)
    projector: str = ""
    template: str = ""  # the layer, in Go's template language; "" where there is none
    system: str = ""
    licenses: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()

    def can(self, capability: str) -> bool:
        return capability in self.capabilities

    @property
    def train_ctx(self) -> int:
        """The context that it was trained for, in tokens; 0 where the header does not say."""
        return self._number("context_length")

    def wanted(self, options: Options, default_ctx: int) -> Wanted:
        """What the scheduler must have in memory for a request with ``options``."""
        load = options.load_options(default_ctx=default_ctx, train_ctx=self.train_ctx, embedding=self.can("embedding"))
        return Wanted(self.path, self.name, self.digest, self._memory_bytes(load), load, self.projector)

    def _memory_bytes(self, load: LoadOptions) -> int:
        """Weights and a KV cache of 16-bit numbers: an estimate, without the buffers for computing."""
        heads = self._number("attention.head_count") or 1
        width = self._number("attention.key_length") or self._number("embedding_length") // heads
        kv_heads = self._number("attention.head_count_kv") or heads
        return self.size_bytes + 4 * load.n_ctx * self._number("block_count") * kv_heads * width

    def _number(self, key: str) -> int:
        value = self.header.get(f"{self.header.get('general.architecture', '')}.{key}")
        if isinstance(value, list | tuple):  # by layer
            value = max((item for item in value if isinstance(item, int)), default=0)
        return value if isinstance(value, int) else 0


def capabilities_of(header: Mapping[str, Any], template: str, *, sees: bool) -> tuple[str, ...]:
    """What a model can do: its Go template says so, or else the chat template in its header.

    The rule of a real server: ``.Tools``, ``.Suffix`` and ``.Thinking`` in the template layer.
    """
    architecture = header.get("general.architecture", "")
    if f"{architecture}.pooling_type" in header:
        return ("embedding",)
    jinja = str(header.get("tokenizer.chat_template", ""))
    found = ["completion"]
    if ".Tools" in template or (not template and "tools" in jinja):
        found.append("tools")
    if ".Suffix" in template:
        found.append("insert")
    if sees:
        found.append("vision")
    thinks = any(mark in jinja for mark in ("enable_thinking", "<think>", "reasoning_content", "reasoning_effort"))
    if ".Thinking" in template or (not template and thinks):
        found.append("thinking")
    return tuple(found)
