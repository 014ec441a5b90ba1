"""The messages of OpenAI's clients in Ollama's words. Pure."""

import base64
import binascii
from typing import Any

import msgspec

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.ollama.wire import Message, ToolCall

IMAGE_KINDS = ("jpeg", "jpg", "png", "webp")
IMAGE_STARTS = ("data:;base64,", *(f"data:image/{kind};base64," for kind in IMAGE_KINDS))


def native_conversation(told: list[dict[str, Any]]) -> list[Message]:
    """The messages; a tool's result gets the name of the tool that was called.

    Raises:
        RequestFailedError: something that cannot be said there; status 400.
    """
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
            raise refusal(f"invalid message content type: {go_type(other)}")


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
            raise refusal("invalid message format")


def _image(url: str) -> str:
    if url.startswith(("http://", "https://")):
        raise refusal("image URLs are not currently supported, please use base64 encoded data instead")
    if not url.startswith(IMAGE_STARTS):
        raise refusal("invalid image input")
    return _base64(url.partition(",")[2], "invalid image input")


def _base64(data: str, complaint: str) -> str:
    try:
        base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise refusal(complaint) from error
    return data


def _calls(told: Any) -> list[ToolCall]:
    try:
        return [_call(call) for call in told or ()]
    except (KeyError, TypeError, msgspec.MsgspecError) as error:
        raise refusal("invalid tool call arguments") from error


def _call(call: dict[str, Any]) -> ToolCall:
    arguments = msgspec.json.decode(call["function"]["arguments"] or "{}", type=dict[str, Any])
    told = {"id": call.get("id") or "", "function": {"name": call["function"]["name"], "arguments": arguments}}
    return msgspec.convert(told, ToolCall)


def go_type(value: Any) -> str:
    """What a real server calls a value of JSON that it did not expect."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return "bool"
        case int() | float():
            return "float64"
        case dict():
            return "map[string]interface {}"
        case _:
            return "string" if isinstance(value, str) else "[]interface {}"


def refusal(text: str) -> RequestFailedError:
    return RequestFailedError(text, status=400)
