"""What the engine knows of a model before it is loaded."""

from dataclasses import dataclass, replace

import msgspec

from ollama_desk.engine.loading import Wanted
from ollama_desk.engine.memory import footprint_of
from ollama_desk.engine.options import Options
from ollama_desk.ollama.wire import Details, Message
from ollama_desk.registry.gguf import GgufHeader
from ollama_desk.registry.layers import ModelFiles

EMBEDDING_BATCH = 2048  # tokens: what Ollama takes where nobody says; a text longer than that is cut


@dataclass(frozen=True, slots=True)
class EngineModel:
    """A model in the models folder: what its layers say, and the header of its weights."""

    files: ModelFiles
    header: GgufHeader
    capabilities: tuple[str, ...]

    @property
    def name(self) -> str:
        """As shown: without the default host and namespace, with its tag."""
        return self.files.name.short

    def can(self, capability: str) -> bool:
        return capability in self.capabilities

    @property
    def preset(self) -> list[Message]:
        """The messages that the model itself puts before every conversation."""
        return [msgspec.convert(message, Message) for message in self.files.messages]

    def details(self, *, lengths: bool = False) -> Details:
        """What lists tell of it; ``lengths`` adds those of context and embedding."""
        config = self.files.config
        families = list(config.model_families) if config.model_families is not None else None
        details = Details(
            self.files.parent, config.model_format, config.model_family, families, config.model_type, config.file_type
        )
        if lengths:
            details.context_length = self.header.context_length
            details.embedding_length = self.header.embedding_length
        return details

    def wanted(self, options: Options, default_ctx: int) -> Wanted:
        """What the scheduler must have in memory for a request with ``options``."""
        load = options.load_options(
            default_ctx=default_ctx, train_ctx=self.header.context_length, embedding=self.can("embedding")
        )
        if load.embedding and options.num_batch == Options().num_batch:
            load = replace(load, n_batch=min(EMBEDDING_BATCH, load.n_ctx))
        projector = str(self.files.projector) if self.files.projector is not None else ""
        path, footprint = str(self.files.model_path), footprint_of(self.header, self.files.size_bytes)
        adapters = tuple(map(str, self.files.adapters))
        return Wanted(path, self.name, self.files.digest, footprint, load, projector, adapters)
