"""``POST /v1/responses``: OpenAI's newer interface, without anything that a server would have to keep."""

import random
import time
from typing import Any

import msgspec

from ollama_desk.engine.chat import Chat
from ollama_desk.engine.exchange import SSE, Exchange
from ollama_desk.engine.faces import Whole
from ollama_desk.engine.openai_faces import PLAIN_JSON
from ollama_desk.engine.responses_requests import ResponsesRequest, native_response
from ollama_desk.engine.translate import Piece
from ollama_desk.ollama.wire import ToolCall

Item = dict[str, Any]


class Responses:
    """Reads the words of OpenAI's responses and lets the chat answer in them."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def handle(self, exchange: Exchange) -> None:
        request = await exchange.read(ResponsesRequest)
        await self._chat.answer(exchange, native_response(request), ResponsesFace(request))


class ResponsesFace:
    """A response to ``request``, whole or as events."""

    stream_type, whole_type = SSE, PLAIN_JSON

    def __init__(self, request: ResponsesRequest) -> None:
        self._request = request
        self._number = random.randrange(1_000_000)  # noqa: S311 - a label, no secret
        self._created = int(time.time())
        self._sequence = 0
        self._items: list[Item] = []  # the finished ones
        self._open = ""  # the type of the item that grows
        self._text = ""  # of that item, so far

    def piece(self, piece: Piece) -> bytes:
        events = self._begin()
        if piece.thinking:
            events += self._grow("reasoning", piece.thinking)
        if piece.content:
            events += self._grow("message", piece.content)
        return events

    def last(self, whole: Whole) -> bytes:
        events = self._begin() + self._close()
        for call in whole.tool_calls():
            events += self._call(call)
        return events + self._event("response.completed", response=self._body(self._items, whole))

    def whole(self, whole: Whole) -> bytes:
        items = [_reasoning(self._id("rs"), whole.thought)] if whole.thought else []
        calls = whole.tool_calls()
        if whole.text or not calls:
            items.append(_message(self._id("msg"), whole.text))
        items += [_function_call(f"{self._id('fc')}_{number}", call) for number, call in enumerate(calls)]
        return msgspec.json.encode(self._body(items, whole)) + b"\n"

    def _begin(self) -> bytes:
        if self._sequence:
            return b""
        return b"".join(
            self._event(f"response.{step}", response=self._body([], None)) for step in ("created", "in_progress")
        )

    def _grow(self, kind: str, text: str) -> bytes:
        events = b"" if self._open == kind else self._close() + self._start(kind)
        self._text += text
        if kind == "reasoning":
            return events + self._of_item("reasoning_summary_text.delta", "rs", summary_index=0, delta=text)
        return events + self._of_item("output_text.delta", "msg", content_index=0, delta=text, logprobs=[])

    def _start(self, kind: str) -> bytes:
        self._open, self._text = kind, ""
        if kind == "reasoning":
            return self._added({"id": self._id("rs"), "type": "reasoning", "summary": []})
        item = {"id": self._id("msg"), "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        return self._added(item) + self._of_item("content_part.added", "msg", content_index=0, part=_part(""))

    def _close(self) -> bytes:
        kind, text, self._open = self._open, self._text, ""
        if kind == "reasoning":
            events = self._of_item("reasoning_summary_text.done", "rs", summary_index=0, text=text)
            return events + self._done(_reasoning(self._id("rs"), text))
        if kind == "message":
            return (
                self._of_item("output_text.done", "msg", content_index=0, text=text, logprobs=[])
                + self._of_item("content_part.done", "msg", content_index=0, part=_part(text))
                + self._done(_message(self._id("msg"), text))
            )
        return b""

    def _call(self, call: ToolCall) -> bytes:
        item = _function_call(self._id("fc"), call)
        arguments = item["arguments"]
        return (
            self._added({**item, "arguments": "", "status": "in_progress"})
            + self._of_item("function_call_arguments.delta", "fc", delta=arguments)
            + self._of_item("function_call_arguments.done", "fc", arguments=arguments)
            + self._done(item)
        )

    def _added(self, item: Item) -> bytes:
        return self._event("response.output_item.added", output_index=len(self._items), item=item)

    def _done(self, item: Item) -> bytes:
        event = self._event("response.output_item.done", output_index=len(self._items), item=item)
        self._items.append(item)
        return event

    def _of_item(self, kind: str, prefix: str, **more: object) -> bytes:
        return self._event(f"response.{kind}", output_index=len(self._items), item_id=self._id(prefix), **more)

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{self._number}_{len(self._items)}"

    def _event(self, kind: str, **more: object) -> bytes:
        body = {"type": kind, "sequence_number": self._sequence, **more}
        self._sequence += 1
        return b"event: %s\ndata: %s\n\n" % (kind.encode(), msgspec.json.encode(body))

    def _body(self, items: list[Item], whole: Whole | None) -> dict[str, Any]:
        """The response; without ``whole`` it goes on."""
        asked = self._request
        return {
            "id": f"resp_{self._number}",
            "object": "response",
            "created_at": self._created,
            "completed_at": int(time.time()) if whole is not None else None,
            "status": "in_progress" if whole is None else "completed",
            "incomplete_details": None,
            "model": asked.model,
            "previous_response_id": None,
            "instructions": asked.instructions,
            "output": items,
            "error": None,
            "tools": [{"description": None, "strict": None, **tool} for tool in asked.tools or ()],
            "tool_choice": "auto",
            "truncation": "disabled",
            "parallel_tool_calls": True,
            "text": {"format": (asked.text.format if asked.text else None) or {"type": "text"}},
            "top_p": 1.0 if asked.top_p is None else asked.top_p,
            "presence_penalty": 0,
            "frequency_penalty": 0,
            "top_logprobs": 0,
            "temperature": 1.0 if asked.temperature is None else asked.temperature,
            "reasoning": {"effort": asked.reasoning.effort} if asked.reasoning else None,
            "usage": _usage(whole) if whole is not None else None,
            "max_output_tokens": asked.max_output_tokens,
            "max_tool_calls": None,
            "store": False,
            "background": False,
            "service_tier": "default",
            "metadata": {},
            "safety_identifier": None,
            "prompt_cache_key": None,
        }


def _part(text: str) -> Item:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _message(item_id: str, text: str) -> Item:
    return {"id": item_id, "type": "message", "status": "completed", "role": "assistant", "content": [_part(text)]}


def _reasoning(item_id: str, text: str) -> Item:
    summary = [{"type": "summary_text", "text": text}]
    return {"id": item_id, "type": "reasoning", "summary": summary, "encrypted_content": text}


def _function_call(item_id: str, call: ToolCall) -> Item:
    return {
        "id": item_id,
        "type": "function_call",
        "status": "completed",
        "call_id": call.id,
        "name": call.function.name,
        "arguments": msgspec.json.encode(call.function.arguments).decode(),
    }


def _usage(whole: Whole) -> dict[str, Any]:
    prompt, answer = whole.timings.prompt_count, whole.timings.answer_count
    return {
        "input_tokens": prompt,
        "output_tokens": answer,
        "total_tokens": prompt + answer,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
