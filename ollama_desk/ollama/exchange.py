"""One request to a server and what comes back: encoded, sent, refused with a sentence or taken apart."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import msgspec

from ollama_desk.core.http import REPLY_S, HttpLink, Reply
from ollama_desk.domain.chat import ChatChunk
from ollama_desk.domain.errors import OllamaError, StreamInterruptedError
from ollama_desk.domain.models import PullStep
from ollama_desk.ollama.decode import JsonObject, json_object, mended, not_ollama, pull_step
from ollama_desk.ollama.errors import error_of, failure

SILENCE_S = 3600.0  # a full context on a slow CPU is many minutes without a byte; the person can cancel at any time
SUCCESS = "success"  # the last status of a pull or a create


class Exchange:
    """Requests over one link. Everything raises an ``OllamaError`` when the answer is not usable."""

    def __init__(self, link: HttpLink) -> None:
        self._link = link

    async def tell(
        self, method: str, path: str, request: msgspec.Struct | None = None, *, timeout_s: float = REPLY_S
    ) -> Reply:
        """Send a request whose success needs no words."""
        body = None if request is None else encoded(request)
        reply = await self._link.request(method, path, body=body, timeout_s=timeout_s)
        if not reply.is_success:
            raise failure(reply.status, reply.body)
        return reply

    async def ask(
        self, method: str, path: str, request: msgspec.Struct | None = None, *, timeout_s: float = REPLY_S
    ) -> JsonObject:
        """Send a request that is answered with one object."""
        reply = await self.tell(method, path, request, timeout_s=timeout_s)
        found = json_object(reply.body)
        if found is None:
            raise not_ollama("its answer is not JSON")
        if found.get("error"):
            raise error_of(found["error"], status=reply.status)
        return found

    async def chunks(
        self, path: str, request: msgspec.Struct, chunk_of: Callable[[JsonObject], ChatChunk]
    ) -> AsyncGenerator[ChatChunk, None]:
        """An answer, to its ``done``."""
        async with aclosing(self._objects(path, request)) as lines:
            async for line in lines:
                chunk = chunk_of(line)
                yield chunk
                if chunk.done:
                    return
        msg = f"The answer broke off: the server at {self._link.address} stopped before it was done. Try again."
        raise StreamInterruptedError(msg)

    async def steps(self, path: str, request: msgspec.Struct) -> AsyncGenerator[PullStep, None]:
        """The steps of a pull or a create, to their ``success``."""
        async with aclosing(self._objects(path, request)) as lines:
            async for line in lines:
                step = pull_step(line)
                yield step
                if step.status == SUCCESS:
                    return
        msg = f"The server at {self._link.address} stopped before it was done. Try again: it goes on from there."
        raise StreamInterruptedError(msg)

    async def _objects(self, path: str, request: msgspec.Struct) -> AsyncGenerator[JsonObject, None]:
        """The lines of a stream; one with an error is raised."""
        async with self._link.stream("POST", path, body=encoded(request), silence_s=SILENCE_S) as answer:
            if not answer.is_success:
                reply = await answer.read()
                raise failure(reply.status, reply.body)
            has_begun = False
            async with aclosing(answer.lines()) as lines:
                async for line in lines:
                    found = json_object(line)
                    if found is None:
                        raise self._unreadable(has_begun=has_begun)
                    if found.get("error"):
                        raise error_of(found["error"])
                    has_begun = True
                    yield found

    def _unreadable(self, *, has_begun: bool) -> OllamaError:
        if not has_begun:
            return not_ollama("its answer is not JSON")
        return StreamInterruptedError(
            f"A part of the answer of {self._link.address} arrived damaged; the rest cannot be used. Try again."
        )


def encoded(request: msgspec.Struct) -> bytes:
    """The JSON of a request; lone surrogates, which some clipboards hold, become U+FFFD."""
    try:
        return msgspec.json.encode(request)
    except UnicodeEncodeError:
        return msgspec.json.encode(mended(msgspec.to_builtins(request)))
