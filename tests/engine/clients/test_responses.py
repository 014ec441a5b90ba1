"""OpenAI's responses, with its published package as client of the built-in engine."""

import json
from typing import Any

import openai
import pytest

from tests.support import models

TOOL: Any = {
    "type": "function",
    "name": "get_rain",
    "description": "rain",
    "strict": False,
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
SCHEMA = {"type": "object", "properties": {"name": {"enum": ["Ada"]}}, "required": ["name"]}


def test_it_answers(openai_client: openai.OpenAI) -> None:
    answer = openai_client.responses.create(model="tiny", input="Tell me a story", instructions="Be brief.")
    assert (answer.output_text, answer.status, answer.model) == (models.STORY, "completed", "tiny")
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens > 20


def test_it_streams(openai_client: openai.OpenAI) -> None:
    stream: Any = openai_client.responses.create(model="tiny", input="Tell me a story", stream=True)
    told = list(stream)
    assert [event.type for event in told if "delta" not in event.type] == [
        *("response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"),
        *("response.output_text.done", "response.content_part.done", "response.output_item.done"),
        "response.completed",
    ]
    assert [event.sequence_number for event in told] == list(range(len(told)))
    text = "".join(event.delta for event in told if event.type == "response.output_text.delta")
    assert text == told[-1].response.output_text == models.STORY


def test_its_helper_puts_a_stream_together_again(openai_client: openai.OpenAI) -> None:
    with openai_client.responses.stream(model="thinker", input="think") as stream:
        stream.until_done()
        whole = stream.get_final_response()
    assert [item.type for item in whole.output] == ["reasoning", "message"]
    assert whole.output_text.strip() == models.REASONED


def test_it_hears_thoughts_apart_from_the_answer(openai_client: openai.OpenAI) -> None:
    answer: Any = openai_client.responses.create(model="thinker", input="think", reasoning={"effort": "high"})
    thought, message = answer.output
    assert (thought.summary[0].text.strip(), message.content[0].text.strip()) == (models.THOUGHT, models.REASONED)


def test_it_gets_structured_output(openai_client: openai.OpenAI) -> None:
    form: Any = {"format": {"type": "json_schema", "name": "person", "schema": SCHEMA}}
    answer = openai_client.responses.create(model="tiny", input="x", text=form, temperature=0, max_output_tokens=200)
    assert json.loads(answer.output_text) == {"name": "Ada"}


def test_it_is_asked_to_call_a_tool_and_tells_what_came_of_it(openai_client: openai.OpenAI) -> None:
    question: Any = [{"role": "user", "content": "weather"}]
    asked: Any = openai_client.responses.create(model="caller", input=question, tools=[TOOL])
    (call,) = asked.output
    assert (call.type, call.name, json.loads(call.arguments)) == ("function_call", "get_rain", {"city": "Oslo"})
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "a story"}
    items: Any = [*question, call, result]
    assert openai_client.responses.create(model="caller", input=items, tools=[TOOL]).output_text.startswith("Once upon")
    stream: Any = openai_client.responses.create(model="caller", input=question, tools=[TOOL], stream=True)
    assert [event.item.name for event in stream if event.type == "response.output_item.done"] == ["get_rain"]


def test_it_is_told_what_went_wrong(openai_client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="model 'nope' not found"):
        openai_client.responses.create(model="nope", input="x")
    wild: Any = [{"type": "wild"}]
    with pytest.raises(openai.BadRequestError, match="unknown input item type"):
        openai_client.responses.create(model="tiny", input=wild)
