"""What OpenAI's clients ask, said in Ollama's words. Pure.

What is not named here is passed over, as Ollama does: ``tool_choice``, ``n``, ``logit_bias``, ``user`` and others.
"""

from typing import Any

import msgspec

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.openai_messages import go_type, native_conversation, refusal
from ollama_desk.ollama.wire import ChatRequest, EmbedRequest, GenerateRequest, Think

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
MOST_LOGPROBS = 20


class StreamOptions(msgspec.Struct):
    include_usage: bool = False


class Reasoning(msgspec.Struct):
    effort: str = ""


class ChatCompletionRequest(msgspec.Struct):
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


class CompletionRequest(msgspec.Struct):
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


def native_chat(request: ChatCompletionRequest) -> ChatRequest:
    """A chat completion in Ollama's words.

    Raises:
        RequestFailedError: something that cannot be said there; status 400.
    """
    if not request.messages:
        raise RequestFailedError("[] is too short - 'messages'", status=400)
    _check_logprobs(request.top_logprobs)
    return ChatRequest(
        model=request.model,
        messages=native_conversation(request.messages),
        stream=bool(request.stream),
        format=_format(request.response_format),
        tools=request.tools or [],
        options=_options(request, _chat_stops(request.stop)),
        think=_think(request),
        logprobs=bool(request.logprobs),
        top_logprobs=request.top_logprobs or 0 if request.logprobs else 0,
    )


def native_text(request: CompletionRequest) -> GenerateRequest:
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
        raise refusal("invalid input")
    if request.encoding_format not in (None, "", "float", "base64"):
        raise refusal(
            f"Invalid value for 'encoding_format' = {request.encoding_format}. Supported values: ['float', 'base64']."
        )
    return EmbedRequest(request.model, request.input, dimensions=request.dimensions or 0)


def _options(request: ChatCompletionRequest | CompletionRequest, stops: list[str] | None) -> dict[str, Any]:
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
    wrong = [stop for stop in told if not isinstance(stop, str)] if isinstance(told, list) else []
    if wrong:
        raise refusal(f"invalid type for 'stop' field: {go_type(wrong[0])}")
    return _chat_stops(told)


def _check_logprobs(wanted: int | None) -> None:
    if wanted is not None and not 0 <= wanted <= MOST_LOGPROBS:
        raise refusal("top_logprobs must be between 0 and 20")


def _think(request: ChatCompletionRequest) -> Think:
    effort = request.reasoning.effort if request.reasoning is not None else request.reasoning_effort
    if not effort:
        return None
    if effort not in EFFORTS:
        raise refusal(f"invalid reasoning value: '{effort}' ({EFFORTS_TEXT})")
    return EFFORTS[effort]


def _format(told: dict[str, Any] | None) -> Any:
    match told:
        case {"type": "json_object"}:
            return "json"
        case {"type": "json_schema", "json_schema": {"schema": dict() as schema}}:
            return schema
        case _:
            return None
