"""Which model to recommend for a machine and a task, and why: pure, as everything here.

The order of quality, in the order in which it decides:

1. What this machine runs: ``reckon`` says so, with 0.5 GB of memory left to others and room on the disk.
2. What is quick: whole on the GPU, with the context that is usual for such a GPU; or small enough (``QUICK``
   parameters) to be quick where all or a part of it runs on the CPU. Nobody's first model shall be a slow one.
3. The family: for each task a few of the catalogue in a fixed order, with a GPU and without, then the others as they
   stand there. On a CPU those come first that answer without thinking first, since there thinking takes minutes.
4. Of that family the largest size. A smaller one on the GPU gives way to a larger one that is quick besides it.

Licences do not count: they are shown. A model that turns texts into vectors is recommended for nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from ollama_desk.domain.catalogue import Catalogue, CatalogueEntry, CatalogueSize, CatalogueWish, Task
from ollama_desk.domain.fit import DEFAULT_CONTEXT, Fit, GpuMemory, MachineMemory, Verdict, Wish, reckon
from ollama_desk.domain.model_shape import ModelShape

QUICK = 4_500_000_000  # parameters: about 10 tokens/s on the CPU of a laptop
QUICK_EMBEDDING = 700_000_000  # every text of a collection goes through it
LEFT_BYTES = 500_000_000  # of memory for other programs
DISK_LEFT_BYTES = 500_000_000
VOCABULARY = 262_144  # words; the largest of those that people run, so that no buffer is larger than reckoned
# Layers and numbers that their caches hold of one token: no model of up to so many parameters with grouped queries
# has more. For those of which the catalogue does not say it.
ENVELOPE = ((2_500_000_000, 28, 2048), (11_000_000_000, 36, 2048), (20_000_000_000, 48, 4096), (0, 80, 2048))
GIB = 1 << 30
# What a conversation on a GPU of so much memory is to have room for: from 23 GiB on what Ollama gives by itself
# (``default_context``; the 256k that it gives from 47 GiB on are not what a model is chosen by). It rises without a
# step: at a step a GPU with more memory would be recommended a smaller model.
CONTEXTS = ((16 * GIB, 8192), (23 * GIB, 32_768))

WITH_GPU = {
    Task.CHAT: ("Qwen3", "Gemma 3", "Llama 3.2"),
    Task.CODE: ("Qwen3-Coder", "Qwen2.5-Coder"),
    Task.REASONING: ("Qwen3", "DeepSeek-R1"),
    Task.VISION: ("Qwen3-VL", "Gemma 3"),
    Task.TOOLS: ("Qwen3", "Llama 3.2"),
    Task.EMBEDDING: ("EmbeddingGemma", "Nomic Embed Text v1.5"),
}
WITHOUT_GPU = WITH_GPU | {
    Task.CHAT: ("Llama 3.2", "Gemma 3", "Qwen3"),
    Task.TOOLS: ("Llama 3.2", "Granite 4", "Qwen3"),
}


class Why(Enum):
    """Why this size."""

    FITS_GPU = "gpu"  # whole
    PARTLY_GPU = "partly"  # small enough to be quick although a part of it runs on the CPU
    QUICK_ON_CPU = "quick"  # small enough to be quick without a GPU
    SMALLEST = "smallest"  # nothing that is quick runs: the smallest that runs at all
    NOT_KNOWN = "unknown"  # the machine's memory is not known: small enough for most


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A model and the reason.

    Attributes:
        entry: its family.
        fit: how it runs here, with ``context`` tokens.
        context: tokens of a conversation that there is room for; 0: not known.
        is_held_by_disk: a larger one would run but has no room on the disk.
    """

    task: Task
    entry: CatalogueEntry
    size: CatalogueSize
    why: Why
    fit: Fit
    context: int = 0
    is_held_by_disk: bool = False

    @property
    def name(self) -> str:
        """What is looked up."""
        return self.size.names[0]

    @property
    def title(self) -> str:
        """What people call it: ``Qwen3 8B``, ``Phi-4 mini 3.8B``."""
        return f"{self.entry.name} {self.size.label}".strip()


def recommend(
    catalogue: Catalogue, *, machine: MachineMemory, task: Task = Task.CHAT, disk_free_bytes: int | None = None
) -> Recommendation | None:
    """The model for this machine and task; None where none of the catalogue runs or has room.

    Args:
        catalogue: to choose from.
        machine: what there is for models now.
        task: what it is for.
        disk_free_bytes: where models are kept; None: not known.
    """
    entries = catalogue.matching(CatalogueWish(task=task))
    every = [(entry, size) for entry in entries for size in entry.sizes if size.size_bytes]
    room = [(entry, size) for entry, size in every if _has_room(size, disk_free_bytes)]
    chosen = _chosen(room, task, machine)
    if chosen is None or len(room) == len(every):
        return chosen
    best = _chosen(every, task, machine)
    return replace(chosen, is_held_by_disk=best is not None and best.name != chosen.name)


def estimate(size: CatalogueSize, *, machine: MachineMemory, context: int) -> Fit:
    """How a size of the catalogue will run, with what the catalogue says of it or else more than it will need."""
    return reckon(_shape(size), size.size_bytes, wish=Wish(context), machine=machine)


