"""A request's JSON is read as Go reads it, and refused in Go's words."""

import msgspec
import pytest

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.unmarshal import THINK_TEXT, unmarshal
from ollama_desk.ollama.wire import ChatRequest, GenerateRequest

FIELD = "json: cannot unmarshal {} into Go struct field {}"
REFUSED: list[tuple[type, str, str]] = [
    (ChatRequest, '{"think": 3}', THINK_TEXT),
    (ChatRequest, '{"keep_alive": true}', "Unsupported type: 'bool'"),
    (ChatRequest, '{"keep_alive": [1]}', "Unsupported type: '[]interface {}'"),
    (ChatRequest, '{"keep_alive": {}}', "Unsupported type: 'map[string]interface {}'"),
    (ChatRequest, '{"messages": "x"}', FIELD.format("string", "ChatRequest.messages of type []api.Message")),
    (ChatRequest, '{"messages": [3]}', FIELD.format("number", "ChatRequest.messages of type api.Alias")),
    (
        ChatRequest,
        '{"messages": [{"content": []}]}',
        FIELD.format("array", "ChatRequest.messages.content of type string"),
    ),
    (ChatRequest, '{"options": 3}', FIELD.format("number", "ChatRequest.options of type map[string]interface {}")),
    (ChatRequest, '{"stream": "x"}', FIELD.format("string", "ChatRequest.stream of type bool")),
    (ChatRequest, "[]", "json: cannot unmarshal array into Go value of type api.ChatRequest"),
    (
        ChatRequest,
        '{"messages": [{"images": [3]}]}',
        FIELD.format("number", "ChatRequest.messages.images of type api.ImageData"),
    ),
    (GenerateRequest, '{"context": ["x"]}', FIELD.format("string", "GenerateRequest.context of type int")),
    (GenerateRequest, '{"context": ' + "[" * 100_000, "exceeded max depth"),
]


@pytest.mark.parametrize(("kind", "body", "words"), REFUSED)
def test_a_wrong_type_is_told_in_gos_words(kind: type, body: str, words: str) -> None:
    with pytest.raises(RequestFailedError) as caught:
        unmarshal(body.encode(), kind)
    assert (str(caught.value), caught.value.status) == (words, 400)


def test_null_is_nothing_said() -> None:
    told = unmarshal(
        b'{"model": null, "messages": [{"role": "user", "content": null}], "options": {"seed": null}}', ChatRequest
    )
    assert told == unmarshal(b'{"messages": [{"role": "user"}], "options": {}}', ChatRequest)
    assert unmarshal(b"null", ChatRequest) == ChatRequest()


def test_what_is_no_json_is_left_to_the_caller() -> None:
    with pytest.raises(msgspec.DecodeError):
        unmarshal(b"{nope", ChatRequest)


def test_half_of_a_pair_of_utf_16_is_replaced() -> None:
    assert unmarshal(rb'{"model": "a\ud83d b \ud83d\ude42"}', ChatRequest).model == "a\ufffd b 🙂"
    with pytest.raises(msgspec.DecodeError):
        unmarshal(rb'{"model": "\ud83d', ChatRequest)
