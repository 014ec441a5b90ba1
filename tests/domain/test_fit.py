"""Six architectures against figures that were worked out by hand from the dimensions that their makers published."""

import pytest

from ollama_desk.domain.fit import Fit, GpuMemory, MachineMemory, Verdict, Wish, default_context, reckon, with_freed
from ollama_desk.domain.model_shape import ModelShape, shape_of_keys

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
PROCESS = 64 * MIB
FLOATS = 512 * 4  # bytes of the numbers of one micro batch: 512 tokens, 4 bytes a number


def shape(architecture: str, *, words: int, **keys: object) -> ModelShape:
    told = {f"{architecture}.{name.replace('__', '.')}": value for name, value in keys.items()}
    return shape_of_keys({"general.architecture": architecture, **told}, vocabulary=words)


# config.json of meta-llama/Llama-3.1-8B: hidden_size, num_hidden_layers, num_attention_heads, num_key_value_heads …
LLAMA = shape(
    "llama",
    words=128_256,
    block_count=32,
    context_length=131_072,
    embedding_length=4096,
    feed_forward_length=14_336,
    attention__head_count=32,
    attention__head_count_kv=8,
)
LLAMA_Q4 = 4_920_000_000
# config.json of google/gemma-3-4b-it: head_dim 256, sliding_window 1024, five layers with it and then one without
GEMMA = shape(
    "gemma3",
    words=262_144,
    block_count=34,
    context_length=131_072,
    embedding_length=2560,
    feed_forward_length=10_240,
    attention__head_count=8,
    attention__head_count_kv=4,
    attention__key_length=256,
    attention__value_length=256,
    attention__sliding_window=1024,
)
# config.json of Qwen/Qwen3-30B-A3B: head_dim 128 (not hidden_size / heads), 8 of 128 experts with 768 numbers each
QWEN_MOE = shape(
    "qwen3moe",
    words=151_936,
    block_count=48,
    context_length=40_960,
    embedding_length=2048,
    feed_forward_length=6144,
    expert_count=128,
    expert_used_count=8,
    expert_feed_forward_length=768,
    attention__head_count=32,
    attention__head_count_kv=4,
    attention__key_length=128,
    attention__value_length=128,
)
# config.json of microsoft/Phi-3-mini-4k-instruct: no grouped queries; its window of 2047 is not used by llama.cpp
PHI = shape(
    "phi3",
    words=32_064,
    block_count=32,
    context_length=4096,
    embedding_length=3072,
    feed_forward_length=8192,
    attention__head_count=32,
    attention__head_count_kv=32,
    attention__sliding_window=2047,
)
# config.json of mistralai/Mistral-7B-v0.1: sliding_window 4096, but in a GGUF file it is a "llama", which has none
MISTRAL = shape(
    "llama",
    words=32_000,
    block_count=32,
    context_length=32_768,
    embedding_length=4096,
    feed_forward_length=14_336,
    attention__head_count=32,
    attention__head_count_kv=8,
    attention__sliding_window=4096,
)
# config.json of nomic-ai/nomic-embed-text-v1.5: n_layer 12, n_embd 768, n_head 12, n_inner 3072
NOMIC = shape(
    "nomic-bert",
    words=30_522,
    block_count=12,
    context_length=2048,
    embedding_length=768,
    feed_forward_length=3072,
    attention__head_count=12,
    attention__causal=False,
)


def gpu(total_gib: float, free_gib: float | None = None) -> GpuMemory:
    return GpuMemory(int(total_gib * GIB), int((total_gib if free_gib is None else free_gib) * GIB))


def machine(*gpus: GpuMemory, ram_gib: float = 32, free_gib: float = 24) -> MachineMemory:
    return MachineMemory(gpus, int(ram_gib * GIB), int(free_gib * GIB))


def reckoned(model: ModelShape, context: int, *, cache: str = "f16", slots: int = 1) -> Fit:
    return reckon(model, 0, wish=Wish(context, cache, slots), machine=machine())


def test_llama_shares_keys_and_values_between_four_queries() -> None:
    fit = reckoned(LLAMA, 8192)
    # 8 192 tokens x 32 layers x 8 heads x (128 + 128) numbers x 2 bytes
    assert fit.cache_bytes == 8192 * 131_072 == GIB
    # the chances of 128 256 words and the stream of 4 096 are wider than a layer: 6 x 4 096 + 2 x 14 336 = 53 248
    assert fit.buffer_bytes == FLOATS * 132_352 + PROCESS == 338_165_760
    assert fit.layers == 33


