"""How much memory a model will take, reckoned from its header before it is loaded, and whether that is there."""

from dataclasses import dataclass

from ollama_desk.registry.gguf import GgufHeader
from ollama_desk.registry.gguf_bytes import GgufArray

# Bytes of one number in the cache of keys and values, as llama.cpp packs it: 32 numbers and their scale.
CACHE_BYTES = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}
PLAIN_CACHE = "f16"
FLOAT_BYTES = 4
PROCESS_BYTES = 64 << 20  # a runner with a model of 1 MB: 56 MB, of which half are libraries
# Which layers look back no further than the window: all but every n-th.
WINDOW_PATTERN = {"gemma2": 2, "gemma3": 6, "gemma3n": 5, "gpt-oss": 2, "cohere2": 4}
UNITS = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


@dataclass(frozen=True, slots=True)
class Footprint:
    """What the memory of a model depends on, besides the wishes of a request.

    Attributes:
        weights_bytes: of all its files.
        cache_width: numbers that a token has in the caches of all layers that look back over the whole context.
        window_width: the same for the layers that look back over ``window`` tokens only.
        window: tokens; 0 where no layer has one.
        wide: numbers that a token has while a layer is computed.
    """

    weights_bytes: int = 0
    cache_width: int = 0
    window_width: int = 0
    window: int = 0
    wide: int = 0

    @classmethod
    def of(cls, header: GgufHeader, weights_bytes: int) -> "Footprint":
        """The footprint of a model with this header; what the header does not say counts as nothing."""
        layers = _number(header, "block_count")
        heads = _number(header, "attention.head_count") or 1
        embedding = header.embedding_length
        window = _number(header, "attention.sliding_window")
        widths = _cache_widths(header, layers, heads)
        every = WINDOW_PATTERN.get(header.architecture, 0) if window else 0
        full = [width for index, width in enumerate(widths) if not every or (index + 1) % every == 0]
        vocabulary = header.metadata.get("tokenizer.ggml.tokens")
        words = vocabulary.count if isinstance(vocabulary, GgufArray) else 0
        wide = max(words + embedding, 6 * embedding + 2 * _number(header, "feed_forward_length"))
        return cls(weights_bytes, sum(full), sum(widths) - sum(full), window if every else 0, wide)

    def need_bytes(self, *, n_ctx: int, slots: int = 1, n_batch: int = 512, cache: str = PLAIN_CACHE) -> int:
        """Weights, caches of every slot, buffers for computing and the process itself.

        Measured beside it: 4 to 14 % less for a model of 64 layers with one or two slots of 4096 or 16384 tokens, in
        each kind of cache.

        Args:
            n_ctx: tokens of one slot.
            slots: conversations at the same time.
            n_batch: tokens that are computed at a time.
            cache: how keys and values are kept: one of ``CACHE_BYTES``.
        """
        seen = min(n_ctx, self.window + n_batch)
        numbers = slots * (n_ctx * self.cache_width + seen * self.window_width)
        compute = n_batch * FLOAT_BYTES * self.wide
        return self.weights_bytes + int(numbers * CACHE_BYTES.get(cache, 2.0)) + compute + PROCESS_BYTES


def _cache_widths(header: GgufHeader, layers: int, heads: int) -> list[int]:
    """Numbers in the cache of one token, for each layer."""
    head = header.embedding_length // heads
    key = _number(header, "attention.key_length") or head
    value = _number(header, "attention.value_length") or key
    given = header.metadata.get(f"{header.architecture}.attention.head_count_kv")
    if isinstance(given, GgufArray) and given.values is not None:  # one for each layer, 0 for those without attention
        return [(key + value) * item for item in given.values if isinstance(item, int)]
    shared = given if isinstance(given, int) else 0
    return [(key + value) * (shared or heads)] * layers


def _number(header: GgufHeader, key: str) -> int:
    value = header.metadata.get(f"{header.architecture}.{key}")
    if isinstance(value, GgufArray):
        return max((item for item in value.values or () if isinstance(item, int)), default=0)
    return value if isinstance(value, int) else 0


def shown_bytes(count: int) -> str:
    """A number of bytes as Ollama words it: 5.2 GiB."""
    for size, unit in UNITS:
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{max(count, 0)} B"


def too_large(needed: int, available: int) -> str:
    """What a client is told of a model that does not fit, in Ollama's words."""
    return f"model requires more system memory ({shown_bytes(needed)}) than is available ({shown_bytes(available)})"
