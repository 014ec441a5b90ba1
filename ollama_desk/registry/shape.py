"""The shape of a model from its GGUF file: a whole header, or the first bytes of one that is somewhere else."""

from collections.abc import Mapping
from io import BytesIO

from ollama_desk.domain.errors import ModelFileError
from ollama_desk.domain.model_shape import ModelShape, shape_of_keys
from ollama_desk.registry.gguf import MAGIC, MAX_ENTRIES, GgufHeader, Value
from ollama_desk.registry.gguf_bytes import ARRAY, NOT_GGUF, ByteReader, GgufArray

MOST_START = 16 << 20  # bytes that are looked at of a file elsewhere: the largest vocabularies take some 10 MB
LONGEST_KEPT = 512  # items of an array: one for each layer
COUNTED = ("tokenizer.ggml.tokens", "tokenizer.ggml.scores", "tokenizer.ggml.token_type")  # one item for each word
VERSIONS = (2, 3)


def shape_of(header: GgufHeader) -> ModelShape:
    """The shape of the model with this header."""
    return _shape(header.metadata)


def shape_of_start(start: bytes, size_bytes: int) -> ModelShape | None:
    """The shape of a file that begins with ``start``; None while more of it is needed to tell.

    The settings of the model stand before those of its vocabulary, so that most files need a few KiB. Where the keys
    are sorted by name, as Ollama's own converter writes them, the merges come before the vocabulary and are read too.

    Args:
        start: the first bytes.
        size_bytes: of the whole file.

    Raises:
        ModelFileError: it is no GGUF file, or has no model in it that we could tell the shape of.
    """
    if start[: len(MAGIC)] != MAGIC[: len(start)]:
        raise ModelFileError(NOT_GGUF)
    is_all = len(start) >= min(size_bytes, MOST_START)
    found: dict[str, Value] = {}
    try:
        _read(start, found)
    except ModelFileError:
        if not is_all:
            return None
    shape = _shape(found)
    if shape.is_known:
        return shape
    raise ModelFileError("The start of the file does not tell what the model is like.")


def _read(start: bytes, found: dict[str, Value]) -> None:
    """Fill ``found`` with the keys, up to what is enough.

    Raises:
        ModelFileError: ``start`` ends before.
    """
    reader = ByteReader(BytesIO(start), size=len(start))
    reader.take(len(MAGIC))
    if reader.u32() not in VERSIONS:
        raise ModelFileError("This GGUF file is of a version that cannot be read.")
    reader.u64()  # of tensors
    for _ in range(min(reader.u64(), MAX_ENTRIES)):
        key, kind = reader.string(), reader.u32()
        if key in COUNTED and kind == ARRAY:
            head = reader.position + 4  # behind the type of its items stands their number, which is all that counts
            found[key] = GgufArray(int.from_bytes(start[head : head + 8], "little"))
            if len(start) >= head + 8 and _shape(found).is_known:
                return
        found[key] = reader.value(kind, LONGEST_KEPT)


def _shape(metadata: Mapping[str, Value]) -> ModelShape:
    keys = {key: value.values if isinstance(value, GgufArray) else value for key, value in metadata.items()}
    arrays = (metadata.get(key) for key in COUNTED)
    words = max((array.count for array in arrays if isinstance(array, GgufArray)), default=0)
    return shape_of_keys(keys, vocabulary=words)