def test_gemma_keeps_the_whole_context_in_every_sixth_layer_only() -> None:
    fit = reckoned(GEMMA, 32_768)
    # layers 6, 12, 18, 24 and 30; each token has 4 heads x (256 + 256) numbers = 4 KiB in a layer
    whole = 5 * 32_768 * 4 * KIB
    # the other 29 keep the window and the batch that is read
    window = 29 * (1024 + 512) * 4 * KIB
    assert fit.cache_bytes == whole + window == 671_088_640 + 182_452_224
    assert fit.buffer_bytes == FLOATS * (262_144 + 2560) + PROCESS


def test_all_experts_take_memory_and_none_of_them_has_a_cache_of_its_own() -> None:
    fit = reckon(QWEN_MOE, 18_600_000_000, wish=Wish(16_384), machine=machine())
    # 16 384 tokens x 48 layers x 4 heads x (128 + 128) x 2 bytes
    assert fit.cache_bytes == 16_384 * 98_304 == 1_610_612_736
    assert (fit.weights_bytes, QWEN_MOE.expert_count) == (18_600_000_000, 128)
    # 8 experts of 768 are as wide as the 6 144 of the plain layer; the words are wider than either
    assert QWEN_MOE.feed_forward_length == 6144
    assert fit.buffer_bytes == FLOATS * (151_936 + 2048) + PROCESS


def test_phi_has_a_head_of_keys_and_values_for_each_query() -> None:
    fit = reckoned(PHI, 4096)
    # 4 096 tokens x 32 layers x 32 heads x (96 + 96) x 2 bytes
    assert fit.cache_bytes == 4096 * 393_216 == 1_610_612_736
    # here a layer is wider than the words: 6 x 3 072 + 2 x 8 192 against 32 064 + 3 072
    assert fit.buffer_bytes == FLOATS * 35_136 + PROCESS


def test_mistral_keeps_everything_whatever_its_window() -> None:
    assert reckoned(MISTRAL, 16_384).cache_bytes == 16_384 * 131_072 == 2 * GIB


def test_an_embedding_model_keeps_nothing() -> None:
    fit = reckon(NOMIC, 274_290_656, wish=Wish(8192), machine=machine())
    assert fit.cache_bytes == 0
    assert fit.buffer_bytes == FLOATS * (30_522 + 768) + PROCESS
    assert fit.wish.context == 2048, "no more than it was trained for"
    assert fit.verdict is Verdict.FITS_MEMORY_SLOW


def test_packing_the_cache_and_more_conversations_change_the_cache_alone() -> None:
    plain = reckoned(MISTRAL, 16_384)
    assert reckoned(MISTRAL, 16_384, cache="q8_0").cache_bytes == 2 * GIB * 17 // 32
    assert reckoned(MISTRAL, 16_384, cache="q4_0").cache_bytes == 2 * GIB * 9 // 32
    four = reckoned(MISTRAL, 16_384, slots=4)
    assert (four.cache_bytes, four.buffer_bytes) == (8 * GIB, plain.buffer_bytes)


def test_a_file_that_tells_of_each_layer_is_believed() -> None:
    told = shape(
        "gemma4",
        words=1000,
        block_count=4,
        embedding_length=512,
        attention__head_count=4,
        attention__head_count_kv=(2, 2, 2, 1),
        attention__key_length=128,
        attention__key_length_swa=64,
        attention__value_length_swa=64,
        attention__sliding_window=512,
        attention__sliding_window_pattern=(True, True, True, False),
    )
    assert told.cache_widths == (256, 256, 256, 256)  # 2 x (64 + 64), and 1 x (128 + 128)
    assert (told.cache_width, told.window_width) == (256, 768)


def test_layers_that_attend_to_nothing_or_to_what_others_kept_have_no_cache() -> None:
    keys = {"block_count": 8, "embedding_length": 512, "attention__head_count": 4}
    mixed = shape("qwen3next", words=9, full_attention_interval=4, **keys)
    assert mixed.cache_widths == (0, 0, 0, 1024, 0, 0, 0, 1024)
    shared = shape("gemma3n", words=9, attention__shared_kv_layers=3, **keys)
    assert shared.cache_widths == (1024,) * 5 + (0,) * 3


def test_a_model_whose_every_layer_has_room_beside_the_buffers_fits_the_gpu() -> None:
    fit = reckon(LLAMA, LLAMA_Q4, wish=Wish(8192), machine=machine(gpu(8)))
    # 8 GiB - 457 MiB - 338 165 760 for buffers = 7 772 578 816; a layer: (4 920 000 000 + 1 GiB) / 33 = 181 628 540
    assert (fit.verdict, fit.layers_on_gpu) == (Verdict.FITS_GPU, 33)
    assert fit.need_bytes == LLAMA_Q4 + GIB + 338_165_760


