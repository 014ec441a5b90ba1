"""The app's hold on a server without a guardian, where none can be started: it may outlive an app that is killed."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ollama_desk.sidecar.guardian import start_ticks
from ollama_desk.sidecar.policy import Exit
from ollama_desk.sidecar.process import Birth

LOOK_EVERY_S = 0.1


class BareProcess:
    """One server that is our own child. What it leaves behind is for the sweep by marker to end."""

    guardian_pid = 0

    def __init__(self, server: "subprocess.Popen[bytes]") -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self.started: asyncio.Future[Birth] = self._loop.create_future()
        self.over: asyncio.Future[Exit] = self._loop.create_future()
        self.started.set_result(Birth(server.pid, start_ticks(server.pid)))
        self._look()

    @classmethod
    def spawn(cls, argv: Sequence[str], *, environment: Mapping[str, str], log_file: Path) -> "BareProcess":
        """Start ``argv`` with its words in ``log_file``.

        Raises:
            OSError: it cannot be started.
        """
        descriptor = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            server = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                env=dict(environment),
                start_new_session=True,  # the terminal's Ctrl-C is for the app
            )
        finally:
            os.close(descriptor)
        return cls(server)

    async def stop(self, grace_s: float) -> Exit:
        """TERM, ``grace_s`` of patience, KILL for it and its group."""
        self.abandon()
        await asyncio.wait({self.over}, timeout=grace_s)
        if not self.over.done():
            self._signal("SIGKILL")
        return await asyncio.shield(self.over)  # what was killed ends

    def abandon(self) -> None:
        """Ask for its end without waiting."""
        self._signal("SIGTERM")
        self._signal("SIGCONT")  # a stopped one hears only then

    def _signal(self, name: str) -> None:
        if self._server.poll() is not None:
            return
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self._server.pid, getattr(signal, name))
            elif name != "SIGCONT":
                self._server.kill()

    def _look(self) -> None:
        code = self._server.poll()
        if code is None:
            self._loop.call_later(LOOK_EVERY_S, self._look)
        else:
            self.over.set_result(Exit(code))
