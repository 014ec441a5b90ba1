"""One HTTP exchange over ASGI: the request's parts, and the ways in which Ollama answers."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

import msgspec

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.unmarshal import unmarshal

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
T = TypeVar("T")

JSON_LIMIT_BYTES = 16 * 1024 * 1024
JSON_LIMIT_S = 600.0  # for the whole of it: 30 kB/s are enough
IDLE_LIMIT_S = 60.0  # without a byte of a body
LATE = "the request's body did not come in time"
JSON = b"application/json; charset=utf-8"
NDJSON = b"application/x-ndjson"
SSE = b"text/event-stream"


class Exchange:
    """A request and its answer; handlers get nothing else."""

    def __init__(self, scope: Message, receive: Receive, send: Send, *, idle_limit_s: float = IDLE_LIMIT_S) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self._headers: dict[bytes, bytes] = dict(scope["headers"])
        self._receive = receive
        self._idle_limit_s = idle_limit_s
        self._send = send
        self._body_was_read = asyncio.Event()
        self.extra_headers: list[tuple[bytes, bytes]] = []
        self.started = False
        self.ended = False

    def header(self, name: str) -> str:
        """The value of a header; ``""`` where it is missing."""
        return self._headers.get(name.encode(), b"").decode("latin-1")

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes.

        Raises:
            RequestFailedError: nothing came for a minute.
            ConnectionResetError: the client went away in the middle.
        """
        while True:
            try:
                async with asyncio.timeout(self._idle_limit_s):  # a large upload takes as long as it takes
                    message = await self._receive()
            except TimeoutError as error:
                raise self._cut_off(LATE, 408) from error
            if message["type"] == "http.disconnect":
                raise ConnectionResetError
            if message["body"]:
                yield message["body"]
            if not message["more_body"]:
                self._body_was_read.set()
                return

    async def body(self) -> bytes:
        """The whole body.

        Raises:
            RequestFailedError: longer than 16 MiB, or slower than anybody's network.
            ConnectionResetError: the client went away in the middle.
        """
        whole = bytearray()
        try:
            async with asyncio.timeout(JSON_LIMIT_S), aclosing(self.chunks()) as chunks:
                async for chunk in chunks:
                    whole += chunk
                    if len(whole) > JSON_LIMIT_BYTES:
                        raise self._cut_off("http: request body too large", 413)
        except TimeoutError as error:
            raise self._cut_off(LATE, 408) from error
        return bytes(whole)

    def _cut_off(self, text: str, status: int) -> RequestFailedError:
        """A refusal after which nothing more is read: the connection ends with it."""
        self.extra_headers.append((b"connection", b"close"))
        return RequestFailedError(text, status=status)

    async def read(self, kind: type[T]) -> T:
        """The JSON body as ``kind``.

        Raises:
            RequestFailedError: missing, no JSON, or with wrong types; status 400.
            ConnectionResetError: the client went away in the middle.
        """
        body = await self.body()
        if not body.strip():
            raise RequestFailedError("missing request body", status=400)
        try:
            return unmarshal(body, kind)
        except RecursionError as error:
            raise RequestFailedError("json: exceeded max depth", status=400) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RequestFailedError(json_complaint(body), status=400) from error

    async def client_gone(self) -> None:
        """Return when the client has gone after sending its body."""
        await self._body_was_read.wait()  # no time limit: cancelled with the answer
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def start(self, status: int, content_type: bytes = b"", *headers: tuple[bytes, bytes]) -> None:
        self.started = True
        typed = [(b"content-type", content_type)] if content_type else []
        await self._send(
            {"type": "http.response.start", "status": status, "headers": [*typed, *headers, *self.extra_headers]}
        )

    async def write(self, data: bytes) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, data: bytes = b"") -> None:
        self.ended = True
        await self._send({"type": "http.response.body", "body": data, "more_body": False})

    async def answer(self, status: int, data: bytes = b"", content_type: bytes = b"") -> None:
        """A whole answer at once."""
        await self.start(status, content_type, (b"content-length", str(len(data)).encode()))
        await self.end(data)

    async def answer_json(self, value: object, *, status: int = 200, content_type: bytes = JSON) -> None:
        await self.answer(status, msgspec.json.encode(value), content_type)

    async def line(self, value: object) -> None:
        """One line of NDJSON; the first one starts the answer."""
        if not self.started:
            await self.start(200, NDJSON)
        await self.write(msgspec.json.encode(value) + b"\n")


def json_complaint(body: bytes) -> str:
    """What Go says about JSON that is none: near enough for a person, the same for the usual slips."""
    import json  # noqa: PLC0415 - only for its position of the mistake

    try:
        json.loads(body.decode())
    except RecursionError:
        return "json: exceeded max depth"
    except UnicodeDecodeError:
        return "invalid UTF-8 in request body"
    except json.JSONDecodeError as error:
        if error.pos >= len(error.doc):
            return "unexpected EOF"
        place = {
            "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
            "Expecting value": "looking for beginning of value",
            "Expecting ':' delimiter": "after object key",
            "Expecting ',' delimiter": "after object key:value pair",
            "Extra data": "after top-level value",
        }.get(error.msg, "in request body")
        return f"invalid character {error.doc[error.pos]!r} {place}"
    return "invalid request body"
