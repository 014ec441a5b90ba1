"""Fills the gaps of an unfinished blob from a registry: ranged parts, four connections, and patience with each."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from functools import partial as bound

from ollama_desk.core.web import WebAnswer
from ollama_desk.domain.errors import RegistryError, RegistryInterruptedError
from ollama_desk.registry.intake import FollowingHash, Intake
from ollama_desk.registry.parts import Part, Partial
from ollama_desk.registry.patience import Patience, may_pass
from ollama_desk.registry.ranges import RangesRefusedError, check_range
from ollama_desk.registry.together import together

log = logging.getLogger(__name__)

CONNECTIONS = 4
SUBSTANCE_BYTES = 1 << 20  # a try that brought as much was no failure in a row
ENDED = "The registry sent less than it has. What has come so far is kept: try again."

Fetch = Callable[[range | None], AbstractAsyncContextManager[WebAnswer]]


class Filling:
    """One pass over the parts of a blob.

    Args:
        partial: the parts.
        fetch: the blob, or a range of it.
        patience: how often to try again.
    """

    def __init__(self, partial: Partial, fetch: Fetch, *, patience: Patience) -> None:
        self._partial = partial
        self._fetch = fetch
        self._patience = patience
        self._following = FollowingHash(partial)
        self.completed_bytes = partial.completed  # those that are not written yet counted

    async def run(self) -> str:
        """Fetch what is missing; the digest of the whole.

        Raises:
            RegistryError: it cannot be had.
            StorageError: it cannot be written.
        """
        waiting = deque(part for part in self._partial.parts if not part.is_complete)
        try:
            await together((self._connection(waiting) for _ in range(min(CONNECTIONS, len(waiting)))), name="part")
        except RangesRefusedError:
            self.completed_bytes = self._partial.completed
            await self._patiently(self._whole, lambda: self._partial.is_complete)
        while self._following.position < self._partial.frontier:
            await asyncio.to_thread(self._following.advance, wait=True)
        if not self._partial.is_complete:  # a bug of ours, told elsewhere, ended a connection
            raise RegistryInterruptedError(ENDED)
        return self._following.digest()

    async def _connection(self, waiting: deque[Part]) -> None:
        while waiting:
            part = waiting.popleft()
            await self._patiently(bound(self._one, part), bound(_is_complete, part))

    async def _patiently(self, attempt: Callable[[], Awaitable[None]], is_done: Callable[[], bool]) -> None:
        """Try until it is done, or was tried too often in vain."""
        failed = 0
        while not is_done():
            before = self._partial.completed
            try:
                await attempt()
            except RegistryError as error:
                if not may_pass(error):
                    raise
                failed = 1 if self._partial.completed - before >= SUBSTANCE_BYTES else failed + 1
                if failed >= self._patience.tries:
                    error.words = f"max retries exceeded: {error.words}"  # as Ollama says it
                    raise
                wait_s = self._patience.wait_s(failed, error)
                log.info("a download goes on in %.1f s: %s", wait_s, error)
                await asyncio.sleep(wait_s)

    async def _one(self, part: Part) -> None:
        """Fetch the rest of a part."""
        size = self._partial.size_bytes
        span = None if part.size == size and not part.completed else range(part.next, part.end)
        intake = Intake(self._partial, self._following)
        try:
            async with self._fetch(span) as answer:
                check_range(answer, span, size)
                async with aclosing(answer.pieces()) as pieces:
                    async for piece in pieces:
                        if await self._take(intake, part, piece):
                            break
            await intake.flush()
        finally:
            intake.spill()
        if not part.is_complete:
            raise RegistryInterruptedError(ENDED, words="unexpected EOF")

    async def _take(self, intake: Intake, part: Part, piece: bytes) -> bool:
        """Add ``piece`` to ``part``; whether that is all of it."""
        room = part.end - intake.reach(part)
        await intake.take(part, piece[:room])
        self.completed_bytes += min(room, len(piece))
        return len(piece) >= room

    async def _whole(self) -> None:
        """Read the blob from its start, where there are no ranges, and keep what is missing."""
        intake = Intake(self._partial, self._following)
        position = 0
        parts = deque(self._partial.parts)
        try:
            async with self._fetch(None) as answer:
                check_range(answer, None, self._partial.size_bytes)
                async with aclosing(answer.pieces()) as pieces:
                    async for piece in pieces:
                        await self._spread(intake, parts, position, piece)
                        position += len(piece)
            await intake.flush()
        finally:
            intake.spill()
        if not self._partial.is_complete:
            raise RegistryInterruptedError(ENDED, words="unexpected EOF")

    async def _spread(self, intake: Intake, parts: deque[Part], position: int, piece: bytes) -> None:
        """Give each part what it lacks of ``piece``, whose first byte is the one at ``position``."""
        while parts and piece:
            part = parts[0]
            mine = piece[: part.end - position]
            lacking = mine[intake.reach(part) - position :] if intake.reach(part) < position + len(mine) else b""
            if lacking:
                await self._take(intake, part, lacking)
            position += len(mine)
            piece = piece[len(mine) :]
            if position >= part.end:
                parts.popleft()


def _is_complete(part: Part) -> bool:
    return part.is_complete
