"""The wing of the httpx door that opens to any server: proxies and certificates come from the environment."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import cast

import httpx

from ollama_desk.core.hanging_up import hang_up
from ollama_desk.core.web_errors import NotTaken, ours
from ollama_desk.domain.errors import RegistryAnswerError

CONNECT_S = 10.0
KEPT_S = 20.0
# nothing compressed: ranges count the bytes as they are stored
HEADERS = {"User-Agent": "ollama-desk", "Accept-Encoding": "identity"}
OWN_MACHINE = ("all://127.0.0.1", "all://localhost", "all://[::1]")  # no proxy reaches these
LAST_PORT = 65_535
BROKEN = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
REDIRECTS = (301, 302, 303, 307, 308)


class WebAnswer:
    """The head of an answer, and its body once it is asked for."""

    def __init__(self, response: httpx.Response, *, silence_s: float) -> None:
        self._response = response
        self._silence_s = silence_s

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def url(self) -> str:
        return str(self._response.url)

    @property
    def headers(self) -> Mapping[str, str]:
        """By name, in any case."""
        return self._response.headers

    @property
    def target(self) -> str:
        """Where a redirect leads, as an absolute URL; ``""`` where this is none."""
        location = self._response.headers.get("location", "")
        if self.status not in REDIRECTS or not location:
            return ""
        try:
            return str(self._response.url.join(location))
        except (httpx.InvalidURL, ValueError):
            return ""

    async def read(self, *, limit: int) -> bytes:
        """The whole body.

        Raises:
            RegistryAnswerError: it is longer than ``limit`` bytes.
            RegistryError: it broke off.
        """
        body = bytearray()
        async with aclosing(self.pieces()) as pieces:
            async for piece in pieces:
                body += piece
                if len(body) > limit:
                    msg = (
                        f"{self._response.url.host} sent more than {limit // 1024} KiB where much less belongs. "
                        "It may be no registry of models: check the name."
                    )
                    raise RegistryAnswerError(msg)
        return bytes(body)

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes, in pieces of at most 64 KiB.

        Raises:
            RegistryTimeoutError: no byte came for the time that was set.
            RegistryInterruptedError: it broke off.
        """
        with _translated(self._response.request, self._silence_s, has_begun=True):
            if self._response.is_stream_consumed:  # a transport that had the whole body
                yield self._response.content
                return
            raw = cast("AsyncGenerator[bytes, None]", self._response.aiter_raw())
            async with aclosing(raw):
                async for piece in raw:
                    yield piece


class Web:
    """GET requests to any server. Redirects are not followed here: who asks decides what may travel along.

    Args:
        transport: what to send through instead of the network.
    """

    def __init__(self, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._building = asyncio.Lock()
        self._users = 0
        self._is_leaky = False  # httpcore loses a connection when it is cancelled just after connecting

    @asynccontextmanager
    async def get(self, url: str, *, headers: Mapping[str, str], silence_s: float) -> AsyncIterator[WebAnswer]:
        """Ask, and have the answer until the context is left, which closes the connection if anything is to come.

        Args:
            url: absolute; http or https.
            headers: besides our own.
            silence_s: the longest wait for the head, and for each next byte.

        Raises:
            RegistryError: there is no answer; any status is one.
        """
        self._users += 1
        try:
            client = await self._built()
            request = _request(client, url, headers)
            request.extensions["timeout"] = httpx.Timeout(silence_s, connect=CONNECT_S, pool=CONNECT_S).as_dict()
            response = await self._send(client, request, silence_s)
            try:
                yield WebAnswer(response, silence_s=silence_s)
            finally:
                await hang_up(client, response)
        finally:
            self._users -= 1
            if self._is_leaky and not self._users:
                self._is_leaky = False
                await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; the next request opens new ones."""
        async with self._building:
            client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _send(self, client: httpx.AsyncClient, request: httpx.Request, limit_s: float) -> httpx.Response:
        with _translated(request, limit_s):
            try:
                async with asyncio.timeout(limit_s):  # a head may come byte by byte, each in time
                    try:
                        return await client.send(request, stream=True)
                    except BROKEN:  # as a kept connection is that the server has closed, or left something on
                        return await client.send(request, stream=True)
            except (asyncio.CancelledError, TimeoutError, httpx.TimeoutException):
                self._is_leaky = True
                raise

    async def _built(self) -> httpx.AsyncClient:
        async with self._building:
            if self._client is None:  # reading certificates takes 50 ms: not on the loop
                self._client = await asyncio.to_thread(self._build)
            return self._client

    def _build(self) -> httpx.AsyncClient:
        # what the environment names, or httpx's own list; and what this computer trusts: a company's own, too
        trusted = httpx.create_ssl_context()
        trusted.load_default_certs()
        return httpx.AsyncClient(
            transport=self._transport,
            verify=trusted,
            mounts={} if self._transport is not None else dict.fromkeys(OWN_MACHINE),
            follow_redirects=False,
            headers=HEADERS,
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=8, keepalive_expiry=KEPT_S),
        )


def _request(client: httpx.AsyncClient, url: str, headers: Mapping[str, str]) -> httpx.Request:
    """Raises ``RegistryAnswerError`` where ``url`` is none."""
    msg = f'"{url[:100]}" is no address. Check the name of the model.'
    try:
        request = client.build_request("GET", url, headers=dict(headers))
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as error:
        raise RegistryAnswerError(msg) from error
    if not request.url.host or (request.url.port or 1) > LAST_PORT:
        raise RegistryAnswerError(msg)
    return request


@contextmanager
def _translated(request: httpx.Request, silence_s: float, *, has_begun: bool = False) -> Iterator[None]:
    """Turn what httpx raises into an error of ours."""
    try:
        yield
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, UnicodeError, TimeoutError) as error:
        port = "" if request.url.port is None else f":{request.url.port}"
        plain = str(request.url.copy_with(query=None, userinfo=b"", fragment=None))  # a query may hold a signature
        place = NotTaken(plain, f"{request.url.host}{port}", silence_s)
        raise ours(
            error,
            place,
            is_late=isinstance(error, httpx.TimeoutException | TimeoutError)
            and not isinstance(error, httpx.ConnectTimeout),
            is_proxy=isinstance(error, httpx.ProxyError),
            has_begun=has_begun,
        ) from error
