"""What OpenAI's clients ask, said in Ollama's words. Pure.

What is not named here is passed over, as Ollama does: ``tool_choice``, ``n``, ``logit_bias``, ``user`` and others.
"""

import base64
import binascii
from typing import Any

import msgspec

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.ollama.wire import ChatRequest, EmbedRequest, GenerateRequest, Message, Think, ToolCall

EFFORTS: dict[str, Think] = {
    "none": False,
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "max": "max",
    "xhigh": "max",
    "ultra": "max",
}
EFFORTS_TEXT = 'must be "high", "medium", "low", "max", or "none"'
IMAGE_KINDS = ("jpeg", "jpg", "png", "webp")
IMAGE_STARTS = ("data:;base64,", *(f"data:image/{kind};base64," for kind in IMAGE_KINDS))
MOST_LOGPROBS = 20


class StreamOptions(msgspec.Struct):
    include_usage: bool = False


class Reasoning(msgspec.Struct):
    effort: str = ""


class ChatCompletion(msgspec.Struct):
    """The body of ``POST /v1/chat/completions``."""

    model: str = ""
    messages: list[dict[str, Any]] | None = None
    stream: bool | None = None  # None: false, here and below
    stream_options: StreamOptions | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: Any = None  # a text or a list of texts; anything else is passed over
    temperature: float | None = None
    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    response_format: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = None
    reasoning: Reasoning | None = None
    reasoning_effort: str | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None

    @property
    def wants_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage


class TextCompletion(msgspec.Struct):
    """The body of ``POST /v1/completions``."""

    model: str = ""
    prompt: str | None = None
    suffix: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: Any = None
    temperature: float | None = None
    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logprobs: int | None = None

    @property
    def wants_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage


class Embeddings(msgspec.Struct):
    """The body of ``POST /v1/embeddings``."""

    model: str = ""
    input: Any = None
    dimensions: int | None = None
    encoding_format: str | None = None


def native_chat(request: ChatCompletion) -> ChatRequest:
    """A chat completion in Ollama's words.

    Raises:
        RequestFailedError: something that cannot be said there; status 400.
    """
    if not request.messages:
        raise RequestFailedError("[] is too short - 'messages'", status=400)
    _check_logprobs(request.top_logprobs)
    return ChatRequest(
        model=request.model,
        messages=_messages(request.messages),
        stream=bool(request.stream),
        format=_format(request.response_format),
        tools=request.tools or [],
        options=_options(request, _chat_stops(request.stop)),
        think=_think(request),
        logprobs=bool(request.logprobs),
        top_logprobs=request.top_logprobs or 0 if request.logprobs else 0,
    )


def native_text(request: TextCompletion) -> GenerateRequest:
    """A completion of text in Ollama's words.

    Raises:
        RequestFailedError: something that cannot be said there; status 400.
    """
    _check_logprobs(request.logprobs)
    return GenerateRequest(
        model=request.model,
        prompt=request.prompt or "",
        suffix=request.suffix or "",
        stream=bool(request.stream),
        options=_options(request, _text_stops(request.stop)),
    )


def native_embed(request: Embeddings) -> EmbedRequest:
    """A request for vectors in Ollama's words.

    Raises:
        RequestFailedError: nothing to embed, or in a coding that nobody knows; status 400.
    """
    if request.input is None or request.input == []:
        raise _refusal("invalid input")
    if request.encoding_format not in (None, "", "float", "base64"):
        raise _refusal(
            f"Invalid value for 'encoding_format' = {request.encoding_format}. Supported values: ['float', 'base64']."
        )
    return EmbedRequest(request.model, request.input, dimensions=request.dimensions or 0)


def _options(request: ChatCompletion | TextCompletion, stops: list[str] | None) -> dict[str, Any]:
    options = {
        "temperature": 1.0 if request.temperature is None else request.temperature,  # OpenAI's own defaults
        "top_p": 1.0 if request.top_p is None else request.top_p,
        "num_predict": request.max_tokens,
        "seed": request.seed,
        "stop": stops,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
    }
    return {name: value for name, value in options.items() if value is not None}


