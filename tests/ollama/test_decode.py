"""One odd field never costs the others, and nothing that a server says is an error of Python's."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ollama_desk.domain.chat import ChatChunk, DoneReason, ToolCall, TurnStats
from ollama_desk.domain.errors import DeskError, NotOllamaError
from ollama_desk.domain.models import Model, ModelDetails, PullStep, RunningModel
from ollama_desk.ollama import decode

KEYS = st.sampled_from(
    [
        "models",
        "name",
        "model",
        "details",
        "model_info",
        "message",
        "content",
        "thinking",
        "tool_calls",
        "function",
        "arguments",
        "done",
        "done_reason",
        "capabilities",
        "size",
        "size_vram",
        "digest",
        "modified_at",
        "expires_at",
        "embeddings",
        "version",
        "status",
        "total",
        "completed",
        "license",
        "eval_count",
        "eval_duration",
        "general.architecture",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=8),
    max_leaves=30,
)
OBJECTS = st.dictionaries(KEYS, VALUES)

MODEL = {
    "name": "a:latest",
    "modified_at": "2026-11-21T04:09:28.104754931+02:00",
    "size": 7,
    "digest": "sha256:00",
    "details": {"family": "llama", "parameter_size": "8B", "quantization_level": "Q4_K_M", "context_length": 4096},
    "capabilities": ["completion"],
}


@settings(deadline=None)
@given(OBJECTS)
def test_objects_of_any_shape_become_values_or_errors_of_ours(reply: dict[str, Any]) -> None:
    readers = (decode.version_of, decode.models_of, decode.running_of, decode.vectors_of)
    for read in readers:
        with contextlib.suppress(DeskError):
            read(reply)
    assert isinstance(decode.details_of(reply, "a"), ModelDetails)
    assert isinstance(decode.chat_chunk(reply), ChatChunk)
    assert isinstance(decode.generate_chunk(reply), ChatChunk)
    assert isinstance(decode.pull_step(reply), PullStep)


@settings(deadline=None)
@given(st.binary() | st.text().map(str.encode) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_bytes_of_any_kind_are_an_object_or_none(raw: bytes) -> None:
    found = decode.json_object(raw)
    assert found is None or isinstance(found, dict)


@settings(deadline=None)
@given(st.sampled_from(sorted(MODEL)), VALUES)
def test_a_wrong_field_of_a_model_leaves_the_others(key: str, value: object) -> None:
    models = decode.models_of({"models": [{**MODEL, "model": "a:latest", key: value}, None, 3]})
    assert len(models) == 1
    right = decode.models_of({"models": [MODEL]})[0]
    fields = {
        "name": {"name"},
        "modified_at": {"modified_at"},
        "size": {"size_bytes"},
        "digest": {"digest"},
        "capabilities": {"capabilities"},
        "details": {"family", "parameter_size", "quantization", "context_length", "embedding_length"},
    }[key]
    for name in Model.__dataclass_fields__.keys() - fields:
        assert getattr(models[0], name) == getattr(right, name)


def test_a_model_is_read_with_times_of_nine_digits() -> None:
    model = decode.models_of({"models": [MODEL]})[0]
    assert model == Model(
        name="a:latest",
        digest="00",
        size_bytes=7,
        parameter_size="8B",
        quantization="Q4_K_M",
        family="llama",
        context_length=4096,
        capabilities=frozenset({"completion"}),
        modified_at=datetime(2026, 11, 21, 2, 9, 28, 104_754, tzinfo=UTC),
    )
    assert model.modified_at is not None
    assert model.modified_at.utcoffset() == timedelta(hours=2)


def test_for_ever_is_a_time_and_gos_zero_is_none() -> None:
    forever, never, odd = decode.running_of(
        {
            "models": [
                {"name": "a", "expires_at": moment} for moment in ("2318-01-01T00:00:00Z", "0001-01-01T00:00:00Z", 5)
            ]
        }
    )
    assert forever == RunningModel("a", expires_at=datetime(2318, 1, 1, tzinfo=UTC))
    assert never.expires_at is None
    assert odd.expires_at is None


@pytest.mark.parametrize("models", ["x", {}, 5])
def test_what_lists_no_models_is_not_ollama(models: object) -> None:
    with pytest.raises(NotOllamaError):
        decode.models_of({"models": models})
    with pytest.raises(NotOllamaError):
        decode.models_of({})
    assert decode.models_of({"models": None}) == ()


def test_a_last_line_may_bring_text_and_an_unknown_reason() -> None:
    line = {"message": {"content": "end", "new": 1}, "done": True, "done_reason": "bored", "eval_duration": 5e8, "x": 1}
    assert decode.chat_chunk(line) == ChatChunk(
        "end", done=True, done_reason=DoneReason.UNKNOWN, stats=TurnStats(answer_s=0.5)
    )


def test_a_line_without_a_message_is_an_empty_piece() -> None:
    assert decode.chat_chunk({"model": "a", "done": False}) == ChatChunk()


def test_tool_calls_keep_their_arguments_and_odd_ones_are_left_out() -> None:
    calls = [{"function": {"name": "f", "arguments": {"a": [1]}}}, {"function": {}}, 5, None]
    chunk = decode.chat_chunk({"message": {"tool_calls": calls}})
    assert chunk.tool_calls == (ToolCall("f", {"a": [1]}),)


def test_numbers_beyond_reason_are_unknown() -> None:
    for size in (-1, 2**70, float("inf"), float("nan"), True, "7"):
        assert decode.pull_step({"status": "x", "total": size}) == PullStep("x")


def test_lone_surrogates_and_bad_utf8_become_replacement_characters() -> None:
    for raw in (b'{"message":{"content":"a\\ud83d"}}', b'{"message":{"content":"a\xff"}}'):
        line = decode.json_object(raw)
        assert line is not None
        assert decode.chat_chunk(line).content == "a\ufffd"
        assert msgspec.json.encode(line)


def test_licences_may_be_several() -> None:
    assert decode.details_of({"license": ["MIT", 5, "BSD"]}, "a").licence == "MIT\n\nBSD"
