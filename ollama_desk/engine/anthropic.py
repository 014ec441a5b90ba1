"""``POST /v1/messages``: Anthropic's interface, for programs that speak nothing else."""

import secrets
from typing import Any

import msgspec

from ollama_desk.engine.anthropic_requests import MessagesRequest, native_messages
from ollama_desk.engine.chat import Chat
from ollama_desk.engine.exchange import SSE, Exchange
from ollama_desk.engine.faces import Whole
from ollama_desk.engine.openai_faces import PLAIN_JSON
from ollama_desk.engine.shelf import Shelf
from ollama_desk.engine.translate import Piece
from ollama_desk.ollama.wire import ToolCall

Block = dict[str, Any]


class Messages:
    """Reads Anthropic's words and lets the chat answer in them."""

    def __init__(self, shelf: Shelf, chat: Chat) -> None:
        self._shelf = shelf
        self._chat = chat

    async def handle(self, exchange: Exchange) -> None:
        request = native_messages(await exchange.read(MessagesRequest))
        if request.think and not (await self._shelf.find(request.model)).can("thinking"):
            request.think = None  # asked of any model by some programs; a real server does not mind either
        await self._chat.answer(exchange, request, MessagesFace(request.model))


class MessagesFace:
    """A message, whole or as events; ``model`` is its name as the client said it."""

    stream_type, whole_type = SSE, PLAIN_JSON

    def __init__(self, model: str) -> None:
        self._head = {
            "id": f"msg_{secrets.token_hex(12)}",
            "type": "message",
            "role": "assistant",
            "model": model,
        }
        self._begun = False
        self._open = ""  # the type of the block that grows
        self._index = -1  # of that block, or of the last one

    def piece(self, piece: Piece) -> bytes:
        events = self._begin()
        if piece.thinking:
            events += self._grow("thinking", "thinking", piece.thinking)
        if piece.content:
            events += self._grow("text", "text", piece.content)
        return events

    def last(self, whole: Whole) -> bytes:
        events = self._begin() + self._close()
        for call in whole.tool_calls():
            events += self._call(call)
        return (
            events
            + _event("message_delta", delta={"stop_reason": _reason(whole)}, usage=_usage(whole))
            + _event("message_stop")
        )

    def whole(self, whole: Whole) -> bytes:
        blocks: list[Block] = []
        if whole.thought:
            blocks.append({"type": "thinking", "thinking": whole.thought, "signature": ""})
        if whole.text:
            blocks.append({"type": "text", "text": whole.text})
        blocks += [{**_tool_use(call), "input": call.function.arguments} for call in whole.tool_calls()]
        body = {**self._head, "content": blocks, "stop_reason": _reason(whole), "usage": _usage(whole)}
        return msgspec.json.encode(body) + b"\n"

    def _begin(self) -> bytes:
        if self._begun:
            return b""
        self._begun = True
        usage = {"input_tokens": 0, "output_tokens": 0}  # not counted before the end
        return _event("message_start", message={**self._head, "content": [], "usage": usage})

    def _grow(self, kind: str, field: str, text: str) -> bytes:
        events = b""
        if self._open != kind:
            events = self._close() + self._start({"type": kind, field: ""})
            self._open = kind
        delta = {"type": f"{kind}_delta", field: text}
        return events + _event("content_block_delta", index=self._index, delta=delta)

    def _call(self, call: ToolCall) -> bytes:
        self._open = "tool_use"
        arguments = msgspec.json.encode(call.function.arguments).decode()
        return (
            self._start({**_tool_use(call), "input": {}})
            + _event(
                "content_block_delta",
                index=self._index,
                delta={"type": "input_json_delta", "partial_json": arguments},
            )
            + self._close()
        )

    def _start(self, block: Block) -> bytes:
        self._index += 1
        return _event("content_block_start", index=self._index, content_block=block)

    def _close(self) -> bytes:
        if not self._open:
            return b""
        self._open = ""
        return _event("content_block_stop", index=self._index)


def _event(kind: str, **more: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), msgspec.json.encode({"type": kind, **more}))


def _tool_use(call: ToolCall) -> Block:
    return {"type": "tool_use", "id": call.id, "name": call.function.name}


def _reason(whole: Whole) -> str:
    if whole.tool_calls():
        return "tool_use"
    return "max_tokens" if whole.finish == "length" else "end_turn"


def _usage(whole: Whole) -> dict[str, int]:
    return {"input_tokens": whole.timings.prompt_count, "output_tokens": whole.timings.answer_count}
