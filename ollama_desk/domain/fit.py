"""Whether a model will run on a machine, with every term of the arithmetic: pure, as everything here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from ollama_desk.domain.footprint import PLAIN_CACHE, PROCESS_BYTES, Footprint
from ollama_desk.domain.model_shape import ModelShape

# What a graphics processor needs for itself before the first layer. Source: the least that Ollama leaves free on an
# NVIDIA or AMD GPU, 457 MiB, and with Metal, 512 MiB.
GPU_RESERVE_BYTES = 457 << 20
METAL_RESERVE_BYTES = 512 << 20
DEFAULT_CONTEXT = 4096  # tokens: the built-in engine's own where nobody says, and Ollama's on a small GPU or none
# Ollama's on large GPUs, by their memory together. Source: its documentation of the context length, which says 24 and
# 48 GiB; the driver keeps a little of that for itself.
LARGER_CONTEXTS = ((47 << 30, 262_144), (23 << 30, 32_768))


class Verdict(Enum):
    """How a model will run."""

    FITS_GPU = "gpu"
    PARTLY_CPU = "partly"
    FITS_MEMORY_SLOW = "slow"
    WILL_NOT_RUN = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class GpuMemory:
    """Memory of a graphics processor that models can use. A total of 0: nobody says."""

    total_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class MachineMemory:
    """What a machine has for models, now.

    Attributes:
        gpus: those that are of use.
        ram_total_bytes: 0 where nobody knows.
        ram_free_bytes: what programs may still take without swapping.
        is_unified: the GPU works in the RAM and has none of its own.
        reason: a sentence: why a GPU that is there cannot be used, or why nothing is known.
    """

    gpus: tuple[GpuMemory, ...] = ()
    ram_total_bytes: int = 0
    ram_free_bytes: int = 0
    is_unified: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a model is to run.

    Attributes:
        context: tokens of one conversation.
        cache: how keys and values are kept, one of ``CACHE_BYTES``.
        slots: conversations at the same time.
    """

    context: int = DEFAULT_CONTEXT
    cache: str = PLAIN_CACHE
    slots: int = 1


@dataclass(frozen=True, slots=True)
class Fit:
    """The verdict and how it came about. ``layers`` counts the output as one more, as llama.cpp does."""

    verdict: Verdict
    wish: Wish = Wish()
    weights_bytes: int = 0
    cache_bytes: int = 0
    buffer_bytes: int = 0  # for computing, and the process
    machine: MachineMemory = MachineMemory()
    layers: int = 0
    layers_on_gpu: int = 0
    reason: str = ""  # a sentence: what is not known, or what stands in the way

    @property
    def need_bytes(self) -> int:
        return self.weights_bytes + self.cache_bytes + self.buffer_bytes

    @property
    def gpu_free_bytes(self) -> int:
        return sum(gpu.free_bytes for gpu in self.machine.gpus)

    @property
    def gpu_total_bytes(self) -> int:
        return sum(gpu.total_bytes for gpu in self.machine.gpus)

    @property
    def would_fit_alone(self) -> bool:
        """Whether it is other programs that keep it from running."""
        total = self.machine.ram_total_bytes + (0 if self.machine.is_unified else self.gpu_total_bytes)
        return self.verdict is Verdict.WILL_NOT_RUN and self.need_bytes <= total


def reckon(shape: ModelShape, weights_bytes: int, *, wish: Wish, machine: MachineMemory) -> Fit:
    """How a model will run.

    Args:
        shape: its dimensions.
        weights_bytes: of all its files.
        wish: how it is to run; more context than the model was trained for is not given to it.
        machine: what there is.
    """
    context = min(wish.context, shape.context_length) if shape.context_length else wish.context
    wish = replace(wish, context=context)
    if not shape.is_known:
        return _guessed(weights_bytes, wish, machine)
    footprint = Footprint.of_shape(shape, weights_bytes)
    cache = footprint.cache_bytes(n_ctx=context, slots=wish.slots, cache=wish.cache)
    buffers = footprint.compute_bytes() + PROCESS_BYTES
    layers = shape.block_count + 1
    on_gpu = _layers_on(machine, weights_bytes + cache, buffers, layers)
    fit = Fit(Verdict.UNKNOWN, wish, weights_bytes, cache, buffers, machine, layers, on_gpu, machine.reason)
    return replace(fit, verdict=_verdict(fit))


def _verdict(fit: Fit) -> Verdict:
    machine = fit.machine
    if fit.layers_on_gpu == fit.layers:
        return Verdict.FITS_GPU
    if not machine.ram_total_bytes or any(not gpu.total_bytes for gpu in machine.gpus):
        return Verdict.UNKNOWN
    layered = fit.weights_bytes + fit.cache_bytes
    elsewhere = 0 if machine.is_unified else layered * fit.layers_on_gpu // fit.layers
    if layered - elsewhere + fit.buffer_bytes > machine.ram_free_bytes:
        return Verdict.WILL_NOT_RUN
    return Verdict.PARTLY_CPU if fit.layers_on_gpu else Verdict.FITS_MEMORY_SLOW


def _layers_on(machine: MachineMemory, layered_bytes: int, buffer_bytes: int, layers: int) -> int:
    """How many layers go to the GPUs: whole ones, beside the buffers that each GPU needs for its own.

    Source: Ollama's and llama.cpp's way to split: layer by layer, each with its part of the cache.
    """
    each = max(-(-layered_bytes // layers), 1)
    reserve = METAL_RESERVE_BYTES if machine.is_unified else GPU_RESERVE_BYTES
    rooms = [gpu.free_bytes - reserve - buffer_bytes for gpu in machine.gpus]
    return min(sum(room // each for room in rooms if room > 0), layers)


def _guessed(weights_bytes: int, wish: Wish, machine: MachineMemory) -> Fit:
    """Nothing but the size is known: that says no more than whether there is no hope."""
    own = 0 if machine.is_unified else sum(gpu.total_bytes for gpu in machine.gpus)
    is_known = machine.ram_total_bytes and all(gpu.total_bytes for gpu in machine.gpus)
    hopeless = is_known and weights_bytes > machine.ram_total_bytes + own
    verdict = Verdict.WILL_NOT_RUN if hopeless else Verdict.UNKNOWN
    reason = machine.reason or "How the model is built is not known, so only its size can be told."
    return Fit(verdict, wish, weights_bytes, machine=machine, reason=reason)


def default_context(machine: MachineMemory) -> int:
    """Tokens that Ollama gives to a conversation where nobody says."""
    total = sum(gpu.total_bytes for gpu in machine.gpus)
    return next((context for least, context in LARGER_CONTEXTS if total >= least), DEFAULT_CONTEXT)


def with_freed(machine: MachineMemory, freed_bytes: Sequence[int]) -> MachineMemory:
    """The machine once the models that are loaded have left the GPUs, which they do for the next one.

    Args:
        machine: as it is.
        freed_bytes: of each loaded model, what it has of GPU memory.
    """
    left, gpus = sum(freed_bytes), []
    for gpu in machine.gpus:
        back = min(left, max(gpu.total_bytes - gpu.free_bytes, 0))
        left -= back
        gpus.append(GpuMemory(gpu.total_bytes, gpu.free_bytes + back))
    return replace(machine, gpus=tuple(gpus))
