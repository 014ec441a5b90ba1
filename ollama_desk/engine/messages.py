"""Ollama's messages as llama.cpp's chat takes them. Pure."""

import base64
import binascii
from typing import Any

import msgspec
from msgspec.structs import replace

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.templates import Manner, tools_text
from ollama_desk.engine.tool_calls import HERMES, JSON_TAG
from ollama_desk.ollama.wire import Message, Think, ToolCall

LEVELS = ("high", "medium", "low", "max")
LEVELS_TEXT = 'must be "high", "medium", "low", "max", true, or false'
MEDIA = {b"\x89PNG": "image/png", b"\xff\xd8": "image/jpeg", b"RIFF": "image/webp"}
MAX_LOGPROBS = 20


def check_think(think: Think) -> None:
    """Refuse a level that is none, as Ollama does.

    Raises:
        RequestFailedError: status 400.
    """
    if isinstance(think, str) and think not in LEVELS:
        raise RequestFailedError(f'invalid think value: "{think}" ({LEVELS_TEXT})', status=400)


def check_logprobs(count: int) -> None:
    """Refuse to tell of more alternatives than Ollama does.

    Raises:
        RequestFailedError: status 400.
    """
    if not 0 <= count <= MAX_LOGPROBS:
        raise RequestFailedError(f"top_logprobs must be between 0 and {MAX_LOGPROBS}", status=400)


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
                at = next((index for index, letter in enumerate(image) if not _is_base64(letter)), len(image) // 4 * 4)
                raise RequestFailedError(f"illegal base64 data at input byte {at}", status=400) from error


def _is_base64(letter: str) -> bool:
    return letter.isascii() and (letter.isalnum() or letter in "+/")


def conversation(messages: list[Message], manner: Manner, tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """``messages`` for a model that is spoken with in ``manner``; with its tools told in text where it must be."""
    told = [llama_message(message, manner) for message in _one_to_continue(messages)]
    if not tools or not manner.writes_tools:
        return told
    text = tools_text("\n".join(msgspec.json.encode(tool).decode() for tool in tools), manner.tool_tags)
    if told and told[0]["role"] == "system" and isinstance(told[0]["content"], str):
        told[0]["content"] = f"{told[0]['content']}\n\n{text}"
    else:
        told.insert(0, {"role": "system", "content": text})
    return told


def _one_to_continue(messages: list[Message]) -> list[Message]:
    """``messages`` with the answers at their end as one, which llama.cpp insists on."""
    *before, last = messages
    while before and last.role.lower() == before[-1].role.lower() == "assistant" and not before[-1].tool_calls:
        first = before.pop()
        last = replace(last, content=f"{first.content}\n\n{last.content}", thinking=last.thinking or first.thinking)
    return [*before, last]


def llama_message(message: Message, manner: Manner) -> dict[str, Any]:
    """A message as llama.cpp's chat takes it; calls and their results as text where the template knows none."""
    role, content = message.role.lower() or "user", message.content
    if manner.writes_tools:
        if message.tool_calls:
            content = "\n".join(filter(None, (content, *(_written(call, manner) for call in message.tool_calls))))
        elif role == "tool":
            role, content = "user", f"<tool_response>\n{content}\n</tool_response>"
    told: dict[str, Any] = {"role": role, "content": content}
    if message.images:
        told["content"] = [*(media_part(image) for image in message.images), {"type": "text", "text": content}]
    if message.thinking:
        told["reasoning_content"] = message.thinking
    if manner.renders_tools:
        told |= _tool_fields(message)
    return told


def _tool_fields(message: Message) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if message.tool_calls:
        told["tool_calls"] = [_as_openai(index, call) for index, call in enumerate(message.tool_calls)]
    if message.tool_name:
        told["name"] = message.tool_name
    if message.tool_call_id:
        told["tool_call_id"] = message.tool_call_id
    return told


def _as_openai(index: int, call: ToolCall) -> dict[str, Any]:
    arguments = msgspec.json.encode(call.function.arguments).decode()
    return {
        "id": call.id or f"call_{index}",
        "type": "function",
        "function": {"name": call.function.name, "arguments": arguments},
    }


def _written(call: ToolCall, manner: Manner) -> str:
    """A call as the model itself writes it."""
    told = msgspec.json.encode({"name": call.function.name, "arguments": call.function.arguments}).decode()
    tag = manner.tool_tags[0] if manner.tool_tags else HERMES
    return told if tag is JSON_TAG else f"{tag.opening}\n{told}\n{tag.closing}".rstrip()


def media_part(image: str) -> dict[str, Any]:
    """A picture, or a sound, which travels among the pictures, as a part of a message."""
    head = base64.b64decode(image[:16])
    if head.startswith(b"RIFF") and head.endswith(b"WAVE"):
        return {"type": "input_audio", "input_audio": {"data": image, "format": "wav"}}
    kind = next((kind for mark, kind in MEDIA.items() if head.startswith(mark)), "image/png")
    return {"type": "image_url", "image_url": {"url": f"data:{kind};base64,{image}"}}


def think_settings(think: Think, *, parses: bool = False) -> dict[str, Any]:
    """How llama.cpp is told whether to think; a level goes to templates that know levels.

    Args:
        think: what was asked for; ``None`` for a model that cannot.
        parses: llama.cpp shall tell thinking apart in any case: it would repeat the end of the prompt otherwise, in
            which templates say that there shall be none.
    """
    if think is None:
        return {"reasoning_format": "none"}
    if think is False:
        told: dict[str, Any] = {} if parses else {"reasoning_format": "none"}
        return told | {"chat_template_kwargs": {"enable_thinking": False}}
    if isinstance(think, str):
        effort = "high" if think == "max" else think
        return {"chat_template_kwargs": {"enable_thinking": True, "reasoning_effort": effort}}
    return {"chat_template_kwargs": {"enable_thinking": True}}
