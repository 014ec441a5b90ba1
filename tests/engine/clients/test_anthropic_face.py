"""Anthropic's interface of a running engine, asked as its clients ask."""

import json
from typing import Any

import pytest

from tests.support import models
from tests.support.engine import EngineProcess, Reply

PATH = "/v1/messages"
STORY = {"model": "tiny", "max_tokens": 200, "messages": [{"role": "user", "content": "a story"}]}
THINK = {"model": "thinker", "max_tokens": 200, "messages": [{"role": "user", "content": "think"}]}
CALL: dict[str, Any] = {
    "model": "caller",
    "max_tokens": 200,
    "messages": [{"role": "user", "content": "weather"}],
    "tools": [{"name": "get_rain", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}],
}


def events(reply: Reply) -> list[Any]:
    """The objects of a stream, whose events are named as they are."""
    assert (reply.status, reply.headers["content-type"]) == (200, "text/event-stream")
    told = []
    for event in reply.body.decode().split("\n\n"):
        if event:
            name, data = event.splitlines()
            told.append(json.loads(data.removeprefix("data: ")))
            assert name == f"event: {told[-1]['type']}"
    return told


def test_a_whole_message_has_its_shape(engine: EngineProcess) -> None:
    told = engine.ask("POST", PATH, STORY).json
    assert (told["type"], told["role"], told["model"], told["stop_reason"]) == (
        *("message", "assistant", "tiny", "end_turn"),
    )
    assert told["content"] == [{"type": "text", "text": models.STORY}]
    assert (told["usage"]["output_tokens"] > 10, told["id"][:4]) == (True, "msg_")


def test_a_stream_opens_and_closes_its_block(engine: EngineProcess) -> None:
    start, begin, *deltas, close, delta, stop = events(engine.ask("POST", PATH, {**STORY, "stream": True}))
    assert [event["type"] for event in (start, begin, close, delta, stop)] == [
        *("message_start", "content_block_start", "content_block_stop", "message_delta", "message_stop"),
    ]
    assert "".join(event["delta"]["text"] for event in deltas) == models.STORY
    assert (delta["delta"]["stop_reason"], delta["usage"]["output_tokens"] > 10) == ("end_turn", True)


@pytest.mark.parametrize("thinking", [{}, {"thinking": {"type": "enabled", "budget_tokens": 1024}}])
def test_thoughts_are_a_block_of_their_own(engine: EngineProcess, thinking: dict[str, Any]) -> None:
    thought, text = engine.ask("POST", PATH, {**THINK, **thinking}).json["content"]
    assert (thought["thinking"].strip(), text["text"].strip()) == (models.THOUGHT, models.REASONED)
    told = events(engine.ask("POST", PATH, {**THINK, **thinking, "stream": True}))
    blocks = [event["content_block"]["type"] for event in told if event["type"] == "content_block_start"]
    assert blocks == ["thinking", "text"]
    thoughts = "".join(event["delta"].get("thinking", "") for event in told if "delta" in event)
    assert thoughts.strip() == models.THOUGHT


def test_a_model_that_cannot_think_answers_without(engine: EngineProcess) -> None:
    reply = engine.ask("POST", PATH, {**STORY, "thinking": {"type": "enabled", "budget_tokens": 1024}})
    assert reply.json["content"] == [{"type": "text", "text": models.STORY}]


def test_a_short_limit_is_told(engine: EngineProcess) -> None:
    assert engine.ask("POST", PATH, {**STORY, "max_tokens": 2}).json["stop_reason"] == "max_tokens"


def test_a_call_of_a_tool_is_a_block_with_its_input(engine: EngineProcess) -> None:
    told = engine.ask("POST", PATH, CALL).json
    (block,) = told["content"]
    assert (told["stop_reason"], block["type"], block["name"]) == ("tool_use", "tool_use", "get_rain")
    assert (block["input"], bool(block["id"])) == ({"city": "Oslo"}, True)
    streamed = events(engine.ask("POST", PATH, {**CALL, "stream": True}))
    (delta,) = [event["delta"] for event in streamed if event["type"] == "content_block_delta"]
    assert json.loads(delta["partial_json"]) == {"city": "Oslo"}
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": block["id"], "content": "a story"}]}
    turn = {"role": "assistant", "content": told["content"]}
    answer = engine.ask("POST", PATH, {**CALL, "messages": [*CALL["messages"], turn, result]}).json
    assert answer["content"][0]["text"].startswith("Once upon a time")


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({**STORY, "model": "nope"}, 404, "not_found_error"),
        ({**STORY, "max_tokens": 0}, 400, "invalid_request_error"),
        ({**STORY, "tools": [{"name": "f"}]}, 400, "invalid_request_error"),
        ({}, 400, "invalid_request_error"),
    ],
)
def test_a_refusal_has_its_shape(engine: EngineProcess, body: dict[str, Any], status: int, kind: str) -> None:
    reply = engine.ask("POST", PATH, body)
    told = reply.json
    assert (reply.status, told["type"], told["error"]["type"]) == (status, "error", kind)
    assert told["error"]["message"]
    assert told["request_id"]