def test_what_has_no_room_on_the_gpu_is_computed_by_the_cpu() -> None:
    fit = reckon(LLAMA, LLAMA_Q4, wish=Wish(8192), machine=machine(gpu(6, free_gib=4)))
    # 4 GiB - 457 MiB - 338 165 760 = 3 477 611 520: 19 layers of 181 628 540
    assert (fit.verdict, fit.layers_on_gpu) == (Verdict.PARTLY_CPU, 19)


def test_two_gpus_share_the_layers_and_each_needs_buffers() -> None:
    fit = reckon(LLAMA, LLAMA_Q4, wish=Wish(8192), machine=machine(gpu(4), gpu(4)))
    assert (fit.verdict, fit.layers_on_gpu) == (Verdict.FITS_GPU, 33)  # 19 and 19 would have room
    assert reckon(LLAMA, LLAMA_Q4, wish=Wish(8192), machine=machine(gpu(4), gpu(1))).layers_on_gpu == 20  # 19 and 1


def test_without_a_gpu_it_is_slow_and_without_memory_it_does_not_run() -> None:
    slow = reckon(LLAMA, LLAMA_Q4, wish=Wish(8192), machine=machine(free_gib=6))
    none = reckon(LLAMA, LLAMA_Q4, wish=Wish(8192), machine=machine(free_gib=5))
    assert (slow.verdict, none.verdict) == (Verdict.FITS_MEMORY_SLOW, Verdict.WILL_NOT_RUN)
    assert none.would_fit_alone
    assert not reckon(LLAMA, 40 * GIB, wish=Wish(8192), machine=machine()).would_fit_alone


def test_unified_memory_is_counted_once() -> None:
    mac = MachineMemory((gpu(10.6),), 16 * GIB, 12 * GIB, is_unified=True)
    assert reckon(LLAMA, LLAMA_Q4, wish=Wish(8192), machine=mac).verdict is Verdict.FITS_GPU
    large = reckon(LLAMA, 10 * GIB, wish=Wish(4096), machine=mac)
    assert large.verdict is Verdict.PARTLY_CPU
    assert reckon(LLAMA, 12 * GIB, wish=Wish(4096), machine=mac).verdict is Verdict.WILL_NOT_RUN
    assert not reckon(LLAMA, 17 * GIB, wish=Wish(4096), machine=mac).would_fit_alone


@pytest.mark.parametrize("place", [MachineMemory(), machine(GpuMemory(0, 0))])
def test_where_nobody_knows_the_memory_nothing_is_claimed(place: MachineMemory) -> None:
    assert reckon(LLAMA, LLAMA_Q4, wish=Wish(), machine=place).verdict is Verdict.UNKNOWN


def test_of_a_model_of_unknown_build_only_the_hopeless_is_told() -> None:
    small = reckon(ModelShape(), GIB, wish=Wish(), machine=machine())
    huge = reckon(ModelShape(), 900 * GIB, wish=Wish(), machine=machine(gpu(24)))
    assert (small.verdict, huge.verdict) == (Verdict.UNKNOWN, Verdict.WILL_NOT_RUN)
    assert small.reason


def test_ollama_gives_more_context_where_the_gpus_are_large() -> None:
    assert default_context(MachineMemory()) == 4096
    assert default_context(machine(gpu(16))) == 4096
    assert default_context(machine(gpu(12), gpu(12))) == default_context(machine(gpu(23.6))) == 32_768
    assert default_context(machine(gpu(80))) == 262_144


def test_models_that_are_loaded_make_place_for_the_next_one() -> None:
    busy = machine(gpu(8, free_gib=1), gpu(8, free_gib=7))
    freed = with_freed(busy, [6 * GIB, 2 * GIB])
    assert [each.free_bytes for each in freed.gpus] == [8 * GIB, 8 * GIB]
    assert with_freed(busy, []) == busy


@pytest.mark.parametrize("value", [None, "eight", True, -4, 1 << 70, (), ("a",) * 99])
@pytest.mark.parametrize("key", ["block_count", "embedding_length", "attention.head_count_kv", "attention.head_count"])
def test_keys_that_make_no_sense_cost_nothing(key: str, value: object) -> None:
    told = {"general.architecture": "llama", "llama.block_count": 2, "llama.embedding_length": 64}
    found = shape_of_keys({**told, f"llama.{key}": value})
    assert reckon(found, 1, wish=Wish(), machine=machine()).need_bytes >= 1
    assert len(found.cache_widths) <= 4096
