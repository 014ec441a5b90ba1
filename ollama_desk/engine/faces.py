"""How an answer looks on the wire: Ollama's chat and generate."""

import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.exchange import JSON, NDJSON
from ollama_desk.engine.tool_calls import new_id
from ollama_desk.engine.translate import Piece, Timings
from ollama_desk.ollama.wire import ChatResponse, GenerateResponse, ReplyMessage, ToolCall, ToolFunction

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Whole:
    """An answer, growing; complete when ``finish`` is set."""

    content: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    logprobs: list[Any] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    arguments: dict[int, str] = field(default_factory=dict)  # of calls that llama.cpp tells in bits
    finish: str = ""
    timings: Timings = field(default_factory=Timings)
    total_ns: int = 0
    load_ns: int = 0
    context: list[int] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        if piece.content:
            self.content.append(piece.content)
        if piece.thinking:
            self.thinking.append(piece.thinking)
        if piece.logprobs:
            self.logprobs.extend(piece.logprobs)
        if piece.tool_calls or piece.calls:
            self._add_calls(piece)
        if piece.finish:
            self.finish = piece.finish
        if piece.timings is not None:
            self.timings = piece.timings

    def _add_calls(self, piece: Piece) -> None:
        for call in piece.calls:
            call.function.index = len(self.calls)
            self.calls.append(call)
        for delta in piece.tool_calls:  # OpenAI's: the arguments come as text, in pieces
            index, function = delta.get("index", 0), delta.get("function") or {}
            while index >= len(self.calls):
                self.calls.append(ToolCall(new_id(), ToolFunction(len(self.calls))))
            call = self.calls[index]
            call.id = delta.get("id") or call.id
            call.function.name = function.get("name") or call.function.name
            self.arguments[index] = self.arguments.get(index, "") + (function.get("arguments") or "")

    @property
    def text(self) -> str:
        return "".join(self.content)

    @property
    def thought(self) -> str:
        return "".join(self.thinking)

    def tool_calls(self) -> list[ToolCall]:
        """The calls with whole arguments.

        Raises:
            RequestFailedError: llama.cpp's arguments are no object; in the real server's words.
        """
        for index, text in self.arguments.items():
            function = self.calls[index].function
            try:
                function.arguments = msgspec.json.decode(text or "{}", type=dict[str, Any])
            except msgspec.DecodeError as error:
                complaint = f'llama-server returned invalid tool call arguments for "{function.name}": {error}'
                raise RequestFailedError(complaint, status=500) from error
        return self.calls

    def metrics(self) -> dict[str, int]:
        """Ollama's counts and durations in nanoseconds."""
        return {
            "total_duration": self.total_ns,
            "load_duration": self.load_ns,
            "prompt_eval_count": self.timings.prompt_count,
            "prompt_eval_duration": self.timings.prompt_ns,
            "eval_count": self.timings.answer_count,
            "eval_duration": self.timings.answer_ns,
        }


class Face(Protocol):
    """One way to write an answer."""

    stream_type: bytes
    whole_type: bytes

    def piece(self, piece: Piece) -> bytes:
        """What goes out at once for a part of the answer."""

    def last(self, whole: Whole) -> bytes:
        """What ends the stream."""

    def whole(self, whole: Whole) -> bytes:
        """The answer in one body."""


class ChatFace:
    """``/api/chat``; ``model`` is the name as the client said it."""

    stream_type, whole_type = NDJSON, JSON

    def __init__(self, model: str) -> None:
        self._model = model
        self._head = b'{"model":' + _encode(model) + b',"created_at":"'

    def piece(self, piece: Piece) -> bytes:
        # Put together by hand: a struct for each token costs five times as much.
        thinking = b',"thinking":' + _encode(piece.thinking) if piece.thinking else b""
        logprobs = b',"logprobs":' + _encode(piece.logprobs) if piece.logprobs else b""
        content = _encode(piece.content)
        return b'%b%b","message":{"role":"assistant","content":%b%b},"done":false%b}\n' % (
            self._head,
            stamp().encode(),
            content,
            thinking,
            logprobs,
        )

    def last(self, whole: Whole) -> bytes:
        calls = whole.tool_calls()
        lines = self._line(ReplyMessage("assistant", "", "", calls), done=False) if calls else b""
        end = self._line(ReplyMessage("assistant", ""), done=True, done_reason=whole.finish, **whole.metrics())
        return lines + end

    def whole(self, whole: Whole) -> bytes:
        message = ReplyMessage("assistant", whole.text, whole.thought, whole.tool_calls())
        done = {"done_reason": whole.finish, "logprobs": whole.logprobs, **whole.metrics()}
        return self._line(message, done=True, **done).rstrip()

    def _line(self, message: ReplyMessage, *, done: bool, **more: Any) -> bytes:
        told = ChatResponse(model=self._model, created_at=stamp(), message=message, done=done, **more)
        return _encode(told) + b"\n"


class GenerateFace:
    """``/api/generate``; ``model`` is the name as the client said it."""

    stream_type, whole_type = NDJSON, JSON

    def __init__(self, model: str) -> None:
        self._model = model
        self._head = b'{"model":' + _encode(model) + b',"created_at":"'

    def piece(self, piece: Piece) -> bytes:
        thinking = b',"thinking":' + _encode(piece.thinking) if piece.thinking else b""
        logprobs = b',"logprobs":' + _encode(piece.logprobs) if piece.logprobs else b""
        content = _encode(piece.content)
        return b'%b%b","response":%b%b,"done":false%b}\n' % (
            self._head,
            stamp().encode(),
            content,
            thinking,
            logprobs,
        )

    def last(self, whole: Whole) -> bytes:
        return self._line("", "", done_reason=whole.finish, context=whole.context, **whole.metrics())

    def whole(self, whole: Whole) -> bytes:
        done = {"done_reason": whole.finish, "context": whole.context, "logprobs": whole.logprobs, **whole.metrics()}
        return self._line(whole.text, whole.thought, **done).rstrip()

    def _line(self, response: str, thinking: str, **more: Any) -> bytes:
        told = GenerateResponse(
            model=self._model, created_at=stamp(), response=response, thinking=thinking, done=True, **more
        )
        return _encode(told) + b"\n"


def stamp() -> str:
    """Now, as Ollama writes it: UTC with nanoseconds."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return f"{_second(seconds)}.{nanoseconds:09d}Z"


@lru_cache(maxsize=2)  # once a second, not once a token: 3 µs
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
