"""How much memory a model takes, reckoned from its shape: the one arithmetic of the engine and of the window."""

from dataclasses import dataclass
from typing import Self

from ollama_desk.domain.model_shape import ModelShape

# Bytes of one number in the cache of keys and values, as llama.cpp packs it: 32 numbers and their scale.
CACHE_BYTES = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}
PLAIN_CACHE = "f16"
FLOAT_BYTES = 4
BATCH = 512  # tokens that are computed at a time, where nobody says: llama.cpp's micro batch
PROCESS_BYTES = 64 << 20  # a runner with a model of 1 MB: 56 MB, of which half are libraries


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
    def of_shape(cls, shape: ModelShape, weights_bytes: int) -> Self:
        """The footprint of a model with this shape.

        What is computed at a time is, at its widest, the chances of all words of the vocabulary, or a layer's own
        numbers: the stream, the queries, keys and values (six of the embedding) and both halves of the feed forward.
        """
        layer = 6 * shape.embedding_length + 2 * shape.feed_forward_length
        wide = max(shape.vocabulary + shape.embedding_length, layer)
        return cls(weights_bytes, shape.cache_width, shape.window_width, shape.window, wide)

    def cache_bytes(self, *, n_ctx: int, slots: int = 1, n_batch: int = BATCH, cache: str = PLAIN_CACHE) -> int:
        """Keys and values: tokens x layers x heads that have their own x (key + value) x bytes of a number.

        A layer with a window keeps the window and the batch that is being read. Source: llama.cpp's unified cache and
        its one for sliding windows; to the byte what it logs for grouped queries and for a window with a batch that
        come to a multiple of 256, in f16, q8_0 and q4_0, and what Ollama 0.24 does.
        """
        seen = min(n_ctx, self.window + n_batch)
        numbers = slots * (n_ctx * self.cache_width + seen * self.window_width)
        return int(numbers * CACHE_BYTES.get(cache, 2.0))

    def compute_bytes(self, *, n_batch: int = BATCH) -> int:
        """Buffers for computing; flash attention is on, as llama.cpp and Ollama decide for most models.

        To the byte what Ollama 0.24 logs for a small model of 32 000 words; the llama.cpp of the built-in engine, which
        reckons the chances after a prompt's last token only, takes a third of it.
        """
        return n_batch * FLOAT_BYTES * self.wide

    def need_bytes(self, *, n_ctx: int, slots: int = 1, n_batch: int = BATCH, cache: str = PLAIN_CACHE) -> int:
        """Weights, caches of every slot, buffers for computing and the process itself.

        Measured beside it: 4 to 14 % less for a model of 64 layers with one or two slots of 4096 or 16384 tokens, in
        each kind of cache.

        Args:
            n_ctx: tokens of one slot.
            slots: conversations at the same time.
            n_batch: tokens that are computed at a time.
            cache: how keys and values are kept: one of ``CACHE_BYTES``.
        """
        kept = self.cache_bytes(n_ctx=n_ctx, slots=slots, n_batch=n_batch, cache=cache)
        return self.weights_bytes + kept + self.compute_bytes(n_batch=n_batch) + PROCESS_BYTES
