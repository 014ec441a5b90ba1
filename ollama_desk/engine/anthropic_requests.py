"""What clients of Anthropic's messages ask, said in Ollama's words. Pure."""

from collections.abc import Iterable
from typing import Any

import msgspec

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.ollama.wire import ChatRequest, Message, Think, ToolCall, ToolFunction

LEVELS = ("low", "medium", "high", "max")
SEARCH_TEXT = "ollama cloud is disabled: web search is unavailable"


class Thinking(msgspec.Struct):
    type: str = ""
    budget_tokens: int | None = None


class OutputConfig(msgspec.Struct):
    effort: str | None = None


class MessagesRequest(msgspec.Struct):
    """The body of ``POST /v1/messages``; what is not named is passed over, ``tool_choice`` too."""

    model: str = ""
    max_tokens: int = 0
    messages: list[dict[str, Any]] | None = None
    system: str | list[dict[str, Any]] | None = None
    stream: bool = False
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop_sequences: list[str] | None = None
    tools: list[dict[str, Any]] | None = None
    thinking: Thinking | None = None
    output_config: OutputConfig | None = None


def native_messages(request: MessagesRequest) -> ChatRequest:
    """The same request in Ollama's words.

    Raises:
        RequestFailedError: something that cannot be said there; status 400, 403 for a search of the web.
    """
    _check(request)
    system = _joined(request.system)
    messages = [Message("system", system)] if system else []
    for told in request.messages or ():
        messages += _messages(told)
    options = {
        "num_predict": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "stop": request.stop_sequences,
    }
    return ChatRequest(
        model=request.model,
        messages=messages,
        stream=request.stream,
        tools=[_tool(tool) for tool in request.tools or ()],
        options={name: value for name, value in options.items() if value is not None},
        think=_think(request),
    )


def _check(request: MessagesRequest) -> None:
    if not request.model:
        raise _refusal("model is required")
    if request.max_tokens <= 0:
        raise _refusal("max_tokens is required and must be positive")
    if not request.messages:
        raise _refusal("messages is required")


def _think(request: MessagesRequest) -> Think:
    effort = request.output_config.effort if request.output_config is not None else None
    match request.thinking:
        case Thinking(type="disabled"):
            return False
        case Thinking(type="enabled" | "adaptive") if effort not in LEVELS:
            return True
        case _:
            return effort if effort in LEVELS else None


def _tool(told: dict[str, Any]) -> dict[str, Any]:
    if str(told.get("type", "")).startswith("web_search"):
        raise RequestFailedError(SEARCH_TEXT, status=403)
    function = {
        "name": told.get("name", ""),
        "description": told.get("description", ""),
        "parameters": told.get("input_schema") or {"type": "object", "properties": {}},
    }
    return {"type": "function", "function": function}


def _messages(told: dict[str, Any]) -> list[Message]:
    """One message there may be several here: each result of a tool is a message of its own."""
    message = Message(str(told.get("role") or ""))
    results: list[Message] = []
    texts: list[str] = []
    for block in _blocks(told.get("content")):
        match block:
            case {"type": "text", "text": str() as text}:
                texts.append(text)
            case {"type": "thinking", "thinking": str() as thinking}:
                message.thinking += thinking
            case {"type": "image", "source": dict() as source}:
                message.images.append(_image(source))
            case {"type": "tool_use", "name": str() as name}:
                message.tool_calls.append(_call(block, name))
            case {"type": "tool_result"}:
                content = _joined(block.get("content"))
                results.append(Message("tool", content, tool_call_id=str(block.get("tool_use_id") or "")))
            case {"type": str()}:  # a kind of block that says nothing to a model here
                pass
            case _:
                raise _refusal("content block without a type")
    message.content = "\n".join(texts)
    says_something = message.content or message.images or message.tool_calls or message.thinking
    return [*results, message] if says_something or not results else results


def _blocks(content: Any) -> Iterable[dict[str, Any]]:
    match content:
        case str():
            return [{"type": "text", "text": content}]
        case list() if all(isinstance(block, dict) for block in content):
            return content
        case _:
            raise _refusal("content must be a text or a list of blocks")


def _joined(content: Any) -> str:
    """The texts of a system prompt or of a tool's result."""
    if content is None:
        return ""
    return "\n".join(str(block.get("text", "")) for block in _blocks(content) if block.get("type") == "text")


def _image(source: dict[str, Any]) -> str:
    kind, data = source.get("type"), source.get("data")
    if kind != "base64" or not isinstance(data, str):
        raise _refusal(f"invalid image source type: {kind}. Only base64 images are supported.")
    return data


def _call(block: dict[str, Any], name: str) -> ToolCall:
    arguments = block.get("input") or {}
    if not isinstance(arguments, dict):
        raise _refusal("input of a tool_use must be an object")
    return ToolCall(str(block.get("id") or ""), ToolFunction(name=name, arguments=arguments))


def _refusal(text: str) -> RequestFailedError:
    return RequestFailedError(text, status=400)
