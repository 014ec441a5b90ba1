"""A model for embeddings whose vectors can be counted by hand: each letter of a text is one dimension.

A token's embedding is one-hot, the layer adds nothing, and the pooling takes the mean: so the vector of a text is how
often each letter occurs, made as long as 1. Dimension 0 counts the tokens that the model itself puts around a text,
1 to 26 the letters from "a" to "z", 27 everything else.
"""

import math
from pathlib import Path

import gguf
import numpy as np

WIDTH = 32
AROUND, OTHER = 0, 27
BYTES_AT = 3  # after <unk>, <s>, </s>


def counting_embedder(path: Path, *, context_length: int = 2048, ends: bool = True, counts: bool = True) -> Path:
    """Write the model to ``path``.

    Args:
        path: the GGUF to write, some 100 KB.
        context_length: in tokens.
        ends: put a token after each text as well as the one before it, as BERT and its like do.
        counts: otherwise the vector is that of the last token alone.
    """
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("Counting")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(context_length)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(1)
    writer.add_head_count_kv(1)
    writer.add_rope_dimension_count(WIDTH)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_pooling_type(gguf.PoolingType.MEAN if counts else gguf.PoolingType.LAST)
    _add_tokens(writer, ends=ends)
    _add_tensors(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def counted(text: str, *, ends: bool = True) -> list[float]:
    """The vector that the model gives for ``text`` (without spaces, which the vocabulary writes in three bytes)."""
    counts = [0.0] * WIDTH
    counts[AROUND] = 2.0 if ends else 1.0
    for byte in text.encode():
        counts[_dimension(byte)] += 1
    length = math.sqrt(sum(count * count for count in counts))
    return [count / length for count in counts]


def _dimension(byte: int) -> int:
    return byte - ord("a") + 1 if ord("a") <= byte <= ord("z") else OTHER


def _add_tokens(writer: gguf.GGUFWriter, *, ends: bool) -> None:
    special = gguf.TokenType.CONTROL
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))])
    writer.add_token_scores([0.0] * (BYTES_AT + 256))
    writer.add_token_types([gguf.TokenType.UNKNOWN, special, special, *([gguf.TokenType.BYTE] * 256)])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(value=True)
    writer.add_add_eos_token(value=ends)
    writer.add_add_space_prefix(value=False)


def _add_tensors(writer: gguf.GGUFWriter) -> None:
    table = np.zeros((BYTES_AT + 256, WIDTH), np.float32)
    table[:BYTES_AT, AROUND] = 1
    for byte in range(256):
        table[BYTES_AT + byte, _dimension(byte)] = 1
    writer.add_tensor("token_embd.weight", table)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", np.ones(WIDTH, np.float32))
    for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        writer.add_tensor(f"blk.0.{name}.weight", np.zeros((WIDTH, WIDTH), np.float32))
