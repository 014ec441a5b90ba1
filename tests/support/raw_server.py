"""A server on a real socket that says exactly what a test wants, and nothing that HTTP would demand."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

ACCEPT_TURNS = 10  # of the loop, until a connection has its talk
LIMIT_S = 10.0

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """``data`` as one chunk of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def whole(data: bytes) -> bytes:
    """A complete answer with ``data`` as its body."""
    return OK + f"Content-Length: {len(data)}\r\n\r\n".encode() + data


class Peer:
    """One client that is connected."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.head = b""

    async def read_head(self) -> bool:
        """Read the next request's head; False where the client has gone instead."""
        try:
            self.head = await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        return True

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    def reset(self) -> None:
        """End the connection with a reset."""
        connection = self._writer.get_extra_info("socket")
        with contextlib.suppress(OSError):  # closed already
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def gone(self, within_s: float = LIMIT_S) -> bool:
        """Wait until the client has closed the connection; whether it did in time."""
        try:
            async with asyncio.timeout(within_s):
                while await self._reader.read(65_536):
                    pass
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return True

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


@asynccontextmanager
async def serving(answer: Callable[[Peer], Awaitable[None]]) -> AsyncIterator[str]:
    """The base URL of a server that lets ``answer`` speak once for each request, then closes the connection."""
    talks: dict[asyncio.Task[None], Peer] = {}

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        peer = talks[task] = Peer(reader, writer)
        try:
            if await peer.read_head():
                await answer(peer)
        finally:
            await peer.close()
            del talks[task]

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()
        for _ in range(ACCEPT_TURNS):  # who is only being accepted would be left open when the loop ends
            await asyncio.sleep(0)
        for peer in talks.values():
            peer.reset()
        if talks:
            await asyncio.wait(talks, timeout=LIMIT_S)
        await server.wait_closed()
