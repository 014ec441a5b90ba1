"""The first bytes of a GGUF file, with the settings of a known model and a vocabulary of any length."""

import struct
from collections.abc import Mapping, Sequence

TEXT, ARRAY, NUMBER, FLOAT = 8, 9, 4, 6
LLAMA = {
    "general.architecture": "llama",
    "llama.block_count": 32,
    "llama.context_length": 131_072,
    "llama.embedding_length": 4096,
    "llama.feed_forward_length": 14_336,
    "llama.attention.head_count": 32,
    "llama.attention.head_count_kv": 8,
}


def gguf_start(settings: Mapping[str, object], *, words: int, merges: int = 0, entries: int = -1) -> bytes:
    """A header without tensors.

    Args:
        settings: before the vocabulary; numbers, texts and arrays of texts or numbers.
        words: of the vocabulary.
        merges: that come before it, as where the keys are sorted.
        entries: how many it claims to have; -1: as many as it has.
    """
    told: dict[str, object] = dict(settings)
    if merges:
        told["tokenizer.ggml.merges"] = [f"merge {number}" for number in range(merges)]
    told["tokenizer.ggml.tokens"] = [f"word {number}" for number in range(words)]
    told["general.file_type"] = 15
    count = len(told) if entries < 0 else entries
    body = b"".join(_text(key) + _value(value) for key, value in told.items())
    return b"GGUF" + struct.pack("<IQQ", 3, 0, count) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: object) -> bytes:
    match value:
        case str():
            return struct.pack("<I", TEXT) + _text(value)
        case int():
            return struct.pack("<II", NUMBER, value)
        case Sequence():
            kind = TEXT if value and isinstance(value[0], str) else NUMBER
            items = b"".join(_text(item) if isinstance(item, str) else struct.pack("<I", item) for item in value)
            return struct.pack("<IIQ", ARRAY, kind, len(value)) + items
        case _:
            raise TypeError(value)
