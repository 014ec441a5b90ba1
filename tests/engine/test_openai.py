"""The OpenAI face of a running engine."""

import base64
import json
import os
import signal
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.support import models
from tests.support.engine import EngineProcess, Reply
from tests.support.models import tiny_model

CHAT, TEXT, EMBED = "/v1/chat/completions", "/v1/completions", "/v1/embeddings"
STORY = [{"role": "user", "content": "a story"}]


def events(reply: Reply) -> list[Any]:
    """The objects of a stream, which must end as OpenAI's do."""
    *told, done = [line.removeprefix(b"data: ") for line in reply.body.split(b"\n\n") if line]
    assert (reply.status, reply.headers["content-type"], done) == (200, "text/event-stream", b"[DONE]")
    return [json.loads(event) for event in told]


@pytest.fixture(scope="module")
def embedding(engine: EngineProcess, tmp_path_factory: pytest.TempPathFactory) -> EngineProcess:
    """The engine with a model for embeddings, ``vectors``, besides the others."""
    made = tiny_model(tmp_path_factory.mktemp("vectors") / "vectors.gguf", embeds=True)
    engine.create("vectors", made)
    return engine


def test_models_are_listed_with_their_owners(engine: EngineProcess, gguf: Path) -> None:
    engine.create("team/copy:v1", gguf)
    listed = engine.ask("GET", "/v1/models").json
    assert listed["object"] == "list"
    assert {entry["id"]: entry["owned_by"] for entry in listed["data"]} == {
        "tiny:latest": "library",
        "thinker:latest": "library",
        "team/copy:v1": "team",
    }
    assert engine.ask("DELETE", "/api/delete", {"model": "team/copy:v1"}).status == 200


@pytest.mark.parametrize(("name", "owner"), [("tiny", "library"), ("library%2Ftiny%3Alatest", "library")])
def test_one_model_is_found_by_a_name_with_slashes_in_percent_signs(
    engine: EngineProcess, name: str, owner: str
) -> None:
    told = engine.ask("GET", f"/v1/models/{name}").json
    assert (told["object"], told["owned_by"], told["created"] > 1_700_000_000) == ("model", owner, True)


