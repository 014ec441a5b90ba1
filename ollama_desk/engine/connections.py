"""What one connection may cost: a bound on its head, its idling and its not reading, and on how many there are."""

import asyncio
from dataclasses import dataclass
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

REFUSAL = b"HTTP/1.1 %s\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\r\n%s"
TOO_LARGE = (b"431 Request Header Fields Too Large", b"431 Request Header Fields Too Large")  # as Go says
TOO_MANY = (b"503 Service Unavailable", b"too many connections")


@dataclass(frozen=True, slots=True)
class Limits:
    """Of every connection.

    Attributes:
        connections: at the same time.
        head_bytes: of a request's line and headers.
        head_s: for a request's line and headers to come, once something else than waiting is going on.
        stall_s: for a client to go on reading what it is sent: it keeps a slot of its model meanwhile.
    """

    connections: int = 1000
    head_bytes: int = 64 * 1024
    head_s: float = 30.0
    stall_s: float = 120.0


class Connection(HttpToolsProtocol):
    """uvicorn's, which has none of these limits."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._in_head = True
        self._head_bytes = 0
        self._is_answering = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._refuse(TOO_MANY)
        else:
            self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timers()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():  # refused
            return
        if self._in_head:
            self._head_bytes += len(data)
            self._watch_head()
        super().data_received(data)
        if self._in_head and self._head_bytes > self._limits.head_bytes:
            self._refuse(TOO_LARGE)

    def on_message_begin(self) -> None:
        self._watch_head()  # it may have come behind the end of the one before
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes, self._is_answering = False, 0, True
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._is_answering = bool(self.pipeline)
        super().on_response_complete()

    def pause_writing(self) -> None:
        if self._stall_timer is None:
            self._stall_timer = self.loop.call_later(self._limits.stall_s, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None
        super().resume_writing()

    def _watch_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self._limits.head_s, self.transport.abort)

    def _refuse(self, refusal: tuple[bytes, bytes]) -> None:
        """Say why and close; a client that is being answered is only cut, for it would read this as its answer."""
        self._stop_timers()
        if self._is_answering:
            self.transport.abort()
        else:
            self.transport.write(REFUSAL % refusal)
            self.transport.close()

    def _stop_timers(self) -> None:
        for timer in (self._head_timer, self._stall_timer):
            if timer is not None:
                timer.cancel()
        self._head_timer = self._stall_timer = None
