"""llama.cpp's answers piece by piece, and the formats that it is asked to keep to. Pure."""

from dataclasses import dataclass
from typing import Any

import msgspec

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.ollama.wire import ToolCall


@dataclass(frozen=True, slots=True)
class Timings:
    """Counts and durations (ns) of one answer."""

    prompt_count: int = 0
    prompt_ns: int = 0
    answer_count: int = 0
    answer_ns: int = 0


class Piece(msgspec.Struct, frozen=True):  # not a dataclass: one is made for each token, at a fifth of the cost
    """What one event of llama.cpp's stream says."""

    content: str = ""
    thinking: str = ""
    tool_calls: tuple[Any, ...] = ()  # as llama.cpp tells them, in bits
    logprobs: tuple[Any, ...] = ()
    finish: str = ""  # "stop" or "length" in the last one
    timings: Timings | None = None
    calls: tuple[ToolCall, ...] = ()  # whole ones, found in the text


class _Timings(msgspec.Struct):
    cache_n: int = 0
    prompt_n: int = 0
    prompt_ms: float = 0.0
    predicted_n: int = 0
    predicted_ms: float = 0.0


class _Delta(msgspec.Struct):
    content: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[Any] | None = None


class _Choice(msgspec.Struct):
    delta: _Delta
    finish_reason: str | None = None
    logprobs: Any = None


class _ChatEvent(msgspec.Struct):
    choices: list[_Choice] = []
    timings: _Timings | None = None
    error: Any = None


class _TextEvent(msgspec.Struct):
    content: str = ""
    stop: bool = False
    stop_type: str = ""
    completion_probabilities: list[dict[str, Any]] = []
    timings: _Timings | None = None
    error: Any = None


_CHAT = msgspec.json.Decoder(_ChatEvent)
_TEXT = msgspec.json.Decoder(_TextEvent)
_NO_CHOICE = _Choice(_Delta())
FINISH = {"length": "length", "limit": "length"}


def chat_piece(event: bytes) -> Piece | None:
    """The piece in one event of ``/v1/chat/completions``; nothing for the end mark.

    Raises:
        RequestFailedError: llama.cpp tells of a failure in the middle.
    """
    if event == b"[DONE]":
        return None
    told = _CHAT.decode(event)
    if told.error is not None:
        raise _failure(told.error)
    choice = told.choices[0] if told.choices else _NO_CHOICE
    delta, reason = choice.delta, choice.finish_reason
    if reason is None and told.timings is None and delta.tool_calls is None and choice.logprobs is None:
        return Piece(delta.content or "", delta.reasoning_content or "")  # every token but the last
    return Piece(
        delta.content or "",
        delta.reasoning_content or "",
        tuple(delta.tool_calls or ()),
        tuple(_logprob(entry) for entry in (choice.logprobs or {}).get("content") or ()),
        FINISH.get(reason, "stop") if reason else "",
        _timings(told.timings),
    )


def _logprob(entry: dict[str, Any]) -> dict[str, Any]:
    """Without the token's number, which Ollama does not tell."""
    told = {key: value for key, value in entry.items() if key != "id"}
    if "top_logprobs" in told:
        told["top_logprobs"] = [_logprob(other) for other in told["top_logprobs"]]
    return told


def text_piece(event: bytes) -> Piece | None:
    """The piece in one event of ``/completion``.

    Raises:
        RequestFailedError: llama.cpp tells of a failure in the middle.
    """
    if event == b"[DONE]":
        return None
    told = _TEXT.decode(event)
    if told.error is not None:
        raise _failure(told.error)
    finish = FINISH.get(told.stop_type, "stop") if told.stop else ""
    logprobs = tuple(_logprob(entry) for entry in told.completion_probabilities) if not told.stop else ()
    return Piece(told.content, logprobs=logprobs, finish=finish, timings=_timings(told.timings))


def _timings(told: _Timings | None) -> Timings | None:
    if told is None:
        return None
    return Timings(
        told.cache_n + told.prompt_n, int(told.prompt_ms * 1e6), told.predicted_n, int(told.predicted_ms * 1e6)
    )


def _failure(error: Any) -> RequestFailedError:
    text = msgspec.json.encode({"error": error}).decode()
    return RequestFailedError(f"an error was encountered while running the model: {text}", status=500)


def response_format(wanted: Any) -> dict[str, Any] | None:
    """``format`` as llama.cpp's ``response_format``.

    Raises:
        RequestFailedError: neither ``"json"`` nor a schema; status 500, as Ollama answers.
    """
    match wanted:
        case None | "":
            return None
        case "json":
            return {"type": "json_object"}
        case dict():
            return {"type": "json_schema", "json_schema": {"name": "answer", "schema": wanted}}
        case _:
            given = msgspec.json.encode(msgspec.json.encode(wanted).decode()).decode()
            text = f'invalid format: {given}; expected "json" or a valid JSON Schema object'
            raise RequestFailedError(text, status=500)