def _chat_stops(told: Any) -> list[str] | None:
    match told:
        case str():
            return [told]
        case list():
            return [stop for stop in told if isinstance(stop, str)]
        case _:
            return None


def _text_stops(told: Any) -> list[str] | None:
    if isinstance(told, list) and not all(isinstance(stop, str) for stop in told):
        raise _refusal("invalid type for 'stop' field: it must be a text or a list of texts")
    return _chat_stops(told)


def _check_logprobs(wanted: int | None) -> None:
    if wanted is not None and not 0 <= wanted <= MOST_LOGPROBS:
        raise _refusal("top_logprobs must be between 0 and 20")


def _think(request: ChatCompletion) -> Think:
    effort = request.reasoning.effort if request.reasoning is not None else request.reasoning_effort
    if not effort:
        return None
    if effort not in EFFORTS:
        raise _refusal(f"invalid reasoning value: '{effort}' ({EFFORTS_TEXT})")
    return EFFORTS[effort]


def _messages(told: list[dict[str, Any]]) -> list[Message]:
    messages: list[Message] = []
    tools: dict[str, str] = {}  # the id of a call → the name of what was called
    for entry in told:
        message = _message(entry)
        tools |= {call.id: call.function.name for call in message.tool_calls}
        if message.role == "tool" and not message.tool_name:
            message.tool_name = tools.get(message.tool_call_id, "")
        messages.append(message)
    return messages


def _message(told: dict[str, Any]) -> Message:
    texts, images = _content(told)
    return Message(
        str(told.get("role") or ""),
        "\n".join(texts),
        thinking=str(told.get("reasoning") or ""),
        images=images,
        tool_calls=_calls(told.get("tool_calls")),
        tool_name=str(told.get("name") or "") if told.get("role") == "tool" else "",
        tool_call_id=str(told.get("tool_call_id") or ""),
    )


def _content(told: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The texts and the pictures (or sounds) of a message."""
    match told.get("content"):
        case str() as text:
            return [text], []
        case list() as parts:
            texts: list[str] = []
            images: list[str] = []
            for part in parts:
                _take(part, texts, images)
            return texts, images
        case None if told.get("tool_calls"):
            return [], []
        case other:
            kind = "<nil>" if other is None else type(other).__name__
            raise _refusal(f"invalid message content type: {kind}")


def _take(part: Any, texts: list[str], images: list[str]) -> None:
    match part:
        case {"type": "text", "text": str() as text}:
            texts.append(text)
        case {"type": "image_url", "image_url": {"url": str() as url}} | {
            "type": "image_url",
            "image_url": str() as url,
        }:
            images.append(_image(url))
        case {"type": "input_audio", "input_audio": {"data": str() as data}}:
            images.append(_base64(data, "invalid input_audio data"))
        case _:
            raise _refusal("invalid message format")


def _image(url: str) -> str:
    if url.startswith(("http://", "https://")):
        raise _refusal("image URLs are not currently supported, please use base64 encoded data instead")
    if not url.startswith(IMAGE_STARTS):
        raise _refusal("invalid image input")
    return _base64(url.partition(",")[2], "invalid image input")


def _base64(data: str, complaint: str) -> str:
    try:
        base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _refusal(complaint) from error
    return data


def _calls(told: Any) -> list[ToolCall]:
    try:
        return [_call(call) for call in told or ()]
    except (KeyError, TypeError, msgspec.MsgspecError) as error:
        raise _refusal("invalid tool call arguments") from error


def _call(call: dict[str, Any]) -> ToolCall:
    arguments = msgspec.json.decode(call["function"]["arguments"] or "{}", type=dict[str, Any])
    told = {"id": call.get("id") or "", "function": {"name": call["function"]["name"], "arguments": arguments}}
    return msgspec.convert(told, ToolCall)


def _format(told: dict[str, Any] | None) -> Any:
    match told:
        case {"type": "json_object"}:
            return "json"
        case {"type": "json_schema", "json_schema": {"schema": dict() as schema}}:
            return schema
        case _:
            return None


def _refusal(text: str) -> RequestFailedError:
    return RequestFailedError(text, status=400)
