"""Requests for OpenAI's responses in Ollama's words."""

from typing import Any

import msgspec
import pytest

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.responses_requests import ResponsesRequest, native_response
from ollama_desk.ollama.wire import ChatRequest, Message


def told(**more: Any) -> ChatRequest:
    return native_response(msgspec.convert({"model": "m", **more}, ResponsesRequest))


def said(*items: Any) -> list[Message]:
    return told(input=list(items)).messages


def test_a_text_is_a_message_and_instructions_go_before_it() -> None:
    request = told(input="hi", instructions="Be brief.", max_output_tokens=5, reasoning={"effort": "low"}, stream=True)
    assert request.messages == [Message("system", "Be brief."), Message("user", "hi")]
    assert request.options == {"temperature": 1.0, "top_p": 1.0, "num_predict": 5}
    assert (request.think, request.stream) == ("low", True)


def test_without_input_the_model_is_only_loaded() -> None:
    assert told().messages == []


def test_items_of_every_kind_become_messages() -> None:
    picture = {"type": "input_image", "image_url": "data:image/png;base64,aGk="}
    messages = said(
        {"type": "message", "role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "look"}, picture]},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"role": "assistant", "content": [{"type": "output_text", "text": "I see"}]},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
    )
    assert messages == [
        Message("system", "Be brief."),
        Message("user", "look", images=["aGk="]),
        Message("assistant", "I see", thinking="hm"),
        Message("assistant", "no"),
    ]


def test_thoughts_and_calls_are_one_turn_and_results_know_their_tool() -> None:
    calling, first, second = said(
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": '{"x": 1}'},
        {"type": "function_call", "call_id": "b", "name": "g", "arguments": ""},
        {"type": "function_call_output", "call_id": "a", "output": "5"},
        {"type": "function_call_output", "call_id": "b", "output": [{"type": "input_text", "text": "6"}]},
    )
    assert [call.function.name for call in calling.tool_calls] == ["f", "g"]
    assert (calling.thinking, calling.tool_calls[0].function.arguments) == ("hm", {"x": 1})
    assert [(message.tool_name, message.content) for message in (first, second)] == [("f", "5"), ("g", "6")]


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ({"type": "json_schema", "name": "a", "schema": {"type": "object"}}, {"type": "object"}),
        ({"type": "json_object"}, "json"),
        ({"type": "text"}, None),
    ],
)
def test_the_form_of_the_text_becomes_a_format(form: dict[str, Any], wanted: Any) -> None:
    assert told(input="x", text={"format": form}).format == wanted


def test_only_functions_are_tools() -> None:
    tools = [{"type": "function", "name": "f", "parameters": {"type": "object"}}, {"type": "web_search"}]
    (tool,) = told(input="x", tools=tools).tools
    assert tool["function"] == {"name": "f", "description": "", "parameters": {"type": "object"}}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (5, "input must be a string or array"),
        ([5], "not an object"),
        ([{"type": "wild"}], 'input\\[0\\]: unknown input item type: "wild"'),
        ([{"role": "user", "content": [{"type": "wild"}]}], "content\\[0\\]: unknown content type: wild"),
        ([{"role": "user", "content": 5}], "content must be"),
        ([{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{no"}], "invalid tool call arguments"),
    ],
)
def test_what_cannot_be_said_is_refused(given: Any, text: str) -> None:
    with pytest.raises(RequestFailedError, match=text) as caught:
        told(input=given)
    assert caught.value.status == 400
