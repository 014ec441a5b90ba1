"""OpenAI's requests in Ollama's words."""

from typing import Any

import msgspec
import pytest

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.openai_requests import (
    ChatCompletionRequest,
    CompletionRequest,
    Embeddings,
    native_chat,
    native_embed,
    native_text,
)
from ollama_desk.ollama.wire import ChatRequest

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
HI = [{"role": "user", "content": "hi"}]
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}


def chat(**more: Any) -> ChatRequest:
    return native_chat(msgspec.convert({"model": "m", "messages": HI, **more}, ChatCompletionRequest))


def said(*messages: dict[str, Any]) -> ChatRequest:
    return chat(messages=list(messages))


def test_openais_own_defaults_stand_where_nothing_is_said() -> None:
    told = chat()
    assert told.options == {"temperature": 1.0, "top_p": 1.0}
    assert (told.stream, told.think, told.format, told.tools) == (False, None, None, [])


def test_settings_get_ollamas_names() -> None:
    told = chat(max_tokens=5, seed=7, temperature=0, top_p=0.5, frequency_penalty=0.1, presence_penalty=0.2)
    assert told.options == {
        "temperature": 0,
        "top_p": 0.5,
        "num_predict": 5,
        "seed": 7,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
    }


@pytest.mark.parametrize(
    ("stop", "stops"), [("end", ["end"]), (["a", "b"], ["a", "b"]), (["a", 5], ["a"]), (5, None), (None, None)]
)
def test_stop_is_one_text_or_several_and_anything_else_is_passed_over(stop: Any, stops: list[str] | None) -> None:
    told = chat(stop=stop).options
    assert told is not None
    assert told.get("stop") == stops


@pytest.mark.parametrize(
    ("effort", "think"),
    [
        *[("none", False), ("minimal", "low"), ("low", "low"), ("medium", "medium"), ("high", "high")],
        *[("max", "max"), ("xhigh", "max"), ("ultra", "max"), ("", None), (None, None)],
    ],
)
def test_an_effort_becomes_a_level_of_thinking(effort: str | None, think: Any) -> None:
    assert chat(reasoning_effort=effort).think == think
    if effort is not None:
        assert chat(reasoning={"effort": effort}).think == think


def test_an_unknown_effort_is_refused_in_the_real_servers_words() -> None:
    with pytest.raises(RequestFailedError) as caught:
        chat(reasoning_effort="wild")
    expected = 'invalid reasoning value: \'wild\' (must be "high", "medium", "low", "max", or "none")'
    assert (str(caught.value), caught.value.status) == (expected, 400)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"type": "json_object"}, "json"),
        ({"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}, {"type": "object"}),
        ({"type": "json_schema"}, None),
        ({"type": "text"}, None),
    ],
)
def test_a_response_format_becomes_a_format(told: dict[str, Any], wanted: Any) -> None:
    assert chat(response_format=told).format == wanted


def test_log_probabilities_are_asked_for_by_a_switch_and_a_number() -> None:
    told = chat(logprobs=True, top_logprobs=3)
    assert (told.logprobs, told.top_logprobs) == (True, 3)
    assert chat(top_logprobs=3).top_logprobs == 0


@pytest.mark.parametrize("url", [f"data:image/png;base64,{PNG}", f"data:;base64,{PNG}", f"data:image/jpg;base64,{PNG}"])
def test_a_picture_travels_without_its_prefix(url: str) -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": url}}]
    message = said({"role": "user", "content": [*parts, {"type": "image_url", "image_url": url}]}).messages[0]
    assert (message.content, message.images) == ("a", [PNG, PNG])


def test_a_sound_travels_with_the_pictures() -> None:
    part = {"type": "input_audio", "input_audio": {"data": PNG, "format": "wav"}}
    assert said({"role": "user", "content": [part]}).messages[0].images == [PNG]


def test_calls_and_their_results_keep_what_belongs_together() -> None:
    calling, result = said(
        {"role": "assistant", "content": None, "tool_calls": [CALL], "reasoning": "hm"},
        {"role": "tool", "tool_call_id": "c", "content": "5"},
    ).messages
    assert calling.tool_calls[0].function.arguments == {"x": 1}
    assert (calling.tool_calls[0].id, calling.thinking) == ("c", "hm")
    assert (result.tool_call_id, result.tool_name, result.content) == ("c", "f", "5")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": [{"type": "image_url", "image_url": {"url": "https://x/a.png"}}]}, "image URLs are not currently"),
        ({"content": [{"type": "image_url", "image_url": {"url": "data:image/svg;base64,aaaa"}}]}, "invalid image inp"),
        ({"content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,!!"}}]}, "invalid image input"),
        ({"content": [{"type": "input_audio", "input_audio": {"data": "!"}}]}, "invalid input_audio data"),
        ({"content": [{"type": "wild"}]}, "invalid message format"),
        ({"content": ["text"]}, "invalid message format"),
        ({"content": 5}, "invalid message content type: float64"),
        ({"content": True}, "invalid message content type: bool"),
        ({"content": {}}, "invalid message content type: map.string.interface {}"),
        ({"content": None}, "invalid message content type: <nil>"),
        ({"tool_calls": [{"function": {"name": "f", "arguments": "nonsense"}}]}, "invalid tool call arguments"),
        ({"tool_calls": [{}]}, "invalid tool call arguments"),
        ({"tool_calls": 5}, "invalid tool call arguments"),
    ],
)
def test_a_message_that_cannot_be_told_is_refused(message: dict[str, Any], text: str) -> None:
    with pytest.raises(RequestFailedError, match=text) as caught:
        said({"role": "user", **message})
    assert caught.value.status == 400


@pytest.mark.parametrize("more", [{"messages": []}, {"messages": None}, {"top_logprobs": 21}, {"top_logprobs": -1}])
def test_a_chat_that_cannot_be_answered_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(RequestFailedError) as caught:
        chat(**more)
    assert caught.value.status == 400


def test_a_completion_of_text_is_a_request_to_generate() -> None:
    told = native_text(CompletionRequest("m", "def f(", "return x", max_tokens=3, stop=["\n"], logprobs=2))
    assert (told.model, told.prompt, told.suffix, told.raw, told.stream) == ("m", "def f(", "return x", False, False)
    assert told.options == {"temperature": 1.0, "top_p": 1.0, "num_predict": 3, "stop": ["\n"]}


@pytest.mark.parametrize(
    "request_", [CompletionRequest(stop=[5]), CompletionRequest(stop=["a", []]), CompletionRequest(logprobs=30)]
)
def test_a_completion_that_cannot_be_told_is_refused(request_: CompletionRequest) -> None:
    with pytest.raises(RequestFailedError) as caught:
        native_text(request_)
    assert caught.value.status == 400


def test_texts_to_embed_are_handed_on() -> None:
    told = native_embed(Embeddings("m", ["a", "b"], 8, "base64"))
    assert (told.model, told.input, told.dimensions) == ("m", ["a", "b"], 8)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (Embeddings("m"), "invalid input"),
        (Embeddings("m", []), "invalid input"),
        (Embeddings("m", "x", encoding_format="wild"), "Supported values: \\['float', 'base64'\\]"),
    ],
)
def test_vectors_of_nothing_or_in_an_unknown_coding_are_refused(request_: Embeddings, text: str) -> None:
    with pytest.raises(RequestFailedError, match=text):
        native_embed(request_)
