"""The large layers of a new model: weights, projectors and adapters among its files, and parts to be joined."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from ollama_desk.domain.errors import ModelFileError
from ollama_desk.registry.blobs import BlobFolder
from ollama_desk.registry.gguf import MAGIC, GgufHeader, read_gguf
from ollama_desk.registry.layers import ADAPTER, MODEL, PROJECTOR
from ollama_desk.registry.manifests import Layer
from ollama_desk.registry.merging import merged
from ollama_desk.registry.stretches import Stamp

ORDER = {MODEL: 0, PROJECTOR: 1, ADAPTER: 2}
PART_NAME = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.gguf")
UNQUANTIZED = ("F16", "BF16", "F32")
TARGETS = ("F32", "F16", "Q4_K_S", "Q4_K_M", "Q8_0")

UNKNOWN_TYPE = "unknown type"  # Ollama's words, here and below
ONE_ADAPTER = "only one adapter is currently supported"
ONLY_UNQUANTIZED = "quantization is only supported for F16, BF16 and F32 models"
SAFETENSORS = (
    "This server makes models of GGUF files only. Convert the safetensors with llama.cpp's convert_hf_to_gguf.py, "
    "or get the model as GGUF."
)
NO_QUANTIZING = (
    "This server does not quantize. Get the model quantized, or quantize the GGUF file with llama.cpp's llama-quantize."
)


@dataclass(frozen=True, slots=True)
class BigFile:
    """A GGUF blob, what it is for, and what its header says."""

    layer: Layer
    header: GgufHeader


def refuse_odd_files(files: Mapping[str, str], blobs: BlobFolder) -> None:
    """Refuse files of which no model can be made, by their names or their first bytes.

    Raises:
        ModelFileError: there are such.
    """
    for name, digest in files.items():
        if name.endswith(".safetensors"):
            raise ModelFileError(SAFETENSORS)
        if name.endswith(".gguf"):
            return
        if blobs.has(digest) and blobs.start(digest, len(MAGIC)) == MAGIC:
            return
    if files:
        raise ModelFileError(UNKNOWN_TYPE)


def examined(files: Mapping[str, str], blobs: BlobFolder) -> dict[str, BigFile]:
    """What the blobs of ``files`` are, in the order of their names.

    Raises:
        ModelFileError: one is missing or no GGUF that can be used.
    """
    found = {}
    for name in sorted(files):
        digest = files[name].replace("-", ":")
        header = read_gguf(blobs.path(digest))
        kind = PROJECTOR if header.is_projector else ADAPTER if header.is_adapter else MODEL
        found[name] = BigFile(Layer(kind, digest, blobs.size(digest)), header)
    return found


def in_order(files: list[BigFile]) -> list[BigFile]:
    """The weights first, then what goes with them.

    Raises:
        ModelFileError: there are no weights.
    """
    files = sorted(files, key=lambda file: ORDER[file.layer.media_type])
    if not files or files[0].layer.media_type != MODEL:
        msg = "There are no weights among the files. Give a GGUF file of a whole model."
        raise ModelFileError(msg)
    return files


def refuse_odd_adapters(adapters: Mapping[str, str], blobs: BlobFolder) -> None:
    """As ``refuse_odd_files``; several adapters are refused too."""
    refuse_odd_files(adapters, blobs)
    if len(adapters) > 1:
        raise ModelFileError(ONE_ADAPTER)


def adapters_of(adapters: Mapping[str, str], blobs: BlobFolder) -> list[BigFile]:
    """What was given as adapter.

    Raises:
        ModelFileError: it is none.
    """
    found = list(examined(adapters, blobs).values())
    for file in found:
        if file.layer.media_type != ADAPTER:
            msg = "The file that is given as adapter is a model of its own. Give a LoRA adapter in GGUF format."
            raise ModelFileError(msg)
    return found


def split_groups(files: Mapping[str, BigFile]) -> Iterator[list[str]]:
    """The names of the files that are parts of one model, in their order.

    Raises:
        ModelFileError: a part is missing, or its name and its header contradict each other.
    """
    groups: dict[tuple[str, int], dict[int, str]] = {}
    for name, file in files.items():
        count = file.header.number("split.count")
        if count > 1:
            prefix, index = _place(name, file.header, count)
            parts = groups.setdefault((prefix, count), {})
            if index in parts:
                raise ModelFileError(f"split GGUF has duplicate shard index {index}")
            parts[index] = name
    for (_, count), parts in groups.items():
        if len(parts) != count:
            first = parts[min(parts)]
            raise ModelFileError(f'split GGUF "{first}" has {len(parts)} shards, expected {count}')
        yield [parts[index] for index in range(count)]


def joined(parts: list[BigFile], blobs: BlobFolder) -> Iterator[BigFile | None]:
    """Write ``parts`` as one blob: yields ``None`` now and then while it is at it, the blob at the end.

    Raises:
        ModelFileError: a part is damaged.
        StorageError: it cannot be written.
    """
    source = merged([(Stamp.of(blobs.path(part.layer.digest)), part.header) for part in parts])
    with blobs.gatherer() as gatherer:
        for number, piece in enumerate(source.pieces()):
            gatherer.write(piece)
            if number % REST_PIECES == REST_PIECES - 1:
                yield None
        digest = gatherer.finish()
    path = blobs.path(digest)
    yield BigFile(Layer(parts[0].layer.media_type, digest, source.size_bytes), read_gguf(path))


REST_PIECES = 64


def refuse_quantizing(wanted: str, weights: GgufHeader) -> None:
    """Refuse to quantize, in the real server's words where it refuses too; what is so already is fine.

    Raises:
        ModelFileError: ``wanted`` is no type, or not that of ``weights``.
    """
    target = wanted.upper()
    if target not in (*TARGETS, "Q4_K", "BF16"):
        supported = ", ".join(TARGETS)
        raise ModelFileError(f"unsupported quantization type {target} - supported types are {supported}")
    if weights.quantization not in UNQUANTIZED:
        raise ModelFileError(ONLY_UNQUANTIZED)
    if weights.quantization != target:
        raise ModelFileError(NO_QUANTIZING)


def _place(name: str, header: GgufHeader, count: int) -> tuple[str, int]:
    """The name that the parts share, and which part this is, from 0."""
    match = PART_NAME.fullmatch(PurePosixPath(name).name)
    if match is None:
        raise ModelFileError(f'split GGUF "{name}" must use llama.cpp split filename pattern')
    index, named = int(match[2]) - 1, int(match[3])
    if named != count:
        raise ModelFileError(f'split GGUF "{name}" filename count {named} does not match metadata count {count}')
    if header.number("split.no") != index:
        said = header.number("split.no")
        raise ModelFileError(f'split GGUF "{name}" filename index {index} does not match metadata index {said}')
    return match[1], index
