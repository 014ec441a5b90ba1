"""Ollama's words become llama.cpp's, and the other way round."""

from typing import Any

import msgspec
import pytest

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.faces import ChatFace, Whole
from ollama_desk.engine.link import SseFramer
from ollama_desk.engine.messages import llama_message, think_settings
from ollama_desk.engine.templates import Manner
from ollama_desk.engine.translate import Piece, chat_piece, text_piece
from ollama_desk.ollama.wire import Message, ToolCall, ToolFunction

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def test_the_first_chunk_of_llama_cpp_says_nothing() -> None:
    event = b'{"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}]}'
    assert chat_piece(event) == Piece()


def test_the_last_chunk_has_the_reason_and_the_figures() -> None:
    event = {
        "choices": [{"finish_reason": "length", "index": 0, "delta": {}}],
        "timings": {"cache_n": 2, "prompt_n": 3, "prompt_ms": 1.5, "predicted_n": 4, "predicted_ms": 2.0},
    }
    piece = chat_piece(msgspec.json.encode(event))
    assert piece is not None
    assert piece.timings is not None
    assert (piece.finish, piece.timings.prompt_count, piece.timings.prompt_ns) == ("length", 5, 1_500_000)
    assert (piece.timings.answer_count, piece.timings.answer_ns) == (4, 2_000_000)


@pytest.mark.parametrize("read", [chat_piece, text_piece])
def test_a_failure_in_the_middle_is_raised_and_the_end_mark_is_nothing(read: Any) -> None:
    assert read(b"[DONE]") is None
    with pytest.raises(RequestFailedError, match="an error was encountered while running the model"):
        read(b'{"error":{"code":500,"message":"out of luck"}}')


def test_events_are_cut_apart_wherever_the_chunks_end() -> None:
    stream = b": ping\n\ndata: {1}\n\ndata: {2}\r\n\r\nevent: x\ndata: [DONE]\n\n"
    for size in range(1, len(stream)):
        framer = SseFramer()
        found = [event for at in range(0, len(stream), size) for event in framer.feed(stream[at : at + size])]
        assert found == [b"{1}", b"{2}", b"[DONE]"]


def test_the_pieces_of_a_tool_call_make_one_object() -> None:
    whole = Whole()
    whole.add(Piece(tool_calls=({"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x"'}},)))
    whole.add(Piece(tool_calls=({"index": 0, "function": {"arguments": ": 1}"}},), finish="stop"))
    call, end = (msgspec.json.decode(line) for line in ChatFace("m").last(whole).splitlines())
    assert call["message"]["tool_calls"] == [{"id": "a", "function": {"index": 0, "name": "f", "arguments": {"x": 1}}}]
    assert (call["done"], end["done"], end["message"]["content"]) == (False, True, "")


def test_arguments_that_are_no_object_are_refused_in_the_words_of_a_real_server() -> None:
    whole = Whole()
    whole.add(Piece(tool_calls=({"index": 0, "function": {"name": "f", "arguments": "nonsense"}},)))
    with pytest.raises(RequestFailedError, match='invalid tool call arguments for "f"'):
        whole.tool_calls()


def test_pictures_thinking_and_calls_travel_with_a_message() -> None:
    call = ToolCall("", ToolFunction(0, "f", {"x": 1}))
    manner = Manner(renders_tools=True)
    told = llama_message(Message("Assistant", "Look.", thinking="Hm.", images=[PNG], tool_calls=[call]), manner)
    assert told["role"] == "assistant"
    assert told["reasoning_content"] == "Hm."
    assert told["content"][0]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
    assert told["content"][1] == {"type": "text", "text": "Look."}
    assert told["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"x":1}'}
    result = llama_message(Message("tool", "42", tool_name="f", tool_call_id="c"), manner)
    assert result == {"role": "tool", "content": "42", "name": "f", "tool_call_id": "c"}


def test_a_level_of_thinking_goes_to_templates_that_know_levels() -> None:
    assert think_settings("max")["chat_template_kwargs"] == {"enable_thinking": True, "reasoning_effort": "high"}
    assert think_settings(think=False)["reasoning_format"] == "none"
    assert think_settings(None) == {"reasoning_format": "none"}
    assert "reasoning_format" not in think_settings(think=False, parses=True)
