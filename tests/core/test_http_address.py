"""Which server a link asks: by number and never by the name of this machine, and another one when it is told so."""

import asyncio
import socket
from contextlib import aclosing

import pytest

from ollama_desk.core.http import HttpLink
from ollama_desk.domain.errors import OllamaUnreachableError, StreamInterruptedError
from tests.support.raw_server import STREAM, Peer, chunk, serving, whole


async def answer_with_host(peer: Peer) -> None:
    host = next(line for line in peer.head.split(b"\r\n") if line.lower().startswith(b"host:"))
    await peer.send(whole(host.split()[1]))


def test_po06_localhost_is_asked_by_its_number() -> None:
    async def scenario() -> None:
        async with serving(answer_with_host) as url:
            link = HttpLink(url.replace("127.0.0.1", "LocalHost"))
            reply = await link.request("GET", "/")
            assert reply.body.decode() == link.address == url.removeprefix("http://")
            await link.aclose()

    asyncio.run(scenario())


def test_po06_a_program_on_the_ipv6_loopback_is_never_asked_for_localhost() -> None:
    async def scenario() -> None:
        with socket.socket(socket.AF_INET6) as other:
            other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            other.bind(("::1", 0))
            other.listen()
            link = HttpLink(f"http://localhost:{other.getsockname()[1]}")
            with pytest.raises(OllamaUnreachableError):
                await link.request("GET", "/")
            other.settimeout(0)
            with pytest.raises(BlockingIOError):
                other.accept()
            await link.aclose()

    asyncio.run(scenario())


def test_a_link_that_was_moved_asks_the_other_server() -> None:
    async def scenario() -> None:
        async with serving(answer_with_host) as old, serving(answer_with_host) as new:
            link = HttpLink(old)
            await link.request("GET", "/")
            await link.move_to(new)
            reply = await link.request("GET", "/")
            assert reply.body.decode() == link.address == new.removeprefix("http://")
            await link.aclose()

    asyncio.run(scenario())


def test_a_move_ends_running_answers_as_interrupted_and_a_move_to_the_same_place_does_nothing() -> None:
    async def answer(peer: Peer) -> None:
        await peer.send(STREAM + chunk(b"{}\n"))
        await peer.gone()

    async def scenario() -> None:
        async with serving(answer) as url:
            link = HttpLink(url)
            async with link.stream("POST", "/api/chat", silence_s=10) as stream, aclosing(stream.lines()) as lines:
                await link.move_to(f"{url}/")
                assert await anext(lines) == b"{}"
                await link.move_to("http://127.0.0.1:9")
                with pytest.raises(StreamInterruptedError):
                    await anext(lines)
            await link.aclose()

    asyncio.run(scenario())