def usual_context(machine: MachineMemory) -> int:
    """Tokens that a conversation on the GPUs of this machine is to have room for."""
    total = sum(gpu.total_bytes for gpu in machine.gpus)
    low_bytes, low = CONTEXTS[0]
    for high_bytes, high in CONTEXTS:
        if total <= high_bytes:
            part = (total - low_bytes) / (high_bytes - low_bytes) if high_bytes > low_bytes else 0
            return round(low + max(part, 0) * (high - low))
        low_bytes, low = high_bytes, high
    return low


Choice = tuple[CatalogueEntry, CatalogueSize]


def _chosen(choices: Sequence[Choice], task: Task, machine: MachineMemory) -> Recommendation | None:
    machine = _with_some_left(machine)
    small = [(entry, size) for entry, size in choices if 0 < size.parameters <= _quick(task)]
    families = _by_family(small, WITHOUT_GPU[task])
    if not machine.ram_total_bytes or any(not gpu.total_bytes for gpu in machine.gpus):
        return next((_made(task, sizes[-1], machine, why=Why.NOT_KNOWN) for sizes in families), None)
    held = choices if task is not Task.EMBEDDING else small
    on_gpu = _largest(_by_family(held, WITH_GPU[task]), task, machine, gpu_only=True)
    quick = _largest(families, task, machine, gpu_only=False)
    if on_gpu is not None and (quick is None or on_gpu.size.parameters >= quick.size.parameters):
        return on_gpu
    return quick or _smallest(choices, task, machine)


def _largest(
    families: Iterator[list[Choice]], task: Task, machine: MachineMemory, *, gpu_only: bool
) -> Recommendation | None:
    """Of the first family of which one runs so, the largest size that does."""
    if gpu_only and not machine.gpus:
        return None
    context = usual_context(machine) if gpu_only else DEFAULT_CONTEXT
    for sizes in families:
        for choice in reversed(sizes):
            verdict = estimate(choice[1], machine=machine, context=context).verdict
            if verdict is Verdict.FITS_GPU:
                return _made(task, choice, machine, why=Why.FITS_GPU, context=context)
            if not gpu_only and verdict in (Verdict.PARTLY_CPU, Verdict.FITS_MEMORY_SLOW):
                why = Why.PARTLY_GPU if verdict is Verdict.PARTLY_CPU else Why.QUICK_ON_CPU
                return _made(task, choice, machine, why=why, context=context)
    return None


def _smallest(choices: Sequence[Choice], task: Task, machine: MachineMemory) -> Recommendation | None:
    for choice in sorted(choices, key=lambda each: each[1].size_bytes):
        if estimate(choice[1], machine=machine, context=DEFAULT_CONTEXT).verdict is not Verdict.WILL_NOT_RUN:
            return _made(task, choice, machine, why=Why.SMALLEST, context=DEFAULT_CONTEXT)
    return None


def _made(task: Task, choice: Choice, machine: MachineMemory, *, why: Why, context: int = 0) -> Recommendation:
    """With all the context that there is room for in the same way: twice as much as long as that runs the same."""
    entry, size = choice
    context = _next_step(context) // 2  # a power of two, which is what people and settings speak of
    fit = estimate(size, machine=machine, context=context or DEFAULT_CONTEXT)
    while 0 < context < size.context_length:
        larger = estimate(size, machine=machine, context=_next_step(context))
        if larger.verdict is not fit.verdict:
            break
        fit, context = larger, _next_step(context)
    return Recommendation(task, entry, size, why, fit, min(context, fit.wish.context))


def _next_step(context: int) -> int:
    """The next power of two; 1 after 0."""
    return int(1 << context.bit_length())


def _by_family(choices: Sequence[Choice], order: Sequence[str]) -> Iterator[list[Choice]]:
    """Each family's sizes, small to large: those of the order first, then the others as they stand."""
    families: dict[str, list[Choice]] = {}
    for choice in choices:
        families.setdefault(choice[0].name, []).append(choice)
    for name in (*order, *(name for name in families if name not in order)):
        if name in families:
            yield families[name]


def _with_some_left(machine: MachineMemory) -> MachineMemory:
    """Without what is left to other programs: of the RAM, and of a GPU that works in it."""
    gpus = machine.gpus
    if machine.is_unified:
        gpus = tuple(GpuMemory(gpu.total_bytes, max(gpu.free_bytes - LEFT_BYTES, 0)) for gpu in gpus)
    return replace(machine, gpus=gpus, ram_free_bytes=max(machine.ram_free_bytes - LEFT_BYTES, 0))


def _shape(size: CatalogueSize) -> ModelShape:
    """Its layers and caches; of all else only what makes the estimate no smaller than the truth."""
    usual = next((row for row in ENVELOPE if size.parameters <= row[0]), ENVELOPE[-1])
    layers = size.layers or usual[1]
    each = -(-size.cache_width // layers) if size.cache_width else usual[2]
    if "completion" not in size.capabilities and "embedding" in size.capabilities:
        each = 0  # they read a text at once and keep nothing of it
    return ModelShape(
        block_count=layers,
        context_length=size.context_length,
        embedding_length=1,
        vocabulary=VOCABULARY,
        cache_widths=(each,) * layers,
        has_window=(False,) * layers,
    )


def _has_room(size: CatalogueSize, disk_free_bytes: int | None) -> bool:
    return disk_free_bytes is None or size.size_bytes + DISK_LEFT_BYTES <= disk_free_bytes


def _quick(task: Task) -> int:
    return QUICK_EMBEDDING if task is Task.EMBEDDING else QUICK
