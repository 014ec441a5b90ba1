"""Asks a small program a question: bounded in time and words, ended with everything that it started."""

import asyncio
import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

LOOK_EVERY_S = 0.02
END_S = 1.0  # for a killed process to go; one that waits for broken hardware does not
MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Asked:
    """What it answered."""

    code: int | None  # None: it did not end in time, or said too much, and was killed
    text: str  # of both its outputs
    is_stuck: bool = False  # it could not even be killed


async def ask(argv: Sequence[str], *, environment: Mapping[str, str], limit_s: float) -> Asked:
    """Run ``argv`` to its end, for ``limit_s`` seconds at the most. It is ended when the caller is cancelled.

    Raises:
        OSError: it cannot be started.
    """
    with tempfile.TemporaryFile() as told:  # not a pipe: what it starts might hold that open
        process = await asyncio.to_thread(_start, argv, environment, told)
        try:
            code = await _wait(process, told, limit_s)
        finally:
            is_stuck = not await _end(process)
        told.seek(0)
        return Asked(code, told.read(MOST_BYTES).decode(errors="replace"), is_stuck)


def _start(argv: Sequence[str], environment: Mapping[str, str], told: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        list(argv),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=told,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


async def _wait(process: "subprocess.Popen[bytes]", told: IO[bytes], limit_s: float) -> int | None:
    """Look again and again: a thread that waits would keep the program from ending."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + limit_s
    while process.poll() is None:
        if clock() > deadline or os.fstat(told.fileno()).st_size > MOST_BYTES:
            return None
        await asyncio.sleep(LOOK_EVERY_S)
    return process.returncode


async def _end(process: "subprocess.Popen[bytes]") -> bool:
    """Kill it with all that it started; whether it is gone."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    clock = asyncio.get_running_loop().time
    deadline = clock() + END_S
    while process.poll() is None and clock() < deadline:  # noqa: ASYNC110 - a process sets no event
        await asyncio.sleep(LOOK_EVERY_S)
    return process.poll() is not None
