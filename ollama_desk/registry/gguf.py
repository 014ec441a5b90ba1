"""What the header of a GGUF file says, read without trusting a single number in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TypeAlias

from ollama_desk.domain.errors import ModelFileError
from ollama_desk.registry.gguf_bytes import NOT_GGUF, ByteReader, GgufArray, Scalar
from ollama_desk.registry.gguf_types import FILE_TYPES, TENSOR_TYPES, UNKNOWN_FILE_TYPE

MAGIC = b"GGUF"
MAX_ENTRIES = 100_000  # of either kind; the largest models have some thousand tensors
MAX_DIMENSIONS = 8
MAX_WEIGHTS = 1 << 46  # of one tensor; all of them together fit the integers of JSON
DEFAULT_ALIGNMENT = 32
BILLION, MILLION, THOUSAND = 10**9, 10**6, 10**3

Value: TypeAlias = Scalar | GgufArray


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """A tensor as the header lists it. ``shape`` begins with the dimension that lies together in memory."""

    name: str
    shape: tuple[int, ...]
    kind: str  # "F32", "Q4_K" …
    offset: int  # bytes, from the start of the tensor data
    size_bytes: int  # 0 where the type is unknown to us


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """The metadata and the list of tensors."""

    version: int
    metadata: Mapping[str, Value]  # in the order of the file
    tensors: tuple[TensorInfo, ...]

    @property
    def architecture(self) -> str:
        return self.text("general.architecture") or "unknown"

    @property
    def parameter_count(self) -> int:
        return sum(prod(tensor.shape) for tensor in self.tensors)

    @property
    def parameter_size(self) -> str:
        """The count as Ollama words it: 8B, 3.2B, 20.47M."""
        return human_number(self.parameter_count)

    @property
    def quantization(self) -> str:
        """Such as "Q4_K_M"; "unknown" where the file does not say."""
        return FILE_TYPES.get(self.number("general.file_type"), UNKNOWN_FILE_TYPE)

    @property
    def chat_template(self) -> str:
        """The jinja template; empty where there is none."""
        return self.text("tokenizer.chat_template")

    @property
    def context_length(self) -> int:
        """Tokens that the model was trained for; 0 where the file does not say."""
        return self.number(f"{self.architecture}.context_length")

    @property
    def embedding_length(self) -> int:
        return self.number(f"{self.architecture}.embedding_length")

    @property
    def pooling_type(self) -> int | None:
        """Set in models that are made for embeddings."""
        key = f"{self.architecture}.pooling_type"
        return self.number(key) if key in self.metadata else None

    @property
    def is_projector(self) -> bool:
        """Whether this is the part of a model that sees or hears."""
        if self.architecture == "clip" or self.text("general.type") in ("mmproj", "projector"):
            return True
        blocks, vision = f"{self.architecture}.block_count", f"{self.architecture}.vision.block_count"
        return not self.number(blocks) and self.number(vision) > 0

    @property
    def is_adapter(self) -> bool:
        return self.text("general.type") == "adapter"

    def text(self, key: str) -> str:
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0


def read_gguf(path: Path, *, array_limit: int = 64) -> GgufHeader:
    """Read the header of ``path``; reads and keeps no more than the file really holds.

    Args:
        path: the file.
        array_limit: longer arrays (the vocabulary) are counted, not kept.

    Raises:
        ModelFileError: it is not GGUF, is damaged, or ends before its last tensor does.
    """
    try:
        with path.open("rb") as file:
            reader = ByteReader(file, size=path.stat().st_size)
            return _read(reader, array_limit)
    except OSError as error:
        raise ModelFileError(f"open {path}: {(error.strerror or str(error)).lower()}") from error


def human_number(count: int) -> str:
    """A count as Ollama shows it."""
    if count >= BILLION:
        return f"{count // BILLION}B" if count % BILLION == 0 else f"{count / BILLION:.1f}B"
    if count >= MILLION:
        return f"{count // MILLION}M" if count % MILLION == 0 else f"{count / MILLION:.2f}M"
    if count >= THOUSAND:
        return f"{count / THOUSAND:.0f}K"
    return str(count)


def _read(reader: ByteReader, array_limit: int) -> GgufHeader:
    if reader.size < len(MAGIC) or reader.take(len(MAGIC)) != MAGIC:
        raise ModelFileError(NOT_GGUF)
    version = reader.u32()
    if version not in (2, 3):
        msg = f"This GGUF file is of version {version}, which cannot be read. Get the model in a newer format."
        raise ModelFileError(msg)
    tensors, entries = reader.u64(), reader.u64()
    if tensors > MAX_ENTRIES or entries > MAX_ENTRIES:
        msg = f"The file is damaged: its header promises {tensors} tensors and {entries} settings. Get the model again."
        raise ModelFileError(msg)
    metadata: dict[str, Value] = {}
    for _ in range(entries):
        key = reader.string()
        metadata[key] = reader.value(reader.u32(), array_limit)
    header = GgufHeader(version, metadata, tuple(_tensor(reader) for _ in range(tensors)))
    _check_extent(header, reader)
    return header


def _tensor(reader: ByteReader) -> TensorInfo:
    name, dimensions = reader.string(), reader.u32()
    if dimensions > MAX_DIMENSIONS:
        msg = f'The file is damaged: its tensor "{name}" has {dimensions} dimensions. Get the model again.'
        raise ModelFileError(msg)
    shape = tuple(reader.u64() for _ in range(dimensions))
    if prod(shape) > MAX_WEIGHTS:
        raise ModelFileError(f'The file is damaged: its tensor "{name}" has no end. Get the model again.')
    kind, offset = reader.u32(), reader.u64()
    label, weights, size = TENSOR_TYPES.get(kind, (f"type {kind}", 1, 0))
    return TensorInfo(name, shape, label, offset, prod(shape) * size // weights)


def _check_extent(header: GgufHeader, reader: ByteReader) -> None:
    alignment = header.number("general.alignment") or DEFAULT_ALIGNMENT
    data = -(-reader.position // alignment) * alignment if alignment > 0 else reader.position
    for tensor in header.tensors:
        end = data + tensor.offset + tensor.size_bytes
        if end > reader.size:
            msg = f'tensor "{tensor.name}" offset+size ({end}) exceeds file size ({reader.size})'  # as Ollama says it
            raise ModelFileError(msg)
