"""Files that go with a model: a LoRA adapter, a projector."""

from pathlib import Path

import gguf
import numpy as np


def mute_adapter(whole: Path, path: Path) -> Path:
    """Write a LoRA adapter for the scripted model ``whole`` that makes it end every answer before its first token."""
    reader = gguf.GGUFReader(whole)
    output = next(tensor for tensor in reader.tensors if tensor.name == "output.weight")
    width, count = (int(size) for size in output.shape)
    end = int(reader.fields["tokenizer.ggml.eos_token_id"].contents())
    constant = _constant_dimension(reader)
    down, up = np.zeros((1, width), np.float32), np.zeros((count, 1), np.float32)
    down[0, constant] = 1
    up[end, 0] = 1000
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, 1.0)
    writer.add_tensor("output.weight.lora_a", down)
    writer.add_tensor("output.weight.lora_b", up)
    _write(writer)
    return path


def _constant_dimension(reader: gguf.GGUFReader) -> int:
    """The dimension that is 1 for every token of a scripted model."""
    table = next(tensor for tensor in reader.tensors if tensor.name == "token_embd.weight")
    rows = gguf.dequantize(table.data, table.tensor_type)
    (dimensions,) = np.where((rows == 1).all(axis=0))
    return int(dimensions[0])


def projector(path: Path, *, hears: bool = False) -> Path:
    """Write what looks like a projector to who reads its header; nothing can be seen with it."""
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_type("mmproj")
    writer.add_bool("clip.has_vision_encoder", val=True)
    writer.add_bool("clip.has_audio_encoder", val=hears)
    writer.add_string("clip.projector_type", "mlp")
    writer.add_tensor("mm.0.weight", np.zeros((32, 32), np.float32))
    _write(writer)
    return path


def _write(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
