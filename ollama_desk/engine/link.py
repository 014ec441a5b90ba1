"""The engine's link to a runner: raw HTTP over a socket, because every other client costs more than the tokens do.

The one exception to the httpx door (HAZARDS: 38 µs of CPU a token against 93). One connection a request; closing it
frees the runner's slot within 30 ms.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httptools
import msgspec

from ollama_desk.domain.errors import RunnerCrashedError

EOF_TEXT = "an error was encountered while running the model: unexpected EOF"
PAUSE_BYTES = 1 << 20  # a client that does not read stops the runner rather than filling our memory
GATHER_S = 0.008  # tokens that come faster than these are read together: a wake-up costs more than a token
FAST_S = GATHER_S + 0.002  # between two reads: over 100 tokens a second, gathered or not
AT_ONCE = 4  # the first reads of an answer are handed on without any of this
CONNECT_S = 10.0
ANSWER_S = 120.0  # for short questions (tokenize, templates); inference has no limit but the client's patience


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of a runner."""

    status: int
    body: bytes


class _Exchange(asyncio.Protocol):
    """One request and its answer as it comes; ``take`` waits for the next bytes."""

    def __init__(self) -> None:
        self.status = 0
        self._parser: Any = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self._complete = False
        self._lost = False
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what asyncio gives for a stream; for mypy
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._lost = True
        if len(self._body) > PAUSE_BYTES and self._transport is not None:
            self._pause(self._transport)
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the sentence is the same for every cause
        self._lost = True
        self._wake()

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._complete = True

    async def gather(self, seconds: float) -> None:
        """Let the next bytes lie in the kernel for a while; not where the answer is complete."""
        if self._complete or self._lost or self._transport is None:
            return
        self._pause(self._transport)
        await asyncio.sleep(seconds)
        self._resume(self._transport)

    def _pause(self, transport: asyncio.Transport) -> None:
        if not self._paused:
            transport.pause_reading()
            self._paused = True

    def _resume(self, transport: asyncio.Transport) -> None:
        if self._paused:
            transport.resume_reading()
            self._paused = False

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def take(self) -> bytes:
        """What came since the last call, waiting for it; ``b""`` at the end of the answer.

        Raises:
            RunnerCrashedError: the runner went away before its answer was complete.
        """
        while not self._body and not self._complete:
            if self._lost:
                raise RunnerCrashedError(EOF_TEXT, status=500)
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter  # no time limit: a long prompt may take minutes; the client's leaving ends it
        taken = bytes(self._body)
        self._body.clear()
        if self._paused and self._transport is not None:
            self._resume(self._transport)
        return taken


class RunnerLink:
    """Asks one runner.

    Args:
        address: as the runner said it: ``unix:///path`` or ``http://host:port``.
        api_key: what it wants to hear on TCP.
    """

    def __init__(self, address: str, *, api_key: str = "") -> None:
        self._address = address
        self._head = "HTTP/1.1\r\nHost: runner\r\nContent-Type: application/json\r\n"
        if api_key:
            self._head += f"Authorization: Bearer {api_key}\r\n"

    async def ask(self, path: str, question: Any, *, timeout_s: float | None = ANSWER_S) -> Answer:
        """POST ``question`` and wait for the whole answer.

        Raises:
            RunnerCrashedError: the runner went away, or did not answer in time.
        """
        try:
            async with asyncio.timeout(timeout_s):
                exchange, transport = await self._send(path, question)
                try:
                    body = bytearray()
                    while data := await exchange.take():
                        body += data
                    return Answer(exchange.status, bytes(body))
                finally:
                    transport.abort()
        except TimeoutError as error:
            raise RunnerCrashedError("the model's process does not answer", status=500) from error

    async def stream(self, path: str, question: Any) -> AsyncGenerator[Answer, None]:
        """POST ``question`` and yield the answer as it comes, once a socket read; consume in ``aclosing``.

        Where tokens come fast, some are gathered for each read: at 1 000 a second that halves what one costs.

        Raises:
            RunnerCrashedError: the runner went away in the middle.
        """
        exchange, transport = await self._send(path, question)
        loop = asyncio.get_running_loop()
        try:
            reads, read_at = 0, 0.0
            while data := await exchange.take():
                reads, before, read_at = reads + 1, read_at, loop.time()
                yield Answer(exchange.status, data)
                if reads > AT_ONCE and read_at - before < FAST_S:
                    await exchange.gather(GATHER_S)
        finally:
            transport.abort()

    async def _send(self, path: str, question: Any) -> tuple[_Exchange, asyncio.Transport]:
        body = msgspec.json.encode(question)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                if self._address.startswith("unix://"):
                    name = self._address.removeprefix("unix://")
                    transport, exchange = await loop.create_unix_connection(_Exchange, name)
                else:
                    parts = urlsplit(self._address)
                    transport, exchange = await loop.create_connection(_Exchange, parts.hostname or "", parts.port or 0)
        except (OSError, TimeoutError) as error:
            raise RunnerCrashedError(EOF_TEXT, status=500) from error
        transport.write(f"POST {path} {self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return exchange, transport


class SseFramer:
    """Cuts a stream of server-sent events into their data, at whatever byte the chunks end."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The data of every event whose line is complete."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line[6:].rstrip(b"\r") for line in lines if line.startswith(b"data: ")]
