"""How an answer looks in OpenAI's words: chat completions and completions of text, whole or as server-sent events."""

import random
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from ollama_desk.engine.exchange import SSE
from ollama_desk.engine.faces import Whole
from ollama_desk.engine.translate import Piece
from ollama_desk.ollama.wire import ToolCall

PLAIN_JSON = b"application/json"  # without a charset, unlike Ollama's own
DONE = b"data: [DONE]\n\n"


class ChatCompletionFace:
    """A chat completion.

    Args:
        model: its name as the client said it.
        usage: end a stream with the counts.
    """

    stream_type, whole_type = SSE, PLAIN_JSON

    def __init__(self, model: str, *, usage: bool) -> None:
        self._usage = usage
        self._id = f"chatcmpl-{_number()}"
        self._model = model
        self._role: dict[str, Any] = {"role": "assistant"}  # in the first chunk only

    def piece(self, piece: Piece) -> bytes:
        delta = {**self._first(), "content": piece.content}
        if piece.thinking:
            delta["reasoning"] = piece.thinking
        return self._chunk(delta, logprobs=piece.logprobs)

    def last(self, whole: Whole) -> bytes:
        calls = _calls(whole.tool_calls())
        events = self._chunk({**self._first(), "content": "", "tool_calls": calls}) if calls else b""
        events += self._chunk(self._first(), finish=_reason(whole))
        if self._usage:
            events += _event(self._body("chat.completion.chunk", [], usage=_usage(whole)))
        return events + DONE

    def whole(self, whole: Whole) -> bytes:
        message: dict[str, Any] = {**self._first(), "content": whole.text}
        if whole.thought:
            message["reasoning"] = whole.thought
        calls = _calls(whole.tool_calls())
        if calls:
            message["tool_calls"] = calls
        choice = {"index": 0, "message": message, "finish_reason": _reason(whole), **_logprobs(whole.logprobs)}
        return msgspec.json.encode(self._body("chat.completion", [choice], usage=_usage(whole))) + b"\n"

    def _first(self) -> dict[str, Any]:
        role, self._role = self._role, {}
        return role

    def _chunk(self, delta: dict[str, Any], *, finish: str | None = None, logprobs: Sequence[Any] = ()) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, **_logprobs(logprobs)}
        return _event(self._body("chat.completion.chunk", [choice]))

    def _body(self, kind: str, choices: Sequence[object], **more: object) -> dict[str, object]:
        return {
            "id": self._id,
            "object": kind,
            "created": int(time.time()),
            "model": self._model,
            "system_fingerprint": "fp_ollama",
            "choices": choices,
            **more,
        }


class TextCompletionFace:
    """A completion of text.

    Args:
        model: its name as the client said it.
        usage: end a stream with the counts.
    """

    stream_type, whole_type = SSE, PLAIN_JSON

    def __init__(self, model: str, *, usage: bool) -> None:
        self._id = f"cmpl-{_number()}"
        self._model = model
        # A real server counts nothing in every chunk before it tells the counts in the last one.
        self._no_usage = {"usage": _counts(0, 0)} if usage else {}

    def piece(self, piece: Piece) -> bytes:
        return self._chunk(piece.content)

    def last(self, whole: Whole) -> bytes:
        events = self._chunk("", whole.finish)
        if self._no_usage:
            events += _event({**self._head(), "choices": [], **self._tail(), "usage": _usage(whole)})
        return events + DONE

    def whole(self, whole: Whole) -> bytes:
        choices = [{"text": whole.text, "index": 0, "finish_reason": whole.finish}]
        body = {**self._head(), **self._tail(), "choices": choices, "usage": _usage(whole)}
        return msgspec.json.encode(body) + b"\n"

    def _chunk(self, text: str, finish: str | None = None) -> bytes:
        choices = [{"text": text, "index": 0, "finish_reason": finish}]
        return _event({**self._head(), "choices": choices, **self._tail(), **self._no_usage})

    def _head(self) -> dict[str, object]:
        return {"id": self._id, "object": "text_completion", "created": int(time.time())}

    def _tail(self) -> dict[str, object]:
        return {"model": self._model, "system_fingerprint": "fp_ollama"}


def _number() -> int:
    return random.randrange(1000)  # noqa: S311 - a label, no secret


def _event(body: object) -> bytes:
    return b"data: " + msgspec.json.encode(body) + b"\n\n"


def _reason(whole: Whole) -> str:
    return "tool_calls" if whole.tool_calls() else whole.finish


def _usage(whole: Whole) -> dict[str, int]:
    return _counts(whole.timings.prompt_count, whole.timings.answer_count)


def _counts(prompt: int, answer: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}


def _logprobs(entries: Sequence[Any]) -> dict[str, object]:
    return {"logprobs": {"content": entries}} if entries else {}


def _calls(calls: Sequence[ToolCall]) -> list[dict[str, object]]:
    return [
        {
            "id": call.id,
            "index": call.function.index,
            "type": "function",
            "function": {
                "name": call.function.name,
                "arguments": msgspec.json.encode(call.function.arguments).decode(),  # text, where Ollama has an object
            },
        }
        for call in calls
    ]
