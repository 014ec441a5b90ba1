"""The dimensions of a model that decide how much memory it takes, as the keys of its GGUF file give them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Which layers look back no further than the window: all but every n-th, where the file does not say it. Source: the
# periods that llama.cpp's loader of each architecture sets. An architecture that is not here and says nothing (Mistral
# 7B among them, which is a "llama" there, and Phi-3) keeps the whole context in every layer, whatever its window.
WINDOW_PATTERN = {
    "gemma2": 2,
    "gemma3": 6,
    "gemma3n": 5,
    "gpt-oss": 2,
    "gptoss": 2,
    "cohere2": 4,
    "exaone4": 4,
    "olmo2": 4,
}
# These read a text at once and keep nothing of it: llama.cpp makes no cache for them.
WITHOUT_CACHE = frozenset({"bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "modern-bert", "gemma-embedding"})
MOST_LAYERS = 4096  # a damaged file shall not cost our own memory


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Unknown numbers are 0, unknown texts empty.

    Attributes:
        context_length: tokens that it was trained for.
        feed_forward_length: of its widest layer; with experts, of those that work at the same time together.
        expert_count: 0 where it has none. All of them take memory, whether they work or not.
        window: tokens that the layers of ``has_window`` look back.
        cache_widths: of each layer, how many numbers the cache holds of one token.
        has_window: of each layer, whether it looks back over the window only.
    """

    architecture: str = ""
    block_count: int = 0
    context_length: int = 0
    embedding_length: int = 0
    feed_forward_length: int = 0
    vocabulary: int = 0
    expert_count: int = 0
    window: int = 0
    cache_widths: tuple[int, ...] = ()
    has_window: tuple[bool, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether enough is known for more than a guess."""
        return self.block_count > 0 and self.embedding_length > 0

    @property
    def cache_width(self) -> int:
        """Numbers of one token in the caches of all layers that look back over the whole context."""
        return sum(width for width, windowed in zip(self.cache_widths, self.has_window, strict=True) if not windowed)

    @property
    def window_width(self) -> int:
        """The same of those that look back over the window only."""
        return sum(self.cache_widths) - self.cache_width


def shape_of_keys(keys: Mapping[str, object], *, vocabulary: int = 0) -> ModelShape:
    """The shape that a GGUF file's keys describe; what they do not say counts as nothing.

    Args:
        keys: as in the file; arrays as sequences.
        vocabulary: how many words it has, where that is known already.
    """
    said = _Said(keys)
    blocks = min(said.number("block_count"), MOST_LAYERS)
    window = said.number("attention.sliding_window")
    windowed = _windowed(said, blocks) if window else (False,) * blocks
    experts = said.number("expert_used_count") * said.number("expert_feed_forward_length")
    return ModelShape(
        architecture=said.architecture,
        block_count=blocks,
        context_length=said.number("context_length"),
        embedding_length=said.number("embedding_length"),
        feed_forward_length=max(said.number("feed_forward_length"), experts),
        vocabulary=vocabulary or said.number("vocab_size"),
        expert_count=said.number("expert_count"),
        window=window if any(windowed) else 0,
        cache_widths=_cache_widths(said, windowed),
        has_window=windowed,
    )


class _Said:
    """What the keys say of the model's own architecture."""

    def __init__(self, keys: Mapping[str, object]) -> None:
        name = keys.get("general.architecture")
        self.architecture = name if isinstance(name, str) else "unknown"
        self._keys = keys

    def value(self, key: str) -> object:
        return self._keys.get(f"{self.architecture}.{key}")

    def number(self, key: str) -> int:
        """A number; of several the largest."""
        value = self.value(key)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return max((_count(item) for item in value), default=0)
        return _count(value)

    def each(self, key: str, layers: int) -> list[int] | None:
        """One number for each layer, as the key gives them; None where it is no array of as many."""
        value = self.value(key)
        if isinstance(value, Sequence) and not isinstance(value, str) and len(value) >= layers > 0:
            return [int(item) if isinstance(item, bool) else _count(item) for item in value[:layers]]
        return None


def _windowed(said: _Said, layers: int) -> tuple[bool, ...]:
    """Which layers have the window: as the file says of each, or all but every n-th."""
    told = said.each("attention.sliding_window_pattern", layers)
    if told is not None:
        return tuple(bool(item) for item in told)
    every = _count(said.value("attention.sliding_window_pattern")) or WINDOW_PATTERN.get(said.architecture, 0)
    return tuple(bool(every) and (index + 1) % every != 0 for index in range(layers))


def _cache_widths(said: _Said, windowed: tuple[bool, ...]) -> tuple[int, ...]:
    """Keys and values of one token, for each layer: grouped queries share them, and some layers have none.

    ``attention.shared_kv_layers`` at the end use what others kept (Gemma 3n); where ``full_attention_interval`` is
    given, only every so many-th layer attends (Qwen 3 Next), the others keep a state whose size no context changes.
    """
    layers = len(windowed)
    if said.architecture in WITHOUT_CACHE or said.value("attention.causal") is False:
        return (0,) * layers
    heads = said.number("attention.head_count") or 1
    shared = said.each("attention.head_count_kv", layers)
    if shared is None:
        shared = [said.number("attention.head_count_kv") or heads] * layers
    head = said.number("embedding_length") // heads
    wide = _key_and_value(said, "", head)
    narrow = _key_and_value(said, "_swa", 0) or wide
    own = layers - min(said.number("attention.shared_kv_layers"), layers)
    every = said.number("full_attention_interval") or 1
    return tuple(
        count * (narrow if windowed[index] else wide) if index < own and (index + 1) % every == 0 else 0
        for index, count in enumerate(shared)
    )


def _key_and_value(said: _Said, kind: str, head: int) -> int:
    key = said.number(f"attention.key_length{kind}") or head
    return key + (said.number(f"attention.value_length{kind}") or key)


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
