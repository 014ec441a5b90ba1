"""The one status of the server, and everybody's only way to change it."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from ollama_desk.domain.server import ServerAddress, ServerState, ServerStatus

log = logging.getLogger(__name__)

SAME_LIFE = (ServerState.STARTING, ServerState.READY, ServerState.DEGRADED, ServerState.STOPPING)


class Board:
    """Shows one status; every change has a reason and is logged."""

    def __init__(self, address: ServerAddress) -> None:
        self.status = ServerStatus(ServerState.STOPPED, "Not started yet.", address=address)
        self._news: asyncio.Queue[ServerStatus | None] = asyncio.Queue()

    async def states(self) -> AsyncGenerator[ServerStatus, None]:
        """The status now and every later one, to the end. For one consumer."""
        yield self.status
        while (status := await self._news.get()) is not None:
            yield status

    def close(self) -> None:
        self._news.put_nowait(None)

    def show(self, state: ServerState, reason: str, **facts: Any) -> None:
        """Take over a state; what is known of the process stays known for as long as it is the same life."""
        life = self.status
        if state not in SAME_LIFE or life.state not in SAME_LIFE:
            life = ServerStatus(state, kind=life.kind, address=life.address)
        status: ServerStatus = replace(
            life, state=state, reason=reason, **{"log_tail": (), "free_address": None, **facts}
        )
        if status == self.status:
            return
        if (status.state, status.reason) != (self.status.state, self.status.reason):
            log.info("server: %s → %s: %s", self.status.state, state, reason)
        self.status = status
        self._news.put_nowait(status)


def foreign_port(address: ServerAddress) -> str:
    """The reason for a CONFLICT with a program that is not ours."""
    return f"Another program holds {address} and is not Ollama. End it, or let the server use another port."


def impostor(address: ServerAddress) -> str:
    """The reason for not using a server that answers in the place of ours."""
    return (
        f"Another server answers at {address} in place of the one that was started, so nothing is sent there. "
        "End it, or let the server use another port."
    )
