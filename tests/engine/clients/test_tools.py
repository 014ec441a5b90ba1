"""Tools, with the published packages ``ollama`` and ``openai`` as clients of the built-in engine."""

import json
from typing import Any

import openai
from openai.types.chat import ChatCompletionMessageFunctionToolCall

from tests.support.clients import OllamaClient, get_rain

QUESTION: Any = [{"role": "user", "content": "weather"}]
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL: Any = {"type": "function", "function": {"name": "get_rain", "description": "rain", "parameters": PARAMETERS}}


def test_ollamas_client_is_asked_to_call_a_tool_and_tells_what_came_of_it(client: OllamaClient) -> None:
    asked = client.whole("chat", "caller", QUESTION, tools=[get_rain]).message
    assert [(call.function.name, call.function.arguments) for call in asked.tool_calls] == [
        ("get_rain", {"city": "Oslo"})
    ]
    assert not asked.content
    result = {"role": "tool", "tool_name": "get_rain", "content": "a story"}
    answer = client.whole("chat", "caller", [*QUESTION, asked.model_dump(exclude_none=True), result], tools=[get_rain])
    assert answer.message.content.startswith("Once upon a time")
    pieces = client.stream("chat", "caller", QUESTION, tools=[get_rain])
    assert [call.function.name for piece in pieces for call in piece.message.tool_calls or ()] == ["get_rain"]


def test_openais_client_is_asked_to_call_a_tool_and_tells_what_came_of_it(openai_client: openai.OpenAI) -> None:
    asked = openai_client.chat.completions.create(model="caller", messages=QUESTION, tools=[TOOL]).choices[0]
    (call,) = asked.message.tool_calls or []
    assert asked.finish_reason == "tool_calls"
    assert isinstance(call, ChatCompletionMessageFunctionToolCall)
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_rain", {"city": "Oslo"})
    result = {"role": "tool", "tool_call_id": call.id, "content": "a story"}
    messages: Any = [*QUESTION, asked.message, result]
    answer = openai_client.chat.completions.create(model="caller", messages=messages, tools=[TOOL]).choices[0]
    assert (answer.message.content or "").startswith("Once upon a time")


def test_openais_client_gets_a_call_in_a_stream(openai_client: openai.OpenAI) -> None:
    stream = openai_client.chat.completions.create(model="caller", messages=QUESTION, tools=[TOOL], stream=True)
    choices = [chunk.choices[0] for chunk in stream]
    calls = [call for choice in choices for call in choice.delta.tool_calls or ()]
    assert [(call.index, call.function.name) for call in calls if call.function] == [(0, "get_rain")]
    assert (choices[-1].finish_reason, bool(calls[0].id)) == ("tool_calls", True)
