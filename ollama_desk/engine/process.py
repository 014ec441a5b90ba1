"""A runner seen from the engine: start it, know when it is ready and when it is gone, end it."""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import tempfile
from collections import deque
from dataclasses import replace
from pathlib import Path

from ollama_desk.core.selfrun import self_argv
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import ModelLoadError, RunnerCrashedError
from ollama_desk.engine.leftovers import PREFIX, SOCKET
from ollama_desk.engine.link import RunnerLink
from ollama_desk.engine.runner import RunnerSpec

log = logging.getLogger(__name__)
GRACE_S = 1.0
END_S = 0.3  # between a closed connection and the end of the process that closed it by crashing
WELL_S = 5.0
PROBE_S = 30.0  # to ask llama.cpp for its devices: their drivers may take long to start
OK = 200
TAIL_LINES = 40
SOCKET_PATH_BYTES = 100  # systems differ: 104 or 108; behind a longer TMPDIR runners listen on loopback, with a key
TELLING = ("error loading model", "GGML_ASSERT", "CUDA error", "out of memory", "failed to allocate")


class RunnerProcess:
    """One running child with one model in it; made by ``start_runner``."""

    def __init__(self, process: asyncio.subprocess.Process, folder: tempfile.TemporaryDirectory[str]) -> None:
        self._process = process
        self._folder = folder
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._killed_by_us = False
        self.link: RunnerLink
        self.vram_bytes = 0

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def wait_ready(self, api_key: str) -> None:
        """Wait until the model is loaded.

        Raises:
            ModelLoadError: the runner says that it cannot, or died of it.
        """
        assert self._process.stdout is not None  # noqa: S101 - we asked for a pipe
        try:
            told = json.loads(await self._process.stdout.readline() or b"{}")
        except ValueError:  # also of a line over 64 KiB
            told = {}
        if not isinstance(told, dict) or "ready" not in told:
            await self._ended()
            said = str(told.get("error", "")) if isinstance(told, dict) else ""
            raise ModelLoadError(self._why(said), status=500)
        self.link = RunnerLink(told["ready"], api_key=api_key)
        self.vram_bytes = max(int(told.get("vram_bytes", 0)), 0)

    async def is_well(self) -> bool:
        """Whether it lives and answers, be it busy: after an answer of it broke off."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), END_S)
        if not self.is_alive:
            return False
        try:
            return (await self.link.ask("/tokenize", {"content": ""}, timeout_s=WELL_S)).status == OK
        except RunnerCrashedError:
            return False

    async def follow(self) -> None:
        """Drain stderr until the end (an unread pipe would block the runner); for a task of the engine's scope."""
        assert self._process.stderr is not None  # noqa: S101 - we asked for a pipe
        while not self._process.stderr.at_eof():
            with contextlib.suppress(ValueError):  # a line over 64 KiB is no line of interest
                line = await self._process.stderr.readline()
                self._tail.append(line.decode("utf-8", "replace").rstrip())

    async def stop(self) -> None:
        """End it: close its stdin, and kill it where that is not enough. Idempotent."""
        try:
            if self._process.stdin is not None:
                self._process.stdin.close()
            await asyncio.wait_for(self._process.wait(), GRACE_S)
        except TimeoutError:
            self._kill()
            await self._process.wait()
        except asyncio.CancelledError:
            self._kill()
            raise
        finally:
            self._folder.cleanup()

    async def abandon(self) -> None:
        """End it at once: it is still loading, or failed to."""
        self._kill()
        await self._process.wait()  # a killed process ends
        if self._process.stdout is not None:  # what nobody read would keep the pipe open
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.stdout.read(), GRACE_S)
        self._folder.cleanup()

    def _kill(self) -> None:
        self._killed_by_us = self.is_alive
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def _ended(self) -> None:
        try:
            await asyncio.wait_for(self._process.wait(), GRACE_S)
        except TimeoutError:
            self._kill()

    def _why(self, said: str) -> str:
        told = [line for line in self._tail if any(word in line for word in TELLING)]
        reason = told[-1].split(" E ", 1)[-1] if told else said
        return f"llama runner process has terminated: {self._end()}: {reason}".rstrip(": ")

    def _end(self) -> str:
        """How it ended, in the words of Go, which clients know."""
        code = self._process.returncode
        if code is None or code >= 0:
            return f"exit status {code}"
        return f"signal: {(signal.strsignal(-code) or str(-code)).lower()}"

    @property
    def foreign_end(self) -> str:
        """How somebody else ended it, such as a system without memory; empty where it runs or it was our doing."""
        code = self._process.returncode
        return self._end() if code is not None and code < 0 and not self._killed_by_us else ""

    def epitaph(self) -> str:
        """The lines that say why it crashed, without anything that a prompt could have got into."""
        told = [line for line in self._tail if any(word in line for word in TELLING)]
        return f"{self._end()} {' | '.join(told[-3:])}".rstrip()


async def start_runner(spec: RunnerSpec, scope: TaskScope, *, timeout_s: float | None) -> RunnerProcess:
    """Start a child of ours and wait until ``spec.model`` is loaded. Being cancelled ends the child.

    Args:
        spec: what to load; address and key are chosen here.
        scope: owns the task that follows the child.
        timeout_s: how long loading may take; ``None`` is without limit.

    Raises:
        ModelLoadError: it cannot be loaded, or not in time.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix=PREFIX)  # mode 0700: for us alone
    except OSError as error:
        raise ModelLoadError(f"the model's process cannot be started: {error}", status=500) from error
    path = str(Path(folder.name) / SOCKET)
    if os.name == "posix" and len(os.fsencode(path)) < SOCKET_PATH_BYTES:
        spec = replace(spec, socket=path)
    else:
        spec = replace(spec, api_key=secrets.token_urlsafe(24))
    pipe = asyncio.subprocess.PIPE
    process: asyncio.subprocess.Process | None = None
    try:
        process = await asyncio.create_subprocess_exec(*self_argv("_runner"), stdin=pipe, stdout=pipe, stderr=pipe)
    except OSError as error:
        raise ModelLoadError(f"the model's process cannot be started: {error}", status=500) from error
    finally:
        if process is None:  # also where we are cancelled
            folder.cleanup()
    runner = RunnerProcess(process, folder)
    ready = False
    try:
        scope.spawn(runner.follow(), name=f"stderr of runner {process.pid}")
        assert process.stdin is not None  # noqa: S101 - we asked for a pipe
        process.stdin.write(spec.to_line())
        async with asyncio.timeout(timeout_s):
            await runner.wait_ready(spec.api_key)
        ready = True
    except TimeoutError as error:
        raise ModelLoadError("timed out waiting for llama runner to start", status=500) from error
    finally:
        if not ready:
            await runner.abandon()
    return runner


async def device_bytes() -> int:
    """Free memory of the graphics cards that llama.cpp can use; 0 where there are none, or it cannot be told."""
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(*self_argv("_runner"), stdin=pipe, stdout=pipe, stderr=nowhere)
    except OSError:
        return 0
    try:
        async with asyncio.timeout(PROBE_S):
            said, _ = await process.communicate(RunnerSpec("").to_line())
        return max(int(json.loads(said)["device_bytes"]), 0)
    except (TimeoutError, ValueError, KeyError, TypeError):
        return 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()  # a killed process ends
