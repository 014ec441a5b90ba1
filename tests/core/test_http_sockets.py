"""The door to httpx over real sockets, against servers that misbehave."""

import asyncio
import gzip
import tracemalloc
from contextlib import aclosing

import pytest

from ollama_desk.core.framing import LINE_LIMIT
from ollama_desk.core.http import REPLY_LIMIT, HttpLink
from ollama_desk.domain.errors import (
    NotOllamaError,
    OllamaError,
    OllamaTimeoutError,
    OllamaUnreachableError,
    StreamInterruptedError,
)
from tests.support.raw_server import LAST_CHUNK, OK, STREAM, Peer, chunk, serving, whole

LINES = [f'{{"line":{number},"text":"naïve 🙂"}}'.encode() for number in range(4)]
ANSWER = STREAM + b"".join(chunk(line + b"\n") for line in LINES) + LAST_CHUNK


async def read(link: HttpLink, lines: list[bytes], *, silence_s: float = 10) -> None:
    """Append the lines of one stream to ``lines``, so that those before an error count."""
    stream = link.stream("POST", "/api/chat", body=b"{}", silence_s=silence_s)
    async with stream as answer, aclosing(answer.lines()) as came:
        async for line in came:
            lines.append(line)  # noqa: PERF401 - the lines before an error count


def test_hs01_a_reset_or_a_close_after_any_byte_keeps_the_lines_before_and_is_an_error_of_ours() -> None:
    sent = 0
    is_reset = False

    async def answer(peer: Peer) -> None:
        await peer.send(ANSWER[:sent])
        if is_reset:
            peer.reset()

    async def scenario() -> None:
        nonlocal sent, is_reset
        async with serving(answer) as url:
            link = HttpLink(url)
            for sent in range(len(ANSWER)):
                for is_reset in (False, True):
                    lines: list[bytes] = []
                    with pytest.raises(OllamaError) as caught:
                        await read(link, lines)
                    assert lines == LINES[: len(lines)]
                    has_begun = sent >= len(STREAM)
                    wanted = StreamInterruptedError if has_begun or lines else OllamaError
                    assert isinstance(caught.value, wanted), (sent, is_reset)
            await link.aclose()

    asyncio.run(scenario())


def test_a_clean_close_gives_every_complete_line_and_the_rest() -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(OK + b"Connection: close\r\n\r\n" + LINES[0] + b"\r\n\n" + LINES[1][:5])

    async def scenario() -> None:
        async with serving(answer) as url:
            link = HttpLink(url)
            lines: list[bytes] = []
            await read(link, lines)
            assert lines == [LINES[0], LINES[1][:5]]
            await link.aclose()

    asyncio.run(scenario())


