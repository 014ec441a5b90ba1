"""What a model is loaded with, and when a request needs it loaded again."""

from dataclasses import dataclass, replace

from ollama_desk.engine.memory import PLAIN_CACHE, Footprint
from ollama_desk.engine.runner import UBATCH


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What a model is loaded with; a request that wants other values loads it again."""

    n_ctx: int = 4096  # tokens of one conversation
    n_gpu_layers: int = -1  # below 0: as many as fit, and however many there are will do
    n_threads: int = 0
    n_batch: int = 512
    main_gpu: int = -1  # below 0: nobody said
    use_mmap: bool = True
    embedding: bool = False
    shift: bool = True  # a full context loses its oldest half instead of ending the answer
    chat_template: str = ""  # in jinja; "": the file's own

    def will_do(self, running: "LoadOptions") -> bool:
        """Whether what runs with ``running`` serves who asks for these. What nobody said is the same each time."""
        if self.n_gpu_layers < 0:
            return replace(self, n_gpu_layers=running.n_gpu_layers) == running
        return self == running


@dataclass(frozen=True, slots=True)
class Launch:
    """What every runner of this engine is started with.

    Attributes:
        slots: conversations that one model answers at the same time, where memory allows.
        cache: how keys and values are kept.
        flash_attention: ``None`` leaves it to llama.cpp.
    """

    slots: int = 1
    cache: str = PLAIN_CACHE
    flash_attention: bool | None = None


LoadKey = tuple[str, str, tuple[str, ...], LoadOptions]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model that a request needs in memory."""

    path: str  # of the weights; names that share weights share a runner
    name: str  # full, with its tag
    digest: str
    footprint: Footprint
    options: LoadOptions = LoadOptions()
    projector: str = ""
    adapters: tuple[str, ...] = ()  # paths, in their order

    @property
    def load_key(self) -> LoadKey:
        """What is loaded and how, whatever it is called."""
        return (self.path, self.projector, self.adapters, self.options)

    def loads_as(self, running: "Wanted") -> bool:
        """Whether a runner that was started for ``running`` will do."""
        files = (self.path, self.projector, self.adapters)
        same = files == (running.path, running.projector, running.adapters)
        return same and self.options.will_do(running.options)

    def slots_of(self, launch: Launch) -> int:
        """How many slots its runner may have: vectors are made one request after the other, as in Ollama."""
        return 1 if self.options.embedding else launch.slots

    def need_bytes(self, slots: int, cache: str) -> int:
        """Memory that it takes with so many slots, reckoned."""
        options = self.options
        batch = options.n_batch if options.embedding else min(options.n_batch, UBATCH)
        return self.footprint.need_bytes(n_ctx=options.n_ctx, slots=slots, n_batch=batch, cache=cache)
