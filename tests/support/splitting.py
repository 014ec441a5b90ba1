"""Splits the scripted test model as people split large ones: each part a GGUF with a share of the tensors."""

import struct
from pathlib import Path

import gguf

from tests.support.importing import TENSOR_ALIGNMENT, number_entry, tiny_file

MOST = 5  # tensors of a part
OWN = "GGUF."  # what the reader adds to the settings


def split_tiny(folder: Path) -> Path:
    """Write the parts into ``folder``; the path of the first."""
    reader = gguf.GGUFReader(tiny_file(folder / "source" / "tiny.gguf"))
    settings = [
        b"".join(part.tobytes() for part in field.parts)
        for field in reader.fields.values()
        if not field.name.startswith(OWN)
    ]
    shares = [reader.tensors[start : start + MOST] for start in range(0, len(reader.tensors), MOST)]
    for number, share in enumerate(shares):
        about = [number_entry("split.no", number), number_entry("split.count", len(shares))]
        path = folder / f"Tiny-{number + 1:05}-of-{len(shares):05}.gguf"
        path.write_bytes(_part([*(settings if not number else []), *about], share))
    return folder / f"Tiny-00001-of-{len(shares):05}.gguf"


def _part(entries: list[bytes], tensors: list[gguf.ReaderTensor]) -> bytes:
    infos, data = b"", b""
    for tensor in tensors:
        *facts, _offset = tensor.field.parts
        infos += b"".join(part.tobytes() for part in facts) + struct.pack("<Q", len(data))
        content = tensor.data.tobytes()
        data += content + bytes(-len(content) % TENSOR_ALIGNMENT)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries)) + b"".join(entries) + infos
    return head + bytes(-len(head) % TENSOR_ALIGNMENT) + data