def test_hs06_a_line_of_megabytes_is_taken_and_a_huge_one_is_an_error_after_the_lines_before() -> None:
    size = 8 * 1024 * 1024

    async def answer(peer: Peer) -> None:
        await peer.send(STREAM + chunk(LINES[0] + b"\n"))
        for _ in range(size // 65_536):
            await peer.send(chunk(b"x" * 65_536))
        await peer.send(chunk(b"\n") + LAST_CHUNK)

    async def scenario() -> None:
        nonlocal size
        async with serving(answer) as url:
            link = HttpLink(url)
            lines: list[bytes] = []
            await read(link, lines)
            assert [len(line) for line in lines] == [len(LINES[0]), size]
            size = LINE_LIMIT + 65_536
            lines.clear()
            with pytest.raises(NotOllamaError, match="16 MiB"):
                await read(link, lines)
            assert lines == [LINES[0]]
            await link.aclose()

    asyncio.run(scenario())


def test_hs13_a_body_without_end_is_cut_at_the_limit() -> None:
    sent = 0

    async def answer(peer: Peer) -> None:
        nonlocal sent
        await peer.send(OK + b"\r\n")
        while sent < 4 * REPLY_LIMIT and not await peer.gone(0):
            await peer.send(b"x" * 1_048_576)
            sent += 1_048_576

    async def scenario() -> None:
        async with serving(answer) as url:
            link = HttpLink(url)
            with pytest.raises(NotOllamaError, match="64 MiB"):
                await link.request("GET", "/api/tags")
            await link.aclose()
        assert sent < 2 * REPLY_LIMIT

    asyncio.run(scenario())


def test_hs13_a_server_that_sends_a_byte_now_and_then_meets_the_deadline() -> None:
    """Every read succeeds in time, the whole answer never comes."""

    async def answer(peer: Peer) -> None:
        await peer.send(OK + b"Content-Length: 1000\r\n\r\n")
        while not await peer.gone(0.02):
            await peer.send(b"x")

    async def scenario() -> None:
        async with serving(answer) as url:
            link = HttpLink(url)
            with pytest.raises(OllamaTimeoutError, match="did not answer"):
                await link.request("GET", "/api/tags", timeout_s=0.5)
            await link.aclose()

    asyncio.run(scenario())


def test_hs13_a_head_that_comes_byte_by_byte_meets_the_deadline_of_a_stream_too() -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\nX-Endless: ")
        while not await peer.gone(0.02):
            await peer.send(b"x")

    async def scenario() -> None:
        async with serving(answer) as url:
            link = HttpLink(url)
            with pytest.raises(OllamaTimeoutError, match="did not answer"):
                await read(link, [], silence_s=0.3)
            assert not link.is_streaming
            await link.aclose()

    asyncio.run(scenario())


def test_hs13_a_bomb_in_gzip_is_never_unpacked() -> None:
    bomb = gzip.compress(bytes(50_000_000))

    async def answer(peer: Peer) -> None:
        await peer.send(OK + f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode() + bomb)

    async def scenario() -> None:
        async with serving(answer) as url:
            link = HttpLink(url)
            tracemalloc.start()
            with pytest.raises(NotOllamaError, match="compressed as gzip"):
                await link.request("GET", "/api/tags")
            with pytest.raises(NotOllamaError, match="compressed as gzip"):
                await read(link, [])
            assert tracemalloc.get_traced_memory()[1] < len(bomb) + 10_000_000
            tracemalloc.stop()
            await link.aclose()

    asyncio.run(scenario())


def test_hs08_hs09_silence_before_and_within_a_stream_is_a_time_out_that_keeps_the_lines() -> None:
    said = b""

    async def answer(peer: Peer) -> None:
        await peer.send(said)
        await peer.gone()

    async def scenario() -> None:
        nonlocal said
        async with serving(answer) as url:
            link = HttpLink(url)
            lines: list[bytes] = []
            with pytest.raises(OllamaTimeoutError):
                await read(link, lines, silence_s=0.2)
            said = STREAM + chunk(LINES[0] + b"\n")
            with pytest.raises(OllamaTimeoutError):
                await read(link, lines, silence_s=0.2)
            assert lines == [LINES[0]]
            await link.aclose()

    asyncio.run(scenario())


def test_hs12_a_redirect_to_another_host_is_refused_and_nothing_is_sent_there() -> None:
    visited = False

    async def trap(peer: Peer) -> None:
        nonlocal visited
        visited = True
        await peer.send(whole(b"{}"))

    async def scenario() -> None:
        async with serving(trap) as elsewhere:

            async def answer(peer: Peer) -> None:
                await peer.send(
                    f"HTTP/1.1 307 X\r\nLocation: {elsewhere}/api/chat\r\nContent-Length: 0\r\n\r\n".encode()
                )

            async with serving(answer) as url:
                link = HttpLink(url)
                with pytest.raises(NotOllamaError, match="Nothing was sent there"):
                    await read(link, [])
                with pytest.raises(NotOllamaError, match="Nothing was sent there"):
                    await link.request("GET", "/api/tags")
                await link.aclose()
        assert not visited

    asyncio.run(scenario())


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_hs14_a_proxy_of_the_environment_is_not_used_on_loopback(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(name, "socks5h://127.0.0.1:9" if name == "ALL_PROXY" else "http://127.0.0.1:9")

    async def answer(peer: Peer) -> None:
        await peer.send(whole(b"{}"))

    async def scenario() -> None:
        async with serving(answer) as url:
            link = HttpLink(url)
            assert (await link.request("GET", "/api/version")).body == b"{}"
            await link.aclose()

    asyncio.run(scenario())


def test_hs10_leaving_a_stream_early_closes_the_connection() -> None:
    """That is how a server is told to stop."""
    closed = asyncio.Event()

    async def answer(peer: Peer) -> None:
        await peer.send(STREAM + chunk(LINES[0] + b"\n"))
        if await peer.gone():
            closed.set()

    async def scenario() -> None:
        async with serving(answer) as url:
            link = HttpLink(url)
            for _ in range(50):
                closed.clear()
                stream = link.stream("POST", "/api/chat", silence_s=10)
                async with stream as came, aclosing(came.lines()) as lines:
                    assert await anext(lines) == LINES[0]
                async with asyncio.timeout(10):
                    await closed.wait()
            assert len(asyncio.all_tasks()) <= 3
            await link.aclose()

    asyncio.run(scenario())


def test_closing_the_link_ends_a_running_stream_with_an_error_of_ours() -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(STREAM + chunk(LINES[0] + b"\n"))
        await peer.gone()

    async def scenario() -> None:
        async with serving(answer) as url:
            link = HttpLink(url)
            async with link.stream("POST", "/api/chat", silence_s=10) as stream, aclosing(stream.lines()) as lines:
                assert await anext(lines) == LINES[0]
                await link.aclose()
                with pytest.raises(StreamInterruptedError):
                    await anext(lines)

    asyncio.run(scenario())


def test_a_server_that_is_gone_between_two_requests_is_unreachable_and_one_that_is_back_answers() -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(whole(b"{}"))

    async def scenario() -> None:
        async with serving(answer) as url:
            link = HttpLink(url)
            assert (await link.request("GET", "/")).is_success
            assert (await link.request("GET", "/")).is_success
        with pytest.raises(OllamaUnreachableError, match="Nothing answers"):
            await link.request("GET", "/")
        await link.aclose()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "said", [b"220 mail.example.org ready\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x16", b"HTTP/1.1 abc\r\n\r\n"]
)
def test_what_speaks_another_protocol_is_not_ollama(said: bytes) -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(said)

    async def scenario() -> None:
        async with serving(answer) as url:
            link = HttpLink(url)
            with pytest.raises(NotOllamaError, match="does not speak HTTP"):
                await link.request("GET", "/api/version")
            await link.aclose()

    asyncio.run(scenario())


def test_a_link_that_is_closed_at_any_moment_of_a_request_leaves_no_connection() -> None:
    """Also while it connects: the client that is closed does not know that connection yet."""
    connected = 0
    all_gone = asyncio.Event()

    async def answer(peer: Peer) -> None:
        nonlocal connected
        connected += 1
        all_gone.clear()
        await peer.send(whole(b"{}"))
        while await peer.read_head():
            await peer.send(whole(b"{}"))
        connected -= 1
        if not connected:
            all_gone.set()

    async def scenario() -> None:
        async with serving(answer) as url:
            for turns in range(40):
                link = HttpLink(url)
                await link.request("GET", "/api/version")  # the client is built, and one connection
                asked = [asyncio.ensure_future(link.request("GET", "/api/tags")) for _ in range(2)]
                for _ in range(turns):
                    await asyncio.sleep(0)
                await link.aclose()
                await asyncio.gather(*asked, return_exceptions=True)
                await link.aclose()
                async with asyncio.timeout(20):
                    await all_gone.wait()

    asyncio.run(scenario())
