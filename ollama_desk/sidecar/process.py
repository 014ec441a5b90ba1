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
from typing import IO

from ollama_desk.core.selfrun import self_argv
from ollama_desk.sidecar.policy import Exit

log = logging.getLogger(__name__)

STOP_MARGIN_S = 0.8  # what the guardian may take beyond the grace
REAP_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Birth:
    """Which process the server is: its pid, and when it began in clock ticks of the machine."""

    pid: int
    ticks: int


class ServerProcess:
    """One guardian with one server below it. Our end of its input pipe is its life line.

    It uses ``add_reader`` and plain pipes, which asyncio's loop and qasync's do alike.
    """

    def __init__(self, guardian: "subprocess.Popen[bytes]") -> None:
        self._guardian = guardian
        self._output = _pipe(guardian.stdout)
        self._input = _pipe(guardian.stdin)
        self._buffer = b""
        self._told: Exit | None = None  # by the guardian, before it went itself
        self._loop = asyncio.get_running_loop()
        self.started: asyncio.Future[Birth] = self._loop.create_future()  # never done where it could not be started
        self.over: asyncio.Future[Exit] = self._loop.create_future()  # done when nothing of it is left
        os.set_blocking(self._output.fileno(), False)
        os.set_blocking(self._input.fileno(), False)
        self._loop.add_reader(self._output.fileno(), self._on_readable)

    @classmethod
    def spawn(
        cls,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        log_file: Path,
        grace_s: float,
        guardian: Sequence[str] = (),
    ) -> "ServerProcess":
        """Start a guardian that starts ``argv``, and ends it with ``grace_s`` of patience when the app is gone.

        Raises:
            OSError: not even the guardian could be started.
        """
        process = subprocess.Popen(
            [*(guardian or self_argv("_guardian")), str(log_file), str(grace_s), *argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            bufsize=0,
            start_new_session=True,  # the terminal's Ctrl-C is for the app
        )
        return cls(process)

    @property
    def guardian_pid(self) -> int:
        return self._guardian.pid

    async def stop(self, grace_s: float) -> Exit:
        """Ask for the end, and make it so: at the latest ``grace_s`` and a little later the guardian is gone."""
        with contextlib.suppress(OSError, ValueError):
            self._input.write(f"stop {grace_s}\n".encode())
        try:
            async with asyncio.timeout(grace_s + STOP_MARGIN_S):
                return await asyncio.shield(self.over)
        except TimeoutError:
            log.info("the guardian did not end its server in time and is killed; the sweep has to do the rest")
            self._guardian.kill()
            return await asyncio.shield(self.over)  # its pipe closes with it, whatever it was doing

    def abandon(self) -> None:
        """Let go of the life line without waiting: the guardian ends the server by itself."""
        with contextlib.suppress(OSError):
            self._input.close()

    def _on_readable(self) -> None:
        try:
            data = os.read(self._output.fileno(), 65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close()
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._hear(line)

    def _hear(self, line: bytes) -> None:
        try:
            facts = json.loads(line)
            match facts["event"]:
                case "started":
                    self.started.set_result(Birth(int(facts["pid"]), int(facts["ticks"])))
                case "failed":
                    self._told = Exit(None, str(facts["reason"]))
                case "exited":
                    self._told = Exit(int(facts["code"]))
        except (ValueError, TypeError, KeyError, asyncio.InvalidStateError):
            log.info("the guardian said something that nobody understands")

    def _close(self) -> None:
        self._loop.remove_reader(self._output.fileno())
        self._output.close()
        self.abandon()
        self._reap()

    def _reap(self) -> None:
        """Tell the end only when the guardian is no more, so that its pid is not seen by the sweep that follows."""
        if self._guardian.poll() is None:
            self._loop.call_later(REAP_EVERY_S, self._reap)
        else:
            self.over.set_result(self._told or Exit(None))


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        msg = "the guardian was started without its pipes"
        raise OSError(msg)
    return stream
