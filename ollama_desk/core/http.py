"""The only door to httpx: one link to one server, whose failures are ours and readable."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import cast

import httpx

from ollama_desk.core.base_url import is_loopback, literal, shown
from ollama_desk.core.framing import LineFramer
from ollama_desk.core.hanging_up import hang_up
from ollama_desk.core.strangers import refuse
from ollama_desk.domain.errors import (
    NotOllamaError,
    OllamaError,
    OllamaTimeoutError,
    OllamaUnreachableError,
    StreamInterruptedError,
)

CONNECT_S = 5.0
REPLY_S = 30.0
KEPT_S = 20.0  # an idle connection: longer than between two looks at the models, shorter than servers keep theirs
REPLY_LIMIT = 64 * 1024 * 1024  # bytes of one whole reply
HEADERS = {"User-Agent": "ollama-desk", "Accept-Encoding": "identity"}  # nothing compressed, so no bomb either


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, whatever its status."""

    status: int
    content_type: str
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own classes


class HttpLink:
    """Requests to one server. Opens connections when they are needed and keeps them.

    On loopback no proxy of the environment is used and no certificate is checked. Redirects are refused:
    no Ollama server sends them, and what a person wrote must not travel to another host.

    Args:
        base_url: such as ``http://127.0.0.1:11434``.
        transport: what to send through instead of the network.
    """

    def __init__(self, base_url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._base_url = literal(base_url)
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._building = asyncio.Lock()
        self._streams = 0
        self._users = 0  # of the client, all that run
        self._is_leaky = False  # the client: httpcore loses a connection when it is cancelled just after connecting

    @property
    def is_streaming(self) -> bool:
        """Whether an answer, a download or an upload is under way: what takes its time and shall not be cut."""
        return self._streams > 0

    @property
    def address(self) -> str:
        """Where the server is, in the words for a person: ``127.0.0.1:11434``."""
        return shown(self._base_url)

    async def move_to(self, base_url: str) -> None:
        """Ask another server from now on; running requests end as interrupted. Nothing where it is the same one."""
        if literal(base_url) != self._base_url:
            self._base_url = literal(base_url)
            await self.aclose()

    async def request(self, method: str, path: str, *, body: bytes | None = None, timeout_s: float = REPLY_S) -> Reply:
        """Ask and wait for the whole answer, ``timeout_s`` in all.

        Raises:
            OllamaError: there is no answer that could be read; any status is an answer.
        """
        try:
            async with asyncio.timeout(timeout_s), self._open(method, path, body, silence_s=timeout_s) as answer:
                return await answer.read()
        except TimeoutError as error:
            raise _late(self.address, timeout_s) from error

    async def upload(self, path: str, chunks: AsyncIterable[bytes], *, size_bytes: int, silence_s: float) -> Reply:
        """POST ``chunks``; it may take as long as it needs while no single step takes over ``silence_s``.

        Raises:
            OllamaError: there is no answer that could be read.
        """
        self._streams += 1
        try:
            async with self._open("POST", path, chunks, silence_s=silence_s, size_bytes=size_bytes) as answer:
                return await answer.read()
        finally:
            self._streams -= 1

    @asynccontextmanager
    async def stream(
        self, method: str, path: str, *, body: bytes | None = None, silence_s: float
    ) -> AsyncIterator["Answer"]:
        """Ask and read the answer line by line; leaving the context closes the connection, which cancels.

        Args:
            method: of HTTP.
            path: below the base URL.
            body: JSON.
            silence_s: the longest wait for the head of the answer, and for its next bytes.

        Raises:
            OllamaError: there is no answer that could be read, or it broke off.
        """
        self._streams += 1
        try:
            async with self._open(method, path, body, silence_s=silence_s) as answer:
                yield answer
        finally:
            self._streams -= 1

    async def aclose(self) -> None:
        """Close every connection; running requests end as interrupted."""
        async with self._building:
            client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    @asynccontextmanager
    async def _open(
        self,
        method: str,
        path: str,
        content: bytes | AsyncIterable[bytes] | None,
        *,
        silence_s: float,
        size_bytes: int | None = None,
    ) -> AsyncIterator["Answer"]:
        headers = {} if content is None or size_bytes is not None else {"Content-Type": "application/json"}
        if size_bytes is not None:
            headers |= {"Content-Type": "application/octet-stream", "Content-Length": str(size_bytes)}
        async with self._using_client():
            with _translated(self.address, silence_s):
                client = await self._built()
                timeout = httpx.Timeout(silence_s, connect=CONNECT_S, pool=CONNECT_S)
                request = client.build_request(method, path, content=content, headers=headers, timeout=timeout)
                # A head may come byte by byte, each in time; an upload takes as long as it needs before there is one.
                response = await self._send(client, request, None if size_bytes is not None else silence_s)
            try:
                refuse(response.headers, self.address, is_redirect=response.is_redirect)
                yield Answer(response, address=self.address, silence_s=silence_s)
            finally:
                await hang_up(client, response)

    @asynccontextmanager
    async def _using_client(self) -> AsyncIterator[None]:
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if self._is_leaky and not self._users:
                self._is_leaky = False
                await self.aclose()

    async def _send(self, client: httpx.AsyncClient, request: httpx.Request, limit_s: float | None) -> httpx.Response:
        try:
            async with asyncio.timeout(limit_s):
                return await client.send(request, stream=True)
        except (asyncio.CancelledError, TimeoutError, httpx.TimeoutException):
            self._is_leaky = True
            raise

    async def _built(self) -> httpx.AsyncClient:
        async with self._building:
            if self._client is None:  # 50 ms the first time: not on the loop
                self._client = await asyncio.to_thread(self._build)
            return self._client

    def _build(self) -> httpx.AsyncClient:
        on_loopback = is_loopback(httpx.URL(self._base_url).host)
        return httpx.AsyncClient(
            base_url=self._base_url,
            transport=self._transport,
            verify=not on_loopback,
            trust_env=not on_loopback,
            follow_redirects=False,
            headers=HEADERS,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=KEPT_S),
        )


