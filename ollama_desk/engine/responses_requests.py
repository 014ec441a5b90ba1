"""What clients of OpenAI's responses ask, said in Ollama's words. Pure.

The server keeps nothing: ``previous_response_id``, ``conversation`` and ``background`` are passed over, as Ollama does.
"""

from typing import Any

import msgspec

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.openai_requests import ChatCompletionRequest, Reasoning, native_chat
from ollama_desk.ollama.wire import ChatRequest


class TextSettings(msgspec.Struct):
    format: dict[str, Any] | None = None


class ResponsesRequest(msgspec.Struct):
    """The body of ``POST /v1/responses``."""

    model: str = ""
    input: Any = None  # a text or a list of items
    instructions: str | None = None
    stream: bool | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    tools: list[dict[str, Any]] | None = None
    text: TextSettings | None = None
    reasoning: Reasoning | None = None


def native_response(request: ResponsesRequest) -> ChatRequest:
    """The same request in Ollama's words; no messages where there is no input.

    Raises:
        RequestFailedError: something that cannot be said there; status 400.
    """
    messages = _messages(request)
    told = ChatCompletionRequest(
        model=request.model,
        messages=messages or [{"role": "user", "content": ""}],
        stream=request.stream,
        max_tokens=request.max_output_tokens,
        temperature=request.temperature,
        top_p=request.top_p,
        response_format=_format(request.text),
        tools=[_tool(tool) for tool in request.tools or () if tool.get("type", "function") == "function"],
        reasoning=request.reasoning,
    )
    chat = native_chat(told)
    if not messages:
        chat.messages = []
    return chat


def _messages(request: ResponsesRequest) -> list[dict[str, Any]]:
    messages = _items(request.input)
    if request.instructions:
        messages.insert(0, {"role": "system", "content": request.instructions})
    return messages


def _items(told: Any) -> list[dict[str, Any]]:
    match told:
        case None:
            return []
        case str():
            return [{"role": "user", "content": told}]
        case list():
            messages: list[dict[str, Any]] = []
            for number, item in enumerate(told):
                _take(number, item, messages)
            return messages
        case _:
            raise _refusal("input must be a string or array")


def _take(number: int, item: Any, messages: list[dict[str, Any]]) -> None:
    """Add what an item says to the messages: thoughts and calls belong to one message of the assistant."""
    match item:
        case {"type": "function_call", "name": str() as name, "call_id": str() as call}:
            function = {"name": name, "arguments": item.get("arguments") or "{}"}
            _growing(messages).setdefault("tool_calls", []).append({"id": call, "function": function})
        case {"type": "function_call_output", "call_id": str() as call}:
            content = _content(number, item.get("output") or "")
            messages.append({"role": "tool", "tool_call_id": call, "content": content})
        case {"type": "reasoning"}:
            thoughts = [str(part.get("text", "")) for part in item.get("summary") or () if isinstance(part, dict)]
            messages.append({"role": "assistant", "content": "", "reasoning": "\n".join(thoughts)})
        case {"role": str() as role} if item.get("type", "message") == "message":
            content = _content(number, item.get("content") or "")
            if role == "assistant" and _is_thought(messages):
                messages[-1]["content"] = content
            else:
                messages.append({"role": "system" if role == "developer" else role, "content": content})
        case dict():
            raise _refusal(f'input[{number}]: unknown input item type: "{item.get("type", "")}"')
        case _:
            raise _refusal(f"input[{number}]: not an object")


def _growing(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The message of the assistant at the end, new where there is none."""
    if not messages or messages[-1]["role"] != "assistant":
        messages.append({"role": "assistant", "content": ""})
    return messages[-1]


def _is_thought(messages: list[dict[str, Any]]) -> bool:
    last = messages[-1] if messages else {}
    return "reasoning" in last and not last["content"] and "tool_calls" not in last


def _content(number: int, told: Any) -> str | list[dict[str, Any]]:
    match told:
        case str():
            return told
        case list():
            return [_part(number, place, part) for place, part in enumerate(told)]
        case _:
            raise _refusal(f"input[{number}]: content must be a string or array")


def _part(number: int, place: int, part: Any) -> dict[str, Any]:
    match part:
        case {"type": "input_text" | "output_text" | "text", "text": str() as text}:
            return {"type": "text", "text": text}
        case {"type": "refusal", "refusal": str() as text}:
            return {"type": "text", "text": text}
        case {"type": "input_image", "image_url": str() as url}:
            return {"type": "image_url", "image_url": {"url": url}}
        case _:
            kind = part.get("type", "") if isinstance(part, dict) else ""
            raise _refusal(f"input[{number}]: content[{place}]: unknown content type: {kind}")


def _format(text: TextSettings | None) -> dict[str, Any] | None:
    match text.format if text is not None else None:
        case {"type": "json_schema", "schema": dict() as schema}:
            return {"type": "json_schema", "json_schema": {"schema": schema}}
        case {"type": "json_object"}:
            return {"type": "json_object"}
        case _:
            return None


def _tool(told: dict[str, Any]) -> dict[str, Any]:
    function = {
        "name": told.get("name", ""),
        "description": told.get("description") or "",
        "parameters": told.get("parameters") or {"type": "object", "properties": {}},
    }
    return {"type": "function", "function": function}


def _refusal(text: str) -> RequestFailedError:
    return RequestFailedError(text, status=400)
