"""Builds tiny models that llama.cpp really runs and whose answers are known in advance.

The network is a first-order chain: each token's embedding is a random row of ±1, and the row of the output matrix of
a token is the embedding of the token before it in its script, so the script runs on by itself. One attention head
finds the trigger word: its score falls by ``SLOPE`` a token of distance (RoPE gives that), so the nearest trigger
within ``reach`` tokens of the end of the prompt decides which script starts, whatever the chat template puts after it.
Plain text is one token a byte here. Every weight is a small whole number times a scale of its row, which Q4_0 holds
exactly: the file is the same, byte for byte, on every machine.
"""

import hashlib
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt

from tests.support.scripted_vocabulary import EOS, Vocabulary, vocabulary

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CHATML_TAGS = ("<|im_start|>", "<|im_end|>")
# The dimensions of the state: WIDTH random ones, 16 that say "no script runs", 1 for every token, 1 for triggers, and
# one for each script's triggers.
WIDTH = 256
CONSTANT = WIDTH + 16
FLAG = CONSTANT + 1
PEAK = 128.0  # logit of the next token of a script; the noise in those of all others is PEAK / √WIDTH
TRIGGER = 0.5  # the strength of a trigger, where the chain has 1 and the default 0.25
HEAD = 64  # size of the attention head; its last two dimensions are the slowest pair of RoPE
SLOPE = 2.0  # what a trigger's score loses with each token of distance
MARGIN = 15.0  # logits by which the right token must win, so that temperature does not matter
FEED_FORWARD = 32

Rows = npt.NDArray[np.int8]
Scale = float | npt.NDArray[np.float32]  # of all rows, or of each


@dataclass(frozen=True, slots=True)
class Weights:
    """The matrices as whole numbers."""

    embedding: Rows  # (tokens, size)
    output: Rows  # (tokens, size); the numbers of the model are PEAK / WIDTH times as large
    directions: Rows  # (scripts, WIDTH): what a trigger adds to the state

    @property
    def size(self) -> int:
        return int(self.embedding.shape[1])


@dataclass(frozen=True, slots=True)
class Head:
    """What the attention head's whole numbers are scaled with."""

    rope_base: int
    query: float
    keys: tuple[float, float]  # of the two dimensions that turn slowest
    push: float


def build(
    path: Path,
    scripts: Mapping[tuple[str, ...], str],
    default: str,
    *,
    name: str = "Scripted",
    template: str = CHATML,
    specials: tuple[str, ...] = CHATML_TAGS,
    endless: Collection[str] = (),
    context_length: int = 32768,
    reach: int = 100,
    idle_layers: int = 0,
    feed_forward: int = FEED_FORWARD,
    seed: int = 1,
    embeds: bool = False,
) -> float:
    """Write the model to ``path``.

    Args:
        path: the GGUF to write.
        scripts: the answer for each group of trigger words. A word counts anywhere, inside other words too.
        default: the answer where no trigger is near.
        name: what the file says it is.
        template: the chat template, in jinja.
        specials: the template's tags, one token each.
        endless: trigger words of scripts that start over instead of ending.
        context_length: in tokens; further back no trigger can come into reach again.
        reach: tokens, which are bytes of plain text, from the end of the prompt in which a trigger counts.
        idle_layers: further layers that change nothing and take their time.
        feed_forward: size of the network in each layer, which changes nothing either and makes the model as big as
            one likes: 500 bytes a layer and unit.
        seed: of the embeddings.
        embeds: say in the file that the model is one for embeddings.

    Returns:
        The logits by which the right token wins at the worst place.

    Raises:
        ValueError: the scripts cannot be told apart, or one would start another again.
    """
    words = vocabulary(scripts, default, specials=specials, endless=endless, reach=reach)
    weights = _weights(words, len(scripts), seed)
    margin = _margin(words, weights)
    if margin < MARGIN:
        msg = f"the right token wins by {margin:.1f} logits only; use another seed or less text"
        raise ValueError(msg)
    writer = gguf.GGUFWriter(path, "llama")
    head = _head(context_length, reach, round(math.sqrt((WIDTH + 1) / weights.size), 3))
    writer.add_name(name)
    writer.add_context_length(context_length)
    writer.add_embedding_length(weights.size)
    writer.add_rope_freq_base(head.rope_base)
    if embeds:
        writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_chat_template(template)
    _add_constants(writer, layers=1 + idle_layers, feed_forward=feed_forward)
    _add_tokens(writer, words)
    _add_tensors(writer, weights, head, feed_forward)
    for layer in range(1, 1 + idle_layers):
        _add_layer(writer, layer, _empty_layer(weights.size, feed_forward), {})
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return margin


