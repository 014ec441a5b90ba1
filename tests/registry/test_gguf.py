"""GGUF headers, from files that are well, cut, mad and hostile."""

import json
import struct
import tracemalloc
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ollama_desk.core.resources import resource
from ollama_desk.domain.errors import ModelFileError
from ollama_desk.registry.gguf import GgufHeader, human_number, read_gguf
from ollama_desk.registry.gguf_bytes import CHUNK, GgufArray

U64 = (1 << 64) - 1


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A file by the reference implementation, with a value of every type."""
    path = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_K_M)
    writer.add_context_length(4096)
    writer.add_embedding_length(64)
    writer.add_chat_template("{{ messages }}")
    writer.add_uint8("t.u8", 200)
    writer.add_int8("t.i8", -3)
    writer.add_uint16("t.u16", 60000)
    writer.add_int16("t.i16", -30000)
    writer.add_int32("t.i32", -5)
    writer.add_uint64("t.u64", 1 << 60)
    writer.add_int64("t.i64", -(1 << 60))
    writer.add_float32("t.f32", 0.00001)
    writer.add_float64("t.f64", 0.1)
    writer.add_bool("t.bool", val=True)
    writer.add_array("t.short", [1, 2, 3])
    writer.add_array("t.words", ["a", "ü"])
    writer.add_token_list([f"token {number} {'x' * (number % 90)}" for number in range(40_000)])
    writer.add_token_scores([0.5] * 40_000)
    writer.add_tensor("a.weight", np.zeros((8, 64), np.float32))
    writer.add_tensor("b.weight", np.zeros(64, np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_header_is_read_as_it_was_written(written: Path) -> None:
    header = read_gguf(written)
    assert (header.architecture, header.context_length, header.embedding_length) == ("llama", 4096, 64)
    assert (header.quantization, header.chat_template) == ("Q4_K_M", "{{ messages }}")
    numbers = [header.metadata[f"t.{kind}"] for kind in ("u8", "i8", "u16", "i16", "i32", "u64", "i64", "f32", "f64")]
    assert numbers == [200, -3, 60000, -30000, -5, 1 << 60, -(1 << 60), 0.00001, 0.1]
    assert header.metadata["t.bool"] is True
    assert header.metadata["t.short"] == GgufArray(3, (1, 2, 3))
    assert header.metadata["t.words"] == GgufArray(2, ("a", "ü"))
    assert [(tensor.name, tensor.shape, tensor.kind) for tensor in header.tensors] == [
        ("a.weight", (64, 8), "F32"),
        ("b.weight", (64,), "F16"),
    ]
    assert (header.parameter_count, header.parameter_size) == (576, "576")


def test_a_vocabulary_longer_than_the_buffer_is_stepped_over(written: Path) -> None:
    assert written.stat().st_size > CHUNK
    header = read_gguf(written)
    assert header.metadata["tokenizer.ggml.tokens"] == GgufArray(40_000)
    assert header.metadata["tokenizer.ggml.scores"] == GgufArray(40_000)


def test_a_vocabulary_is_kept_where_that_is_asked_for(written: Path) -> None:
    tokens = read_gguf(written, array_limit=50_000).metadata["tokenizer.ggml.tokens"]
    assert isinstance(tokens, GgufArray)
    assert tokens.values is not None
    assert tokens.values[39_999] == f"token 39999 {'x' * (39_999 % 90)}"


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"GGU", b"not a model at all", b"PK\x03\x04" * 100):
        junk = tmp_path / "junk"
        junk.write_bytes(content)
        with pytest.raises(ModelFileError, match="supplied file was not in GGUF format"):
            read_gguf(junk)


def test_a_missing_file_is_told_as_ollama_tells_it(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"^open .*nothing: no such file or directory$"):
        read_gguf(tmp_path / "nothing")


def test_a_file_without_its_end_is_refused(written: Path) -> None:
    whole = written.stat().st_size
    with written.open("r+b") as file:
        file.truncate(whole - 1000)
    with pytest.raises(
        ModelFileError, match=rf'tensor "a.weight" offset\+size \(\d+\) exceeds file size \({whole - 1000}\)'
    ):
        read_gguf(written)


def test_a_version_of_the_future_is_named(tmp_path: Path) -> None:
    path = tmp_path / "future.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 9, 0, 0))
    with pytest.raises(ModelFileError, match="version 9"):
        read_gguf(path)


def entry(kind: int, payload: bytes) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1) + b"k" + struct.pack("<I", kind) + payload


HOSTILE = {
    "tensors without number": b"GGUF" + struct.pack("<IQQ", 3, U64, 0),
    "settings without number": b"GGUF" + struct.pack("<IQQ", 3, 0, U64),
    "a key of all the memory": b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, U64),
    "a string of all the memory": entry(8, struct.pack("<Q", 1 << 62)),
    "an unknown type": entry(99, b"\0" * 8),
    "an array of all the memory": entry(9, struct.pack("<IQ", 0, U64)),
    "strings of all the memory": entry(9, struct.pack("<IQ", 8, U64)),
    "strings that end nowhere": entry(9, struct.pack("<IQ", 8, 100) + struct.pack("<Q", U64) + b"\0" * 900),
    "arrays in arrays in arrays": entry(9, struct.pack("<IQ", 9, 1) * 1000),
    "arrays of nothing": entry(9, struct.pack("<IQ", 9, U64)),
    "a tensor of a hundred dimensions": b"GGUF" + struct.pack("<IQQQ", 3, 1, 0, 1) + b"t" + struct.pack("<I", 100) * 99,
    "an array of an unknown type": entry(9, struct.pack("<IQ", 77, 1000) + b"\0" * 2000),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_header_that_lies_is_refused_at_once(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hostile.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="damaged"):
        read_gguf(path)


def try_to_read(path: Path, content: bytes) -> GgufHeader | None:
    path.write_bytes(content)
    try:
        return read_gguf(path)
    except ModelFileError:
        return None


FUZZ = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@FUZZ
@given(st.binary(max_size=300))
def test_random_bytes_never_do_worse_than_an_error(tmp_path: Path, noise: bytes) -> None:
    try_to_read(tmp_path / "noise.gguf", b"GGUF\3\0\0\0" + noise)


@FUZZ
@given(st.integers(0, 4000), st.binary(min_size=1, max_size=9))
def test_a_damaged_header_never_does_worse_than_an_error(tmp_path: Path, place: int, damage: bytes) -> None:
    content = bytearray(resource("demo", "demo.gguf").read_bytes()[:60_000])
    content[place : place + len(damage)] = damage
    try_to_read(tmp_path / "damaged.gguf", bytes(content))


def text(data: bytes) -> bytes:
    return struct.pack("<Q", len(data)) + data


COUNTS = st.one_of(st.integers(0, 5), st.sampled_from([63, 64, 65, 1000, 1 << 20, 1 << 31, 1 << 32, 1 << 62, U64]))
KINDS = st.integers(0, 13)
NUMBERS = st.binary(min_size=1, max_size=8)
STRINGS = st.builds(lambda said, data: struct.pack("<Q", said if said is not None else len(data)) + data,
                    st.one_of(st.none(), COUNTS), st.binary(max_size=20))  # fmt: skip
ARRAYS = st.builds(
    lambda kind, count, data: struct.pack("<IQ", kind, count) + data, KINDS, COUNTS, st.binary(max_size=80)
)
NESTED = st.builds(lambda count, inner: struct.pack("<IQ", 9, count) + b"".join(inner), COUNTS,
                   st.lists(ARRAYS, max_size=4))  # fmt: skip
SETTINGS = st.builds(lambda key, kind, value: text(key) + struct.pack("<I", kind) + value, st.binary(max_size=6), KINDS,
                     st.one_of(NUMBERS, STRINGS, ARRAYS, NESTED))  # fmt: skip
TENSORS = st.builds(
    lambda name, shape, kind, offset: text(name) + struct.pack("<I", len(shape)) + b"".join(shape)
    + struct.pack("<IQ", kind, offset),
    st.binary(max_size=6), st.lists(COUNTS.map(lambda count: struct.pack("<Q", count)), max_size=9),
    st.integers(0, 41), COUNTS,
)  # fmt: skip


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """Files that look like GGUF down to their values, and lie wherever a number stands."""
    settings_, tensors = draw(st.lists(SETTINGS, max_size=6)), draw(st.lists(TENSORS, max_size=4))
    said = draw(st.one_of(st.none(), st.tuples(COUNTS, COUNTS))) or (len(tensors), len(settings_))
    body = b"".join((*settings_, *tensors)) * draw(st.sampled_from([1, 1, 1, 50]))
    return b"GGUF" + struct.pack("<IQQ", draw(st.sampled_from([2, 3, 3])), *said) + body + bytes(draw(COUNTS) % 2000)


@FUZZ
@given(headers(), st.sampled_from([0, 64, 1 << 31]))
def test_no_header_takes_more_memory_than_its_file_warrants(tmp_path: Path, content: bytes, limit: int) -> None:
    path = tmp_path / "hostile.gguf"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        header = read_gguf(path, array_limit=limit)
    except ModelFileError:
        header = None
    finally:
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak_bytes < 2 * CHUNK + 100 * len(content)
    if header is not None:
        json.dumps({**header.metadata, "count": header.parameter_count}, default=str)
        assert header.parameter_count < U64


def test_arrays_are_kept_only_as_long_as_there_is_room_for_them(tmp_path: Path) -> None:
    path = tmp_path / "many.gguf"
    array = struct.pack("<IQ", 0, 1_000_000) + bytes(1_000_000)
    entries = b"".join(text(b"%d" % number) + struct.pack("<I", 9) + array for number in range(5))
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 5) + entries)
    header = read_gguf(path, array_limit=1 << 31)
    kept = [array.values is not None for array in header.metadata.values() if isinstance(array, GgufArray)]
    assert kept == [True, True, True, False, False]


def test_a_tensor_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "endless.gguf"
    tensor = text(b"t") + struct.pack("<IQQIQ", 2, U64, U64, 41, 0)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + tensor)
    with pytest.raises(ModelFileError, match="has no end"):
        read_gguf(path)


@pytest.mark.parametrize(
    ("count", "text"),
    [(7, "7"), (1500, "2K"), (922_000, "922K"), (20_469_760, "20.47M"), (2_000_000, "2M"), (3_212_749_888, "3.2B"),
     (8_000_000_000, "8B")],
)  # fmt: skip
def test_numbers_of_parameters_are_worded_as_ollama_does(count: int, text: str) -> None:
    assert human_number(count) == text
