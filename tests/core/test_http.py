"""The door to httpx, with a transport that answers in place of the network."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import httpx
import pytest

from ollama_desk.core.http import REPLY_LIMIT, HttpLink, Reply
from ollama_desk.domain.errors import (
    NotOllamaError,
    OllamaError,
    OllamaTimeoutError,
    OllamaUnreachableError,
    StreamInterruptedError,
)

Handler = Callable[[httpx.Request], httpx.Response]


def asked(handler: Handler, *, method: str = "GET", body: bytes | None = None) -> Reply:
    async def scenario() -> Reply:
        link = HttpLink("http://127.0.0.1:11434/", transport=httpx.MockTransport(handler))
        try:
            return await link.request(method, "/api/tags", body=body)
        finally:
            await link.aclose()

    return asyncio.run(scenario())


def raising(error: Exception) -> Handler:
    def handler(_request: httpx.Request) -> httpx.Response:
        raise error

    return handler


def test_any_status_is_an_answer() -> None:
    reply = asked(lambda _request: httpx.Response(404, json={"error": "no"}))
    assert reply == Reply(404, "application/json", b'{"error":"no"}')
    assert not reply.is_success


def test_a_body_is_sent_as_json_and_nothing_tells_of_a_browser_or_wants_compression() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    asked(handler, method="DELETE", body=b"{}")
    headers = seen[0].headers
    assert seen[0].content == b"{}"
    assert headers["content-type"] == "application/json"
    assert headers["host"] == "127.0.0.1:11434"
    assert headers["accept-encoding"] == "identity"
    assert "origin" not in headers


@pytest.mark.parametrize(
    ("error", "expected", "says"),
    [
        (httpx.ConnectError("refused"), OllamaUnreachableError, "Nothing answers at 127.0.0.1:11434."),
        (httpx.ConnectTimeout("late"), OllamaUnreachableError, "Nothing answers"),
        (httpx.ProxyError("403"), OllamaUnreachableError, "Nothing answers"),
        (httpx.ReadTimeout("late"), OllamaTimeoutError, "did not answer within 30 s"),
        (httpx.PoolTimeout("late"), OllamaTimeoutError, "did not answer"),
        (httpx.ReadError(""), OllamaUnreachableError, "without an answer"),
        (httpx.WriteError(""), OllamaUnreachableError, "without an answer"),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), OllamaUnreachableError, "with"),
        (httpx.RemoteProtocolError("illegal status line"), NotOllamaError, "does not speak HTTP"),
        (httpx.LocalProtocolError("odd header"), OllamaUnreachableError, "without an answer"),
    ],
)
def test_what_httpx_raises_becomes_a_sentence_with_its_cause(
    error: Exception, expected: type[OllamaError], says: str
) -> None:
    with pytest.raises(expected, match=says) as caught:
        asked(raising(error))
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://a..b:1", "ftp://127.0.0.1", "", "http://", f"http://{'x' * 70}"]
)
def test_an_address_that_is_none_is_a_sentence_too(url: str) -> None:
    async def scenario() -> None:
        link = HttpLink(url)
        try:
            with pytest.raises(OllamaUnreachableError, match="address"):
                await link.request("GET", "/")
        finally:
            await link.aclose()

    asyncio.run(scenario())


def test_the_address_in_sentences_holds_no_password() -> None:
    assert HttpLink("https://me:secret@example.org:8443/").address == "example.org:8443"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_hs12_a_redirect_is_refused_whatever_its_target(status: int) -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(status, headers={"Location": "http://example.org/api/tags"})

    with pytest.raises(NotOllamaError, match=r"on to http://example\.org/api/tags"):
        asked(handler)
    assert seen == ["http://127.0.0.1:11434/api/tags"]


def test_hs13_a_compressed_answer_is_refused_before_it_is_unpacked() -> None:
    def handler(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"\x1f\x8b"))

    with pytest.raises(NotOllamaError, match="compressed as gzip"):
        asked(handler)


def test_an_answer_above_the_limit_is_refused() -> None:
    with pytest.raises(NotOllamaError, match="more than 64 MiB"):
        asked(lambda _request: httpx.Response(200, stream=httpx.ByteStream(b"x" * (REPLY_LIMIT + 1))))
    assert len(asked(lambda _request: httpx.Response(200, content=b"x" * 1000)).body) == 1000


class Broken(httpx.AsyncByteStream):
    """A body that ends with an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"one\ntw"
        raise self._error


async def collect(link: HttpLink, lines: list[bytes]) -> None:
    async with link.stream("GET", "/", silence_s=1) as answer, aclosing(answer.lines()) as came:
        async for line in came:
            lines.append(line)  # noqa: PERF401 - the lines before an error count


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ReadError(""), StreamInterruptedError),
        (httpx.RemoteProtocolError("peer closed connection"), StreamInterruptedError),
        (httpx.ReadTimeout(""), OllamaTimeoutError),
    ],
)
def test_a_stream_that_breaks_keeps_the_lines_before(error: Exception, expected: type[OllamaError]) -> None:
    async def scenario() -> list[bytes]:
        transport = httpx.MockTransport(lambda _request: httpx.Response(200, stream=Broken(error)))
        link = HttpLink("http://127.0.0.1:1", transport=transport)
        lines: list[bytes] = []
        with pytest.raises(expected):
            await collect(link, lines)
        await link.aclose()
        return lines

    assert asyncio.run(scenario()) == [b"one"]


def test_a_link_can_be_closed_twice_and_used_again() -> None:
    async def scenario() -> None:
        link = HttpLink("http://127.0.0.1:1", transport=httpx.MockTransport(lambda _request: httpx.Response(200)))
        for _ in range(2):
            assert (await link.request("GET", "/")).is_success
            await link.aclose()
            await link.aclose()

    asyncio.run(scenario())
