"""Puts the parts of a split GGUF together again, as one file that need not be written to be read.

Servers keep each file of a model under its digest, and llama.cpp finds the parts of a model by their names: so a
split model has to become one file. The first part has all the settings; every part has tensors of its own.
"""

from dataclasses import dataclass
from pathlib import Path

from ollama_desk.domain.errors import ModelFileError
from ollama_desk.registry.gguf import DEFAULT_ALIGNMENT, MAGIC, GgufHeader
from ollama_desk.registry.gguf_bytes import ByteReader
from ollama_desk.registry.gguf_types import TENSOR_TYPES
from ollama_desk.registry.stretches import Source, Stamp, Stretch, open_plain

SPLIT_KEYS = "split."
VERSION = 3


@dataclass(frozen=True, slots=True)
class Shard:
    """One part: its settings as they stand in the file, and where its tensors begin."""

    stamp: Stamp
    header: GgufHeader
    entries: tuple[bytes, ...]  # without those about the splitting
    infos: tuple[bytes, ...]  # of the tensors, without their offsets
    data_at: int


def merged(parts: list[tuple[Stamp, GgufHeader]]) -> Source:
    """The whole model that ``parts``, in their order, are made of. Blocks.

    Raises:
        ModelFileError: a part is damaged, or has tensors of a type that is unknown here.
        OSError: a part cannot be read.
    """
    shards = [_shard(stamp, header) for stamp, header in parts]
    alignment = shards[0].header.number("general.alignment") or DEFAULT_ALIGNMENT
    pieces: list[bytes | Stretch] = []
    infos: list[bytes] = []
    at = 0
    for shard in shards:
        for tensor, info in zip(shard.header.tensors, shard.infos, strict=True):
            if tensor.kind not in KNOWN:
                msg = (
                    f"{shard.stamp.path.name} has tensors of a type that is not known here. Get the model as one file."
                )
                raise ModelFileError(msg)
            infos.append(info + at.to_bytes(8, "little"))
            pieces.append(Stretch(shard.stamp.path, shard.data_at + tensor.offset, tensor.size_bytes))
            gap = -tensor.size_bytes % alignment
            pieces += [bytes(gap)] if gap else []
            at += tensor.size_bytes + gap
    head = b"".join(
        (
            MAGIC,
            VERSION.to_bytes(4, "little"),
            len(infos).to_bytes(8, "little"),
            len(shards[0].entries).to_bytes(8, "little"),
            *shards[0].entries,
            *infos,
        )
    )
    return Source((head + bytes(-len(head) % alignment), *pieces), tuple(shard.stamp for shard in shards))


KNOWN = frozenset(label for label, _, _ in TENSOR_TYPES.values())


def _shard(stamp: Stamp, header: GgufHeader) -> Shard:
    with open_plain(stamp.path) as file:
        reader = ByteReader(file, size=stamp.size_bytes)
        reader.take(len(MAGIC) + 4)
        tensors, count = reader.u64(), reader.u64()
        places: list[tuple[int, int]] = []
        for _ in range(count):
            start = reader.position
            key = reader.string()
            reader.value(reader.u32(), 0)
            if not key.startswith(SPLIT_KEYS):
                places.append((start, reader.position))
        infos = tuple(_info(reader) for _ in range(tensors))
        alignment = header.number("general.alignment") or DEFAULT_ALIGNMENT
        data_at = -(-reader.position // alignment) * alignment
    return Shard(stamp, header, _bytes_at(stamp.path, places), infos, data_at)


def _info(reader: ByteReader) -> bytes:
    """A line of the list of tensors, up to its offset."""
    name = reader.take(reader.u64())
    dimensions = reader.u32()
    shape_and_kind = reader.take(8 * dimensions + 4)
    reader.u64()
    return len(name).to_bytes(8, "little") + name + dimensions.to_bytes(4, "little") + shape_and_kind


def _bytes_at(path: Path, places: list[tuple[int, int]]) -> tuple[bytes, ...]:
    with open_plain(path) as file:
        found = []
        for start, end in places:
            file.seek(start)
            found.append(file.read(end - start))
        return tuple(found)
