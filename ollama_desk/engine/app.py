"""The ASGI application: who may ask, which handler answers, and how a failure is told."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError, RequestFailedError
from ollama_desk.engine.error_shapes import error_body, error_line
from ollama_desk.engine.exchange import Exchange, Message, Receive, Send
from ollama_desk.engine.guard import host_is_allowed, origin_is_allowed

log = logging.getLogger(__name__)
Handler = Callable[[Exchange], Awaitable[None]]
TEXT = b"text/plain"


@dataclass(frozen=True, slots=True)
class Route:
    """A handler for one method and path."""

    method: str
    path: str  # one that ends in "/*" takes every path below
    handler: Handler


class EngineApp:
    """Answers one request after the other.

    Args:
        routes: what there is to call.
        scope: owns the requests that a client's leaving, or the server's end, must cut.
        machine: this machine's host name.
        on_loopback: whether the Host rule applies.
        origins: of web pages that may ask, besides those of this machine.
    """

    def __init__(
        self,
        routes: list[Route],
        scope: TaskScope,
        *,
        machine: str,
        on_loopback: bool,
        origins: tuple[str, ...] = (),
    ) -> None:
        self._routes: dict[str, dict[str, Route]] = {}
        for route in routes:
            self._routes.setdefault(route.path, {})[route.method] = route
        self._below = [(path[:-1], methods) for path, methods in self._routes.items() if path.endswith("/*")]
        self._scope = scope
        self._machine = machine
        self._on_loopback = on_loopback
        self._origins = origins

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        exchange = Exchange(scope, receive, send)
        started_at = time.perf_counter()
        await self._answer(exchange)
        took_s = time.perf_counter() - started_at
        log.info("%s %s took %.3f s%s", exchange.method, exchange.path, took_s, "" if exchange.ended else ", cut")

    async def _answer(self, exchange: Exchange) -> None:
        if self._on_loopback and not host_is_allowed(exchange.header("host"), machine=self._machine):
            await exchange.answer(403)
            return
        origin = exchange.header("origin")
        if origin:
            if not origin_is_allowed(origin, self._origins):
                await exchange.answer(403)
                return
            exchange.extra_headers.append((b"access-control-allow-origin", origin.encode("latin-1")))
            if exchange.method == "OPTIONS":
                await _allow_page(exchange)
                return
        await self._dispatch(exchange)

    async def _dispatch(self, exchange: Exchange) -> None:
        methods = self._find(exchange.path)
        if not methods:
            await exchange.answer(404, b"404 page not found", TEXT)
        elif exchange.method not in methods:
            exchange.extra_headers.append((b"allow", ", ".join(methods).encode()))
            await exchange.answer(405, b"405 method not allowed", TEXT)
        else:
            await self._run(exchange, methods[exchange.method].handler)

    def _find(self, path: str) -> Mapping[str, Route]:
        exact = self._routes.get(path)
        if exact is not None:
            return exact
        return next((methods for prefix, methods in self._below if path.startswith(prefix) and path != prefix), {})

    async def _run(self, exchange: Exchange, handler: Handler) -> None:
        """Run the handler until it ends or its client goes away.

        An answer that is cut stays incomplete on the wire, so that the client can tell.
        """
        working = self._scope.spawn(_told(exchange, handler), name=f"answer {exchange.path}")
        leaving = self._scope.spawn(exchange.client_gone(), name=f"watch {exchange.path}")
        try:
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            working.cancel()
            leaving.cancel()
            await asyncio.wait({working, leaving})
        if not exchange.started:  # a bug of ours, whose stack is in the log, or the client left: then nobody hears it
            await tell_error(exchange, 500, "internal error, see the log")


async def _told(exchange: Exchange, handler: Handler) -> None:
    """Run ``handler``; a failure becomes an error answer, or the last line of the stream that has begun."""
    try:
        await handler(exchange)
    except ConnectionResetError:
        log.info("the client of %s %s went away", exchange.method, exchange.path)
    except DeskError as error:
        status = error.status if isinstance(error, RequestFailedError) else 500
        await tell_error(exchange, status, str(error))


async def tell_error(exchange: Exchange, status: int, text: str) -> None:
    """Answer with an error in the shape of the face that was asked."""
    if not exchange.started:
        await exchange.answer_json(error_body(exchange.path, status, text), status=status)
    elif not exchange.ended:
        await exchange.write(error_line(exchange.path, status, text))
        await exchange.end()


async def _allow_page(exchange: Exchange) -> None:
    """Answer a browser's question whether a page of this machine may ask."""
    exchange.extra_headers += [
        (b"access-control-allow-methods", b"GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS"),
        (b"access-control-allow-headers", b"Authorization,Content-Type,User-Agent,Accept,X-Requested-With"),
        (b"access-control-max-age", b"43200"),
    ]
    await exchange.answer(204)
