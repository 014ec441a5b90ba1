"""Who answers at an address, whatever it sends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.domain.server import ServerAddress
from ollama_desk.sidecar.probe import Answer, ProbeAnswer, probe, understand
from tests.support.sidecar import free_address, run

OLLAMA = b'HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{"version":"0.33.0"}'


@asynccontextmanager
async def answering(*pieces: bytes, closes: bool = True) -> AsyncIterator[ServerAddress]:
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        if not closes:
            await over.wait()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield ServerAddress(port=server.sockets[0].getsockname()[1])
        over.set()


async def ask(*pieces: bytes, closes: bool = True) -> ProbeAnswer:
    async with answering(*pieces, closes=closes) as address:
        return await probe(address, timeout_s=0.3)


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        (OLLAMA, Answer.OLLAMA),
        (OLLAMA.replace(b"1.1", b"1.0"), Answer.OLLAMA),
        (
            b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n{"version":"0.33.0"}\n\r\n0\r\n\r\n',
            Answer.OLLAMA,
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>It works</html>", Answer.STRANGER),
        (b'HTTP/1.1 200 OK\r\n\r\n{"version":33}', Answer.STRANGER),
        (b'HTTP/1.1 200 OK\r\n\r\n["version"]', Answer.STRANGER),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b'{"a":' * 5000, Answer.STRANGER),
        (b"HTTP/1.1 404 Not Found\r\n\r\n404 page not found", Answer.STRANGER),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", Answer.STRANGER),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Answer.STRANGER),
        (b"x" * 1_000_000, Answer.STRANGER),
        (b"", Answer.SILENT),
    ],
)
def test_an_answer_is_told_for_what_it_is(raw: bytes, answer: Answer) -> None:
    async def scenario() -> None:
        assert (await ask(raw)).answer is answer

    run(scenario())


def test_a_server_that_keeps_the_connection_open_is_understood_at_once() -> None:
    async def scenario() -> None:
        assert await ask(OLLAMA[:40], OLLAMA[40:], closes=False) == ProbeAnswer(Answer.OLLAMA, "0.33.0")

    run(scenario())


def test_sc13_a_server_that_accepts_and_says_nothing_is_silent() -> None:
    async def scenario() -> None:
        assert (await ask(closes=False)).answer is Answer.SILENT

    run(scenario())


def test_where_nothing_listens_there_is_nobody() -> None:
    async def scenario() -> None:
        assert (await probe(free_address())).answer is Answer.NOBODY
        assert (await probe(ServerAddress("name.invalid"))).answer is Answer.NOBODY
        async with answering(OLLAMA) as address:
            secure = ServerAddress(address.host, address.port, "https")
            assert (await probe(secure, timeout_s=0.3)).answer is Answer.NOBODY

    run(scenario())


def test_an_endless_version_is_cut() -> None:
    assert len(understand(b'HTTP/1.1 200 OK\r\n\r\n{"version":"' + b"9" * 5000 + b'"}').version) == 64


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_make_the_probe_stumble(raw: bytes, with_head: bool) -> None:  # noqa: FBT001 - drawn by chance
    assert understand(b"HTTP/1.1 200 OK\r\n\r\n" + raw if with_head else raw).answer in Answer
