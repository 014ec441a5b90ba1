"""How much memory a model will take, reckoned from its header before it is loaded, and whether that is there."""

from ollama_desk.domain.footprint import CACHE_BYTES, PLAIN_CACHE, PROCESS_BYTES, Footprint
from ollama_desk.registry.gguf import GgufHeader
from ollama_desk.registry.shape import shape_of

__all__ = ["CACHE_BYTES", "PLAIN_CACHE", "PROCESS_BYTES", "Footprint", "footprint_of", "shown_bytes", "too_large"]

UNITS = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def footprint_of(header: GgufHeader, weights_bytes: int) -> Footprint:
    """The footprint of a model with this header; what the header does not say counts as nothing."""
    return Footprint.of_shape(shape_of(header), weights_bytes)


def shown_bytes(count: int) -> str:
    """A number of bytes as Ollama words it: 5.2 GiB."""
    for size, unit in UNITS:
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{max(count, 0)} B"


def too_large(needed: int, available: int) -> str:
    """What a client is told of a model that does not fit, in Ollama's words."""
    return f"model requires more system memory ({shown_bytes(needed)}) than is available ({shown_bytes(available)})"
