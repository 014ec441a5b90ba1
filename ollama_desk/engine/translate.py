"""Between Ollama's words and llama.cpp's: messages and settings one way, pieces of an answer the other way. Pure."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import msgspec

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.ollama.wire import Message, Think

LEVELS = ("high", "medium", "low", "max")
LEVELS_TEXT = 'must be "high", "medium", "low", "max", true, or false'
MEDIA = {b"\x89PNG": "image/png", b"\xff\xd8": "image/jpeg", b"RIFF": "image/webp"}


@dataclass(frozen=True, slots=True)
class Timings:
    """Counts and durations (ns) of one answer."""

    prompt_count: int = 0
    prompt_ns: int = 0
    answer_count: int = 0
    answer_ns: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """What one event of llama.cpp's stream says."""

    content: str = ""
    thinking: str = ""
    tool_calls: tuple[Any, ...] = ()
    logprobs: tuple[Any, ...] = ()
    finish: str = ""  # "stop" or "length" in the last one
    timings: Timings | None = None


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
    timings: _Timings | None = None
    error: Any = None


_CHAT = msgspec.json.Decoder(_ChatEvent)
_TEXT = msgspec.json.Decoder(_TextEvent)
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
    timings = _timings(told.timings)
    if not told.choices:
        return Piece(timings=timings)
    choice = told.choices[0]
    delta = choice.delta
    reason = choice.finish_reason
    return Piece(
        delta.content or "",
        delta.reasoning_content or "",
        tuple(delta.tool_calls or ()),
        tuple(_logprob(entry) for entry in (choice.logprobs or {}).get("content") or ()),
        FINISH.get(reason, "stop") if reason else "",
        timings,
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
    return Piece(told.content, finish=finish, timings=_timings(told.timings))


def _timings(told: _Timings | None) -> Timings | None:
    if told is None:
        return None
    return Timings(
        told.cache_n + told.prompt_n, int(told.prompt_ms * 1e6), told.predicted_n, int(told.predicted_ms * 1e6)
    )


def _failure(error: Any) -> RequestFailedError:
    text = msgspec.json.encode({"error": error}).decode()
    return RequestFailedError(f"an error was encountered while running the model: {text}", status=500)


def check_think(think: Think) -> None:
    """Refuse a level that is none, as Ollama does.

    Raises:
        RequestFailedError: status 400.
    """
    if isinstance(think, str) and think not in LEVELS:
        raise RequestFailedError(f'invalid think value: "{think}" ({LEVELS_TEXT})', status=400)


def check_images(messages: list[Message]) -> None:
    """Refuse pictures that are no base64.

    Raises:
        RequestFailedError: status 400.
    """
    for message in messages:
        for image in message.images:
            try:
                base64.b64decode(image, validate=True)
            except (binascii.Error, ValueError) as error:
                raise RequestFailedError("illegal base64 data at input byte 0", status=400) from error


def llama_message(message: Message) -> dict[str, Any]:
    """A message as llama.cpp's chat takes it."""
    told: dict[str, Any] = {"role": message.role.lower() or "user", "content": message.content}
    if message.images:
        told["content"] = [
            {"type": "text", "text": message.content},
            *({"type": "image_url", "image_url": {"url": _data_url(image)}} for image in message.images),
        ]
    if message.thinking:
        told["reasoning_content"] = message.thinking
    if message.tool_calls:
        told["tool_calls"] = [
            {
                "id": call.id or f"call_{index}",
                "type": "function",
                "function": {
                    "name": call.function.name,
                    "arguments": msgspec.json.encode(call.function.arguments).decode(),
                },
            }
            for index, call in enumerate(message.tool_calls)
        ]
    if message.tool_name:
        told["name"] = message.tool_name
    if message.tool_call_id:
        told["tool_call_id"] = message.tool_call_id
    return told


def _data_url(image: str) -> str:
    head = base64.b64decode(image[:16])
    kind = next((kind for mark, kind in MEDIA.items() if head.startswith(mark)), "image/png")
    return f"data:{kind};base64,{image}"


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


def think_settings(think: Think) -> dict[str, Any]:
    """How llama.cpp is told whether to think; a level goes to templates that know levels."""
    if think is False:
        return {"chat_template_kwargs": {"enable_thinking": False}, "reasoning_format": "none"}
    if isinstance(think, str):
        effort = "high" if think == "max" else think
        return {"chat_template_kwargs": {"enable_thinking": True, "reasoning_effort": effort}}
    if think:
        return {"chat_template_kwargs": {"enable_thinking": True}}
    return {}
