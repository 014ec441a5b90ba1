"""A client that sends too much, too slowly or never reads is cut, and the others are answered meanwhile."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import uvicorn
from uvicorn.server import ServerState

from ollama_desk.core.tasks import TaskScope
from ollama_desk.engine.app import EngineApp, Route
from ollama_desk.engine.connections import Connection, Limits
from ollama_desk.engine.exchange import Exchange, Message, Receive, Send
from tests.support.deadline import wait_for

QUICK = Limits(connections=4, head_bytes=2000, head_s=0.2, stall_s=0.3)
ASK = b"GET /hi HTTP/1.1\r\nHost: localhost\r\n\r\n"
WAIT_S = 20.0


async def hi(exchange: Exchange) -> None:
    await exchange.answer(200, b"hi")


async def echo(exchange: Exchange) -> None:
    await exchange.answer_json({"bytes": len(await exchange.body())})


async def flood(exchange: Exchange) -> None:
    await exchange.body()
    await exchange.start(200)
    while True:
        await exchange.write(b"x" * 65536)
        await asyncio.sleep(0)


class Hasty(EngineApp):
    """The engine's application, with a short patience for bodies."""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        await self._answer(Exchange(scope, receive, send, idle_limit_s=0.2))


@asynccontextmanager
async def server(limits: Limits = QUICK) -> AsyncIterator[tuple[int, ServerState]]:
    async with TaskScope() as scope:
        routes = [Route("GET", "/hi", hi), Route("POST", "/echo", echo), Route("GET", "/flood", flood)]
        app = Hasty(routes, scope, machine="box", on_loopback=True)
        config = uvicorn.Config(app, interface="asgi3", lifespan="off", log_config=None, log_level="critical")
        state = ServerState()
        make = partial(Connection, config, state, {}, limits=limits)
        listener = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
        try:
            yield listener.sockets[0].getsockname()[1], state
        finally:
            listener.close()
            for connection in list(state.connections):
                connection.transport.abort()
            await listener.wait_closed()


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(60):
            await scenario()

    asyncio.run(limited())


async def count(state: ServerState) -> int:
    return len(state.connections)


async def said(port: int, *parts: bytes, pause_s: float = 0.0) -> bytes:
    """All that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            if reader.at_eof() or writer.is_closing():
                break
            writer.write(part)
            await asyncio.sleep(pause_s)
        async with asyncio.timeout(WAIT_S):
            return await reader.read()
    except ConnectionError:
        return b"reset"
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def test_a_head_that_is_too_large_is_refused() -> None:
    async def scenario() -> None:
        async with server() as (port, _):
            for head in (b"GET /hi HTTP/1.1\r\nX: " + b"x" * 5000, b"GET /" + b"x" * 5000):
                answer = await said(port, head)
                assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
            many = b"GET /hi HTTP/1.1\r\n" + b"X: y\r\n" * 800
            assert b" 431 " in await said(port, many)
            assert b" 200 " in await said(port, ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    run(scenario)


def test_a_head_that_does_not_come_is_not_waited_for() -> None:
    async def scenario() -> None:
        async with server() as (port, state):
            for start in (b"", b"GET /hi", b"\r\n", ASK[:-2]):
                assert await said(port, start) in (b"", b"reset")
            assert b"hi" in await said(port, ASK, b"GET /h")  # also a second one on a connection that was of use
            assert not state.connections

    run(scenario)


def test_a_head_that_drips_is_not_waited_for() -> None:
    async def scenario() -> None:
        async with server() as (port, _):
            drops = [b"GET /hi HTTP/1.1\r\n", *[b"X: y\r\n"] * 20]
            assert await said(port, *drops, pause_s=0.05) in (b"", b"reset")

    run(scenario)


def test_a_body_that_stops_coming_is_refused_in_time() -> None:
    async def scenario() -> None:
        async with server() as (port, _):
            answer = await said(port, b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc")
            assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
            assert b"the request's body did not come in time" in answer

    run(scenario)


def test_who_does_not_read_is_cut() -> None:
    async def scenario() -> None:
        async with server() as (port, state):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(ASK.replace(b"/hi", b"/flood"))
                await wait_for(lambda: count(state), lambda there: there == 1)
                await wait_for(lambda: count(state), lambda there: there == 0)

    run(scenario)


def test_more_connections_than_allowed_are_told_so_and_those_that_are_there_live_on() -> None:
    async def scenario() -> None:
        async with server(Limits(connections=3)) as (port, state):
            kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            await wait_for(lambda: count(state), lambda there: there == 3)
            assert b" 503 Service Unavailable" in await said(port, ASK)
            reader, writer = kept[0]
            writer.write(ASK)
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
            for _, other in kept:
                other.close()
                await other.wait_closed()

    run(scenario)


def test_a_connection_in_use_is_not_cut_by_the_limits_of_a_head() -> None:
    async def scenario() -> None:
        async with server(Limits(head_bytes=2000, head_s=30.0)) as (port, _):
            body = b"x" * 100_000
            asked = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + body
            again = asked.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
            assert (await said(port, asked, again)).count(b'{"bytes":100000}') == 2

    run(scenario)
