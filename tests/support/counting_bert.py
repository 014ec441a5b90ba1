"""The counting embedder once more as BERT, the architecture of most models for embeddings that people run.

Its attention looks both ways, so that a text must go in at once; its norms move every vector, which a bias undoes.
"""

import math
from pathlib import Path

import gguf
import numpy as np

from tests.support.counting_embedder import AROUND, OTHER, WIDTH

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def counting_bert(path: Path, *, context_length: int = 64) -> Path:
    """Write the model to ``path``; ``counted`` says what it answers to words of small letters, without the spaces.

    Args:
        path: the GGUF to write.
        context_length: in tokens, as many as it has positions.
    """
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(context_length)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(1)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(value=False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    _add_tokens(writer)
    _add_tensors(writer, context_length)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokens(writer: gguf.GGUFWriter) -> None:
    tokens = [*SPECIALS, *(f"▁{letter}" for letter in LETTERS), *LETTERS]
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    kinds = [gguf.TokenType.CONTROL] * len(SPECIALS) + [gguf.TokenType.NORMAL] * (len(tokens) - len(SPECIALS))
    writer.add_token_types(kinds)
    writer.add_token_type_count(1)
    writer.add_pad_token_id(0)
    writer.add_unk_token_id(1)
    writer.add_bos_token_id(2)
    writer.add_sep_token_id(3)
    writer.add_eos_token_id(3)


def _add_tensors(writer: gguf.GGUFWriter, context_length: int) -> None:
    table = np.zeros((len(SPECIALS) + 2 * len(LETTERS), WIDTH), np.float32)
    table[: len(SPECIALS), AROUND] = 1
    table[1, :] = 0
    table[1, OTHER] = 1
    for number in range(len(LETTERS)):
        table[[len(SPECIALS) + number, len(SPECIALS) + len(LETTERS) + number], number + 1] = 1
    writer.add_tensor("token_embd.weight", table)
    writer.add_tensor("token_types.weight", np.zeros((1, WIDTH), np.float32))
    writer.add_tensor("position_embd.weight", np.zeros((context_length, WIDTH), np.float32))
    for norm in ("token_embd_norm", "blk.0.attn_output_norm", "blk.0.layer_output_norm"):
        writer.add_tensor(f"{norm}.weight", np.ones(WIDTH, np.float32))
        # a one-hot row of this width comes out of the norm with this much less everywhere else
        writer.add_tensor(f"{norm}.bias", np.full(WIDTH, 1 / math.sqrt(WIDTH - 1), np.float32))
    for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_up", "ffn_down"):
        writer.add_tensor(f"blk.0.{name}.weight", np.zeros((WIDTH, WIDTH), np.float32))
        writer.add_tensor(f"blk.0.{name}.bias", np.zeros(WIDTH, np.float32))