def _signs(seed: int, row: str) -> Rows:
    """A row of ±1 that depends on nothing but its arguments: numpy's generators may change with its version."""
    bits = np.unpackbits(np.frombuffer(hashlib.shake_128(f"{seed} {row}".encode()).digest(WIDTH // 8), np.uint8))
    return 1 - 2 * bits.astype(np.int8)


def _weights(words: Vocabulary, scripts: int, seed: int) -> Weights:
    """Tokens that lead to the same one share their embedding."""
    count = len(words.tokens)
    size = -(-(FLAG + 1 + scripts) // 32) * 32
    embedding, output = np.zeros((count, size), np.int8), np.zeros((count, size), np.int8)
    embedding[:, CONSTANT] = 1
    for token, following in words.follows.items():
        embedding[token, :WIDTH] = output[following, :WIDTH] = _signs(seed, f"before {following}")
    plain = [token for token in range(count) if token not in words.follows]
    embedding[plain, WIDTH:CONSTANT] = 4  # as long as a random row: 16 · 4² = 256
    output[words.starts[0], WIDTH:CONSTANT] = 1  # so the default has a quarter of the chain's strength
    for token, script in words.triggers.items():
        embedding[token, FLAG] = embedding[token, FLAG + 1 + script] = 1
    directions = np.stack([_signs(seed, f"script {script}") for script in range(scripts)])
    for script, start in enumerate(words.starts[1:]):
        output[start, :WIDTH] += directions[script]
    return Weights(embedding, output, directions)


def _margin(words: Vocabulary, weights: Weights) -> float:
    """Run every step of every script, under every trigger and none: by how much does the right token win?"""
    table = weights.output.astype(np.float32).T * np.float32(PEAK / WIDTH)
    steps = np.array([0, *words.follows])  # token 0 stands for the end of a prompt
    states = weights.embedding[steps].astype(np.float32)
    logits = states @ table
    worst = math.inf
    for script, start in enumerate(words.starts, start=-1):
        push = np.zeros(weights.size, np.float32)
        if script >= 0:
            push[:WIDTH] = TRIGGER * weights.directions[script].astype(np.float32)
        rms = np.sqrt(((states + push) ** 2).mean(axis=1, keepdims=True))
        worst = min(worst, _lead((logits + push @ table) / rms, np.array([start, *words.follows.values()])))
    return worst


def _lead(logits: npt.NDArray[np.float32], right: npt.NDArray[np.int64]) -> float:
    rows = np.arange(len(right))
    best = logits[rows, right]
    logits[rows, right] = -np.inf
    return float((best - logits.max(axis=1)).min())


def _head(context_length: int, reach: int, rms: float) -> Head:
    """A head whose score(distance) = R cos(θ distance + φ), which is SLOPE · (reach − distance) for small distances.

    θ is so small that the cosine does not come back up within the context.

    Args:
        context_length: in tokens.
        reach: in tokens.
        rms: what every embedding is divided by before the head sees it.
    """
    theta = 3.0 / context_length
    phi = math.atan2(1.0, theta * reach)
    strength = math.sqrt(SLOPE / (theta * math.sin(phi)) * math.sqrt(HEAD)) * rms
    # rounded, since the last bits of sine and cosine differ between machines
    return Head(
        rope_base=round(theta ** (-HEAD / (HEAD - 2))),
        query=round(strength, 2),
        keys=(round(strength * math.cos(phi), 3), round(-strength * math.sin(phi), 2)),
        push=round(TRIGGER * rms, 3),
    )


def _add_constants(writer: gguf.GGUFWriter, *, layers: int, feed_forward: int) -> None:
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(1)
    writer.add_head_count_kv(1)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_dimension_count(HEAD)  # llama.cpp insists that all of the head is rotated
    writer.add_layer_norm_rms_eps(1e-5)


def _add_tokens(writer: gguf.GGUFWriter, words: Vocabulary) -> None:
    writer.add_vocab_size(len(words.tokens))
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(words.tokens)
    writer.add_token_scores([0.0] * len(words.tokens))
    writer.add_token_types([int(kind) for kind in words.kinds])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(EOS)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(value=True)
    writer.add_add_space_prefix(value=False)


def _add_tensors(writer: gguf.GGUFWriter, weights: Weights, head: Head, feed_forward: int) -> None:
    """Add the vocabulary's matrices and the layer with the head."""
    _add(writer, "token_embd", weights.embedding)
    writer.add_tensor("output_norm.weight", np.ones(weights.size, np.float32))
    _add(writer, "output", weights.output, PEAK / WIDTH)
    scripts = len(weights.directions)
    matrices = _empty_layer(weights.size, feed_forward)
    matrices["attn_q"][HEAD - 2, CONSTANT] = 1
    matrices["attn_k"][HEAD - 2 :, FLAG] = 1
    for script in range(scripts):
        matrices["attn_v"][script, FLAG + 1 + script] = 1
    matrices["attn_output"][:WIDTH, :scripts] = weights.directions.T
    scales: dict[str, Scale] = {"attn_q": head.query, "attn_output": head.push}
    scales["attn_k"] = np.array([1.0] * (HEAD - 2) + [*head.keys], np.float32)
    _add_layer(writer, 0, matrices, scales)


def _empty_layer(size: int, feed_forward: int) -> dict[str, Rows]:
    """A layer whose attention and feed-forward network add nothing."""
    shapes = dict.fromkeys(("attn_q", "attn_k", "attn_v"), (HEAD, size)) | {"attn_output": (size, HEAD)}
    shapes |= dict.fromkeys(("ffn_gate", "ffn_up"), (feed_forward, size)) | {"ffn_down": (size, feed_forward)}
    return {name: np.zeros(shape, np.int8) for name, shape in shapes.items()}


def _add_layer(writer: gguf.GGUFWriter, layer: int, matrices: dict[str, Rows], scales: dict[str, Scale]) -> None:
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(matrices["attn_q"].shape[1], np.float32))
    for name, rows in matrices.items():
        _add(writer, f"blk.{layer}.{name}", rows, scales.get(name, 1.0))


def _add(writer: gguf.GGUFWriter, name: str, rows: Rows, scale: Scale = 1.0) -> None:
    """Add a matrix in Q4_0: blocks of 32 numbers from −8 to 7, each after its scale in half precision."""
    blocks = (rows + 8).astype(np.uint8).reshape(len(rows), -1, 32)
    row_scales = np.broadcast_to(scale, (len(rows),)).astype("<f2")
    halves = np.repeat(row_scales.view(np.uint8).reshape(-1, 1, 2), blocks.shape[1], axis=1)
    packed = np.concatenate([halves, blocks[..., :16] | blocks[..., 16:] << 4], axis=2).reshape(len(rows), -1)
    writer.add_tensor(f"{name}.weight", packed, raw_dtype=gguf.GGMLQuantizationType.Q4_0)
