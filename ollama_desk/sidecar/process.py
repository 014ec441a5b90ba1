"""The app's hold on one run of the server: its guardian, and what the guardian tells."""

import asyncio
import contextlib
import json
import logging
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ollama_desk.core.selfrun import self_argv

log = logging.getLogger(__name__)

STOP_MARGIN_S = 1.5  # what the guardian may take beyond the grace
START_S = 15.0


@dataclass(frozen=True, slots=True)
class Exit:
    """How a run ended. ``code`` is None where nobody could tell: the guardian itself was killed."""

    code: int | None
    reason: str = ""


class ServerProcess:
    """One guardian with one server below it. Our end of its input pipe is its life line."""

    def __init__(self, guardian: "subprocess.Popen[bytes]") -> None:
        self._guardian = guardian
        self._buffer = b""
        self._exit: Exit | None = None  # as the guardian told it, before it went itself
        self._started: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()
        self._ended: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        assert guardian.stdout is not None  # noqa: S101 - it was asked for
        os.set_blocking(guardian.stdout.fileno(), False)
        asyncio.get_running_loop().add_reader(guardian.stdout.fileno(), self._on_readable)

    @classmethod
    def spawn(
        cls, argv: Sequence[str], *, environment: Mapping[str, str], log_file: Path, grace_s: float
    ) -> "ServerProcess":
        """Start a guardian that starts ``argv``.

        Raises:
            OSError: not even the guardian could be started.
        """
        guardian = subprocess.Popen(
            [*self_argv("_guardian"), str(log_file), str(grace_s), *argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            close_fds=True,
        )
        return cls(guardian)

    @property
    def guardian_pid(self) -> int:
        return self._guardian.pid

    async def started(self) -> tuple[int, int]:
        """The server's pid and start ticks.

        Raises:
            OSError: it could not be started; the text says why.
        """
        async with asyncio.timeout(START_S):
            return await asyncio.shield(self._started)

    async def ended(self) -> Exit:
        """How it ended; returns when nothing of it is left, or when nobody can say."""
        return await asyncio.shield(self._ended)

    async def stop(self, grace_s: float) -> None:
        """Ask for the end, and make it so: at the latest ``grace_s`` and a little later everything is gone."""
        with contextlib.suppress(OSError, ValueError):
            assert self._guardian.stdin is not None  # noqa: S101
            os.write(self._guardian.stdin.fileno(), f"stop {grace_s}\n".encode())
        try:
            async with asyncio.timeout(grace_s + STOP_MARGIN_S):
                await self.ended()
        except TimeoutError:
            log.error("the guardian did not end its server in time")  # noqa: TRY400 - there is no stack worth a look
            self._guardian.kill()

    def _on_readable(self) -> None:
        assert self._guardian.stdout is not None  # noqa: S101
        try:
            data = os.read(self._guardian.stdout.fileno(), 65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close()
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._hear(json.loads(line))

    def _hear(self, facts: dict[str, Any]) -> None:
        match facts["event"]:
            case "started":
                if not self._started.done():
                    self._started.set_result((facts["pid"], facts["ticks"]))
            case "failed":
                self._exit = Exit(None, facts["reason"])
            case "exited":
                self._exit = Exit(facts["code"])

    def _close(self) -> None:
        guardian = self._guardian
        assert guardian.stdout is not None  # noqa: S101
        assert guardian.stdin is not None  # noqa: S101
        asyncio.get_running_loop().remove_reader(guardian.stdout.fileno())
        guardian.stdout.close()
        with contextlib.suppress(OSError):
            guardian.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            guardian.wait(0.5)
        ending = self._exit or Exit(None, "the guardian ended without a word")
        if not self._started.done():
            self._started.set_exception(OSError(ending.reason))
            self._started.exception()  # whether anybody asks for it or not
        self._ended.set_result(ending)
