"""Requests of Anthropic's clients in Ollama's words."""

from typing import Any

import msgspec
import pytest

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.anthropic_requests import MessagesRequest, native_messages
from ollama_desk.engine.error_shapes import error_body, error_line
from ollama_desk.ollama.wire import ChatRequest, Message

HI = [{"role": "user", "content": "hi"}]


def told(**more: Any) -> ChatRequest:
    return native_messages(msgspec.convert({"model": "m", "max_tokens": 5, "messages": HI, **more}, MessagesRequest))


def said(*messages: dict[str, Any]) -> list[Message]:
    return told(messages=list(messages)).messages


def test_settings_get_ollamas_names() -> None:
    request = told(temperature=0.5, top_p=0.9, top_k=10, stop_sequences=["end"], stream=True)
    assert request.options == {"num_predict": 5, "temperature": 0.5, "top_p": 0.9, "top_k": 10, "stop": ["end"]}
    assert (request.stream, request.think, told().options) == (True, None, {"num_predict": 5})


@pytest.mark.parametrize("system", ["Be brief.", [{"type": "text", "text": "Be brief."}]])
def test_the_system_text_becomes_the_first_message(system: Any) -> None:
    assert told(system=system).messages[0] == Message("system", "Be brief.")


@pytest.mark.parametrize(
    ("more", "think"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, True),
        ({"thinking": {"type": "adaptive"}}, True),
        ({"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}}, "max"),
        ({"thinking": {"type": "disabled"}, "output_config": {"effort": "max"}}, False),
        ({"output_config": {"effort": "low"}}, "low"),
        ({"output_config": {"effort": "wild"}}, None),
        ({"output_config": {}}, None),
    ],
)
def test_how_much_to_think_is_told(more: dict[str, Any], think: Any) -> None:
    assert told(**more).think == think


def test_a_turn_with_a_tool_keeps_what_belongs_together() -> None:
    calling, result, question = said(
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": ""},
                {"type": "redacted_thinking", "data": "x"},
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "c", "name": "f", "input": {"x": 1}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c", "content": [{"type": "text", "text": "5"}]},
                {"type": "text", "text": "So?"},
            ],
        },
    )
    assert (calling.content, calling.thinking, calling.tool_calls[0].id) == ("I look.", "hm", "c")
    assert (calling.tool_calls[0].function.name, calling.tool_calls[0].function.arguments) == ("f", {"x": 1})
    assert result == Message("tool", "5", tool_call_id="c")
    assert question == Message("user", "So?")


def test_results_alone_leave_no_empty_message() -> None:
    (result,) = said({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": "5"}]})
    assert (result.role, result.content) == ("tool", "5")


def test_a_picture_travels_as_it_is() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "aGk="}
    assert said({"role": "user", "content": [{"type": "image", "source": source}]})[0].images == ["aGk="]


def test_tools_are_told_as_functions() -> None:
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}}
    (tool,) = told(tools=[{"name": "f", "description": "d", "input_schema": schema}]).tools
    assert tool == {"type": "function", "function": {"name": "f", "description": "d", "parameters": schema}}


@pytest.mark.parametrize(
    ("more", "status", "text"),
    [
        ({"model": ""}, 400, "model is required"),
        ({"max_tokens": 0}, 400, "max_tokens is required and must be positive"),
        ({"messages": []}, 400, "messages is required"),
        ({"messages": [{"role": "user", "content": 5}]}, 400, "content must be"),
        ({"messages": [{"role": "user", "content": [{}]}]}, 400, "without a type"),
        ({"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "url"}}]}]}, 400, "type: url"),
        (
            {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "name": "f", "input": "x"}]}]},
            *(400, "must be an object"),
        ),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, 403, "web search is unavailable"),
    ],
)
def test_what_cannot_be_answered_is_refused(more: dict[str, Any], status: int, text: str) -> None:
    with pytest.raises(RequestFailedError, match=text) as caught:
        told(**more)
    assert caught.value.status == status


def test_each_interface_has_its_shape_of_errors() -> None:
    anthropic: Any = error_body("/v1/messages", 404, "gone")
    assert anthropic["error"] == {"type": "not_found_error", "message": "gone"}
    assert (anthropic["type"], anthropic["request_id"][:4]) == ("error", "req_")
    openai: Any = error_body("/v1/chat/completions", 503, "busy")
    assert openai == {"error": {"message": "busy", "type": "api_error", "param": None, "code": None}}
    assert error_body("/api/chat", 500, "no") == {"error": "no"}
    assert error_line("/api/chat", 500, "no") == b'{"error":"no"}\n'
    assert error_line("/v1/messages", 500, "no").startswith(b"event: error\ndata: {")
    assert error_line("/v1/responses", 500, "no").startswith(b'data: {"error":')
