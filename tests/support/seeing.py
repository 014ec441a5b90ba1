"""A projector with which llama.cpp really takes pictures in, though a scripted model sees nothing in them."""

from pathlib import Path

import gguf
import numpy as np

IMAGE, PATCH, WIDTH, FEED_FORWARD = 28, 14, 16, 16
TOKENS = (IMAGE // PATCH) ** 2  # of each picture


def seeing_projector(whole: Path, path: Path) -> Path:
    """Write the projector for the model ``whole`` to ``path``: every weight is zero."""
    size = int(gguf.GGUFReader(whole).fields["llama.embedding_length"].contents())
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_type("mmproj")
    writer.add_bool("clip.has_vision_encoder", val=True)
    writer.add_string("clip.projector_type", "mlp")
    writer.add_bool("clip.use_gelu", val=True)
    numbers = {
        "image_size": IMAGE,
        "patch_size": PATCH,
        "embedding_length": WIDTH,
        "feed_forward_length": FEED_FORWARD,
        "block_count": 2,
        "projection_dim": size,
        "attention.head_count": 1,
    }
    for name, number in numbers.items():
        writer.add_uint32(f"clip.vision.{name}", number)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-5)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    for name, shape in _shapes(size).items():
        writer.add_tensor(name, np.zeros(shape, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _shapes(size: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "v.patch_embd.weight": (WIDTH, 3, PATCH, PATCH),
        "v.position_embd.weight": (TOKENS + 1, WIDTH),
        "v.class_embd": (WIDTH,),
        "v.pre_ln.weight": (WIDTH,),
        "v.pre_ln.bias": (WIDTH,),
        "v.post_ln.weight": (WIDTH,),
        "v.post_ln.bias": (WIDTH,),
        "mm.0.weight": (size, WIDTH),
        "mm.0.bias": (size,),
        "mm.2.weight": (size, size),
        "mm.2.bias": (size,),
    }
    for layer in range(2):
        for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
            shapes[f"v.blk.{layer}.{name}.weight"] = (WIDTH, WIDTH)
            shapes[f"v.blk.{layer}.{name}.bias"] = (WIDTH,)
        for name in ("ln1", "ln2"):
            shapes[f"v.blk.{layer}.{name}.weight"] = (WIDTH,)
            shapes[f"v.blk.{layer}.{name}.bias"] = (WIDTH,)
        shapes[f"v.blk.{layer}.ffn_up.weight"] = (FEED_FORWARD, WIDTH)
        shapes[f"v.blk.{layer}.ffn_up.bias"] = (FEED_FORWARD,)
        shapes[f"v.blk.{layer}.ffn_down.weight"] = (WIDTH, FEED_FORWARD)
        shapes[f"v.blk.{layer}.ffn_down.bias"] = (WIDTH,)
    return shapes