def test_a_whole_chat_completion_has_openais_shape(engine: EngineProcess) -> None:
    told = engine.ask("POST", CHAT, {"model": "tiny", "messages": STORY}).json
    assert (told["object"], told["model"], told["system_fingerprint"]) == ("chat.completion", "tiny", "fp_ollama")
    assert told["id"].startswith("chatcmpl-")
    message = {"role": "assistant", "content": models.STORY}
    assert told["choices"] == [{"index": 0, "message": message, "finish_reason": "stop"}]
    usage = told["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 30


def test_a_streamed_chat_completion_names_its_role_once_and_counts_at_the_end(engine: EngineProcess) -> None:
    question = {"model": "tiny", "messages": STORY, "stream": True, "stream_options": {"include_usage": True}}
    first, *middle, finish, usage = events(engine.ask("POST", CHAT, question))
    assert first["choices"][0]["delta"]["role"] == "assistant"
    assert all(list(event["choices"][0]["delta"]) == ["content"] for event in middle)
    text = "".join(event["choices"][0]["delta"]["content"] for event in (first, *middle))
    assert text == models.STORY
    assert finish["choices"] == [{"index": 0, "delta": {}, "finish_reason": "stop"}]
    assert (usage["choices"], usage["usage"]["completion_tokens"] > 10) == ([], True)
    assert len({event["id"] for event in (first, *middle, finish, usage)}) == 1


def test_a_stream_tells_no_counts_unless_it_is_asked(engine: EngineProcess) -> None:
    told = events(engine.ask("POST", CHAT, {"model": "tiny", "messages": STORY, "stream": True}))
    assert all("usage" not in event and event["choices"] for event in told)


def test_an_answer_ends_at_a_stop_text_or_at_its_limit(engine: EngineProcess) -> None:
    stopped = engine.ask("POST", CHAT, {"model": "tiny", "messages": STORY, "stop": "time"}).json["choices"][0]
    assert (stopped["message"]["content"], stopped["finish_reason"]) == ("Once upon a ", "stop")
    short = engine.ask("POST", CHAT, {"model": "tiny", "messages": STORY, "max_tokens": 3}).json
    assert (short["choices"][0]["finish_reason"], short["usage"]["completion_tokens"]) == ("length", 3)


@pytest.mark.parametrize("effort", [{"reasoning_effort": "high"}, {"reasoning": {"effort": "low"}}, {}])
def test_thinking_comes_as_reasoning(engine: EngineProcess, effort: dict[str, Any]) -> None:
    question = {"model": "thinker", "messages": [{"role": "user", "content": "think"}], **effort}
    message = engine.ask("POST", CHAT, question).json["choices"][0]["message"]
    assert (message["reasoning"].strip(), message["content"].strip()) == (models.THOUGHT, models.REASONED)
    told = events(engine.ask("POST", CHAT, {**question, "stream": True}))
    deltas = [event["choices"][0]["delta"] for event in told]
    assert "".join(delta.get("reasoning", "") for delta in deltas).strip() == models.THOUGHT
    assert "".join(delta.get("content", "") for delta in deltas).strip() == models.REASONED


def test_no_effort_leaves_what_the_model_says(engine: EngineProcess) -> None:
    question = {"model": "thinker", "messages": [{"role": "user", "content": "think"}], "reasoning_effort": "none"}
    message = engine.ask("POST", CHAT, question).json["choices"][0]["message"]
    assert "reasoning" not in message


def test_structured_output_is_json(engine: EngineProcess) -> None:
    schema = {"type": "object", "properties": {"name": {"enum": ["Ada"]}}, "required": ["name"]}
    for wanted in ({"type": "json_object"}, {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}):
        question = {"model": "tiny", "messages": [{"role": "user", "content": "JSON"}], "response_format": wanted}
        answer = engine.ask("POST", CHAT, {**question, "temperature": 0, "max_tokens": 300}).json["choices"][0]
        assert isinstance(json.loads(answer["message"]["content"]), dict)


def test_log_probabilities_come_in_openais_place(engine: EngineProcess) -> None:
    question = {"model": "tiny", "messages": STORY, "logprobs": True, "top_logprobs": 2, "max_tokens": 2}
    entries = engine.ask("POST", CHAT, question).json["choices"][0]["logprobs"]["content"]
    assert [set(entry) for entry in entries] == [{"token", "logprob", "bytes", "top_logprobs"}] * 2
    assert len(entries[0]["top_logprobs"]) == 2
    first = events(engine.ask("POST", CHAT, {**question, "stream": True}))[0]["choices"][0]
    assert first["logprobs"]["content"][0]["token"] == entries[0]["token"]


@pytest.mark.parametrize(
    ("path", "body", "status", "kind"),
    [
        (CHAT, {"model": "tiny"}, 400, "invalid_request_error"),
        (CHAT, {"model": "tiny", "messages": "hello"}, 400, "invalid_request_error"),
        (CHAT, {"model": "nope", "messages": STORY, "stream": True}, 404, "not_found_error"),
        (CHAT, {"messages": STORY}, 400, "invalid_request_error"),
        (CHAT, {"model": "tiny", "messages": STORY, "reasoning_effort": "wild"}, 400, "invalid_request_error"),
        (CHAT, {"model": "tiny", "messages": STORY, "reasoning_effort": "high"}, 400, "invalid_request_error"),
        (CHAT, {"model": "tiny", "messages": STORY, "tools": [{"type": "function"}]}, 400, "invalid_request_error"),
        (TEXT, {"model": "nope", "prompt": "x"}, 404, "not_found_error"),
        (TEXT, {"model": "tiny", "prompt": ["x"]}, 400, "invalid_request_error"),
        (TEXT, {"model": "tiny", "prompt": "x", "suffix": "y"}, 400, "invalid_request_error"),
        (EMBED, {"model": "tiny"}, 400, "invalid_request_error"),
        (EMBED, {"model": "nope", "input": "x"}, 404, "not_found_error"),
        (EMBED, {"model": "tiny", "input": "x"}, 501, "api_error"),
    ],
)
def test_a_refusal_has_openais_shape(
    engine: EngineProcess, path: str, body: dict[str, Any], status: int, kind: str
) -> None:
    reply = engine.ask("POST", path, body)
    error = reply.json["error"]
    assert (reply.status, error["type"], error["param"], error["code"]) == (status, kind, None, None)
    assert error["message"]


def test_a_failure_in_mid_stream_is_an_event_that_a_client_sees(engine: EngineProcess) -> None:
    question = {"model": "tiny", "messages": [{"role": "user", "content": "endless"}], "stream": True}
    connection = engine.connect()
    connection.request("POST", CHAT, json.dumps({**question, "max_tokens": 30_000}).encode())
    response = connection.getresponse()
    assert response.read(40)
    for runner in engine.runners():
        os.kill(runner, signal.SIGKILL)
    *_, last = [line for line in response.read().split(b"\n\n") if line]
    connection.close()
    assert json.loads(last.removeprefix(b"data: "))["error"]["type"] == "api_error"
    assert last.startswith(b"data: ")


def test_a_completion_of_text_has_openais_shape(engine: EngineProcess) -> None:
    told = engine.ask("POST", TEXT, {"model": "tiny", "prompt": "a story", "logprobs": 2}).json
    assert (told["object"], told["model"], told["system_fingerprint"]) == ("text_completion", "tiny", "fp_ollama")
    assert told["id"].startswith("cmpl-")
    assert told["choices"] == [{"text": models.STORY, "index": 0, "finish_reason": "stop"}]
    assert told["usage"]["total_tokens"] > 30


def test_a_streamed_completion_of_text_ends_with_its_counts(engine: EngineProcess) -> None:
    question = {"model": "tiny", "prompt": "a story", "stream": True}
    *told, finish = events(engine.ask("POST", TEXT, question))
    assert "".join(event["choices"][0]["text"] for event in told) == models.STORY
    assert finish["choices"] == [{"text": "", "index": 0, "finish_reason": "stop"}]
    assert "usage" not in finish
    counted = events(engine.ask("POST", TEXT, {**question, "stream_options": {"include_usage": True}}))
    assert (counted[0]["usage"]["total_tokens"], counted[-1]["choices"]) == (0, [])
    assert counted[-1]["usage"]["total_tokens"] > 30


def test_a_completion_of_nothing_loads_the_model(engine: EngineProcess) -> None:
    told = engine.ask("POST", TEXT, {"model": "tiny"}).json
    assert told["choices"] == [{"text": "", "index": 0, "finish_reason": "load"}]


def test_vectors_come_as_numbers_or_as_bytes(embedding: EngineProcess) -> None:
    question = {"model": "vectors", "input": ["one", "two"], "dimensions": 8}
    told = embedding.ask("POST", EMBED, question).json
    assert (told["object"], told["model"], [entry["index"] for entry in told["data"]]) == ("list", "vectors", [0, 1])
    assert told["usage"]["prompt_tokens"] == told["usage"]["total_tokens"] > 0
    coded = embedding.ask("POST", EMBED, {**question, "encoding_format": "base64"}).json
    for plain, packed in zip(told["data"], coded["data"], strict=True):
        numbers = struct.unpack("<8f", base64.b64decode(packed["embedding"]))
        assert numbers == pytest.approx(plain["embedding"], abs=1e-6)
