"""The part of OpenAI's interface that most programs use: models, and chat completions."""

import random
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.catalog import EngineModel
from ollama_desk.engine.chat import Chat
from ollama_desk.engine.exchange import SSE, Exchange
from ollama_desk.engine.faces import Whole
from ollama_desk.engine.shelf import Shelf
from ollama_desk.engine.translate import Piece
from ollama_desk.ollama.wire import ChatRequest, Message, Think, ToolCall

PLAIN_JSON = b"application/json"
EFFORTS: dict[str, Think] = {"none": False, "minimal": "low", "xhigh": "max", "ultra": "max"}


class _StreamOptions(msgspec.Struct):
    include_usage: bool = False


class CompletionRequest(msgspec.Struct):
    """What is taken from a chat completion; the rest is passed over, as Ollama does."""

    model: str = ""
    messages: list[dict[str, Any]] = msgspec.field(default_factory=list)
    stream: bool = False
    stream_options: _StreamOptions | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    temperature: float | None = None
    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    response_format: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = None
    reasoning_effort: str | None = None


class OpenAi:
    """``/v1``: the same models and the same answers in OpenAI's words."""

    def __init__(self, chat: Chat, shelf: Shelf) -> None:
        self._chat = chat
        self._shelf = shelf

    async def models(self, exchange: Exchange) -> None:
        """``GET /v1/models``."""
        models = await self._shelf.models()
        listed = {"object": "list", "data": [_entry(model, model.name) for model in models]}
        await exchange.answer_json(listed, content_type=PLAIN_JSON)

    async def model(self, exchange: Exchange) -> None:
        """``GET /v1/models/<name>``."""
        name = exchange.path.removeprefix("/v1/models/")
        await exchange.answer_json(_entry(await self._shelf.find(name), name), content_type=PLAIN_JSON)

    async def chat(self, exchange: Exchange) -> None:
        """``POST /v1/chat/completions``."""
        request = await exchange.read(CompletionRequest)
        if not request.messages:
            raise RequestFailedError("[] is too short - 'messages'", status=400)
        usage = request.stream_options is not None and request.stream_options.include_usage
        await self._chat.answer(exchange, native(request), OpenAiFace(request.model, usage=usage))


def native(request: CompletionRequest) -> ChatRequest:
    """The same request in Ollama's words.

    Raises:
        RequestFailedError: a message that cannot be said there; status 400.
    """
    stop = [request.stop] if isinstance(request.stop, str) else request.stop
    options = {
        "temperature": 1.0 if request.temperature is None else request.temperature,  # OpenAI's own defaults
        "top_p": 1.0 if request.top_p is None else request.top_p,
        "num_predict": request.max_tokens,
        "seed": request.seed,
        "stop": stop,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
    }
    return ChatRequest(
        model=request.model,
        messages=[_message(message) for message in request.messages],
        stream=request.stream,
        format=_format(request.response_format),
        tools=request.tools or [],
        options={name: value for name, value in options.items() if value is not None},
        think=EFFORTS.get(request.reasoning_effort, request.reasoning_effort) if request.reasoning_effort else None,
    )


def _message(told: dict[str, Any]) -> Message:
    texts, images = [], []
    content = told.get("content")
    parts = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
    for part in parts:
        if isinstance(part, dict) and part.get("type") == "image_url":
            images.append(_image(part.get("image_url")))
        elif isinstance(part, dict):
            texts.append(str(part.get("text", "")))
    try:
        calls = [_call(call) for call in told.get("tool_calls") or []]
    except (KeyError, TypeError, msgspec.DecodeError) as error:
        raise RequestFailedError("invalid tool call arguments", status=400) from error
    return Message(
        str(told.get("role", "")),
        "\n".join(texts),
        images=images,
        tool_calls=calls,
        tool_call_id=str(told.get("tool_call_id") or ""),
    )


def _call(call: dict[str, Any]) -> ToolCall:
    arguments = msgspec.json.decode(call["function"]["arguments"] or "{}", type=dict[str, Any])
    told = {"id": call.get("id", ""), "function": {"name": call["function"]["name"], "arguments": arguments}}
    return msgspec.convert(told, ToolCall)


def _image(told: Any) -> str:
    url = str(told.get("url", "") if isinstance(told, dict) else told)
    if not url.startswith("data:"):
        text = "image URLs are not currently supported, please use base64 encoded data instead"
        raise RequestFailedError(text, status=400)
    return url.partition(",")[2]


def _format(told: dict[str, Any] | None) -> Any:
    match told:
        case {"type": "json_object"}:
            return "json"
        case {"type": "json_schema", "json_schema": {"schema": dict() as schema}}:
            return schema
        case _:
            return None


def _entry(model: EngineModel, name: str) -> dict[str, object]:
    created = int(model.files.modified_at.timestamp())
    return {"id": name, "object": "model", "created": created, "owned_by": model.files.name.namespace}


class OpenAiFace:
    """A chat completion, whole or as server-sent events."""

    stream_type, whole_type = SSE, PLAIN_JSON

    def __init__(self, model: str, *, usage: bool) -> None:
        self._usage = usage
        self._head = {"id": f"chatcmpl-{random.randrange(1000)}", "model": model}  # noqa: S311 - a label, no secret
        self._role: dict[str, str] = {"role": "assistant"}

    def piece(self, piece: Piece) -> bytes:
        delta = {**self._role, "content": piece.content}
        if piece.thinking:
            delta["reasoning"] = piece.thinking
        return self._chunk([{"index": 0, "delta": delta, "finish_reason": None}])

    def last(self, whole: Whole) -> bytes:
        calls = _calls(whole.tool_calls())
        delta: dict[str, Any] = {**self._role, "content": "", "tool_calls": calls} if calls else {}
        events = self._chunk([{"index": 0, "delta": delta, "finish_reason": _reason(whole)}])
        if self._usage:
            events += self._chunk([], usage=_usage(whole))
        return events + b"data: [DONE]\n\n"

    def whole(self, whole: Whole) -> bytes:
        message: dict[str, Any] = {**self._role, "content": whole.text}
        if whole.thought:
            message["reasoning"] = whole.thought
        if whole.calls:
            message["tool_calls"] = _calls(whole.tool_calls())
        choices = [{"index": 0, "message": message, "finish_reason": _reason(whole)}]
        return msgspec.json.encode(self._body("chat.completion", choices, usage=_usage(whole))) + b"\n"

    def _chunk(self, choices: Sequence[object], **more: object) -> bytes:
        return b"data: " + msgspec.json.encode(self._body("chat.completion.chunk", choices, **more)) + b"\n\n"

    def _body(self, kind: str, choices: Sequence[object], **more: object) -> dict[str, object]:
        return {
            "id": self._head["id"],
            "object": kind,
            "created": int(time.time()),
            "model": self._head["model"],
            "system_fingerprint": "fp_ollama",
            "choices": choices,
            **more,
        }


def _reason(whole: Whole) -> str:
    return "tool_calls" if whole.calls else whole.finish


def _usage(whole: Whole) -> dict[str, int]:
    prompt, answer = whole.timings.prompt_count, whole.timings.answer_count
    return {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}


def _calls(calls: list[ToolCall]) -> list[dict[str, object]]:
    return [
        {
            "id": call.id,
            "index": call.function.index,
            "type": "function",
            "function": {
                "name": call.function.name,
                "arguments": msgspec.json.encode(call.function.arguments).decode(),
            },
        }
        for call in calls
    ]