class Answer:
    """An answer whose body is still to come. Read it once, by ``read`` or by ``lines``."""

    def __init__(self, response: httpx.Response, *, address: str, silence_s: float) -> None:
        self._response = response
        self._address = address
        self._silence_s = silence_s

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def is_success(self) -> bool:
        return self._response.is_success

    @property
    def content_type(self) -> str:
        return str(self._response.headers.get("content-type", ""))

    async def read(self) -> Reply:
        """The whole of it.

        Raises:
            NotOllamaError: it is larger than 64 MiB.
            OllamaError: it broke off.
        """
        body = bytearray()
        async with aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                body += piece
                if len(body) > REPLY_LIMIT:
                    msg = (
                        f"The server at {self._address} sent more than {REPLY_LIMIT // (1024 * 1024)} MiB as one "
                        "answer, which an Ollama server does not do. Check the address."
                    )
                    raise NotOllamaError(msg)
        return Reply(self.status, self.content_type, bytes(body))

    async def lines(self) -> AsyncGenerator[bytes, None]:
        """The lines as they come, blank ones left out, the last with or without its end.

        Raises:
            NotOllamaError: a line is longer than 16 MiB.
            OllamaError: it broke off; the lines before were yielded.
        """
        framer = LineFramer()
        async with aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                for line in framer.feed(piece):
                    yield line
        for line in framer.end():
            yield line

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        with _translated(self._address, self._silence_s, has_begun=True):
            if self._response.is_stream_consumed:  # a transport that had the whole body
                yield self._response.content
                return
            raw = cast("AsyncGenerator[bytes, None]", self._response.aiter_raw())
            async with aclosing(raw):
                async for piece in raw:
                    yield piece


@contextmanager
def _translated(address: str, silence_s: float, *, has_begun: bool = False) -> Iterator[None]:
    """Turn what httpx raises into an error of ours."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError) as error:
        raise _ours(error, address, silence_s, has_begun=has_begun) from error


def _ours(error: Exception, address: str, silence_s: float, *, has_begun: bool) -> OllamaError:
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.ProxyError():
            return OllamaUnreachableError(
                f"Nothing answers at {address}. Start the server, or check its address in the settings."
            )
        case httpx.TimeoutException() | TimeoutError():
            return _late(address, silence_s)
        case httpx.InvalidURL() | httpx.UnsupportedProtocol() | UnicodeError():
            return OllamaUnreachableError(f"{address} is no address of a server. Check it in the settings.")
        case httpx.TransportError() | httpx.StreamError() if has_begun:
            return StreamInterruptedError(
                f"The server at {address} broke off in the middle of its answer; it may have stopped. Try again."
            )
        case httpx.RemoteProtocolError() if not str(error).startswith("Server disconnected"):
            return NotOllamaError(
                f"What answers at {address} does not speak HTTP as an Ollama server does. Check the address."
            )
        case _:
            return OllamaUnreachableError(
                f"The server at {address} closed the connection without an answer; it may have stopped. Try again."
            )


def _late(address: str, silence_s: float) -> OllamaTimeoutError:
    return OllamaTimeoutError(
        f"The server at {address} did not answer within {silence_s:.0f} s. It may be busy or hang: "
        "wait and try again, or restart it."
    )
