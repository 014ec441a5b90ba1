"""Kills one part of the running program in one state, again and again, and counts what is left."""

import asyncio
import contextlib
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import psutil

from ollama_desk.core.http import HttpLink
from ollama_desk.domain.errors import OllamaError
from ollama_desk.ollama.client import OllamaClient
from tests.support.app import App
from tests.support.endless import NAME, install_endless_model
from tests.support.processes import guardian_of, marked_processes, server_of, wait_until

GONE_S = 10.0  # for everything to end once the app is told to, or is killed
LEAVE_S = 15.0
RUNNER_S = 20.0
STOPPING_S = 0.15  # the runner is gone 0.1 s after the app is told to leave, the rest soon after


class State(StrEnum):
    IDLE = "idle"
    LOADING = "loading"
    STREAMING = "streaming"
    STOPPING = "stopping"


class Victim(StrEnum):
    APP = "app"
    GUARDIAN = "guardian"
    SERVER = "server"
    RUNNER = "runner"


@dataclass(slots=True)
class Tally:
    """What the loops of one scenario came to."""

    state: State
    victim: Victim
    loops: int = 0
    left: int = 0  # processes
    bad_exits: int = 0  # of the app, where it was not the victim
    missed: int = 0  # kills that came after the victim had ended by itself
    notes: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return self.left == 0 and self.bad_exits == 0


def run_once(folder: Path, tally: Tally, chance: random.Random) -> None:
    """One loop: bring the program into the state, kill the victim, let the rest end, count."""
    asks = tally.state in (State.STREAMING, State.STOPPING)
    with App(folder, "stream" if asks else "stay") as app, ExitStack() as stack:
        app.wait_for("READY")
        owner = app.owner()
        install_endless_model(app.port, folder)
        if asks:
            app.wait_for("STREAMING")
        elif tally.state is State.LOADING:
            stack.enter_context(loading(app.port))
            wait_until(lambda: bool(runners(owner)), RUNNER_S)
            time.sleep(chance.uniform(0, 0.3))
        else:
            asyncio.run(load(app.port))
        parts = every_part(app, owner)
        victim = pid_of(tally.victim, app, owner)
        if tally.state is State.STOPPING:
            app.process.send_signal(signal.SIGTERM)
            time.sleep(chance.uniform(0, STOPPING_S))
        if not kill(victim):
            tally.missed += 1
        leave(app, tally, chance)
        count_left(owner, parts, tally)
    tally.loops += 1


def every_part(app: App, owner: str) -> list[psutil.Process]:
    root = psutil.Process(app.process.pid)
    return list(dict.fromkeys([root, *root.children(recursive=True), *marked_processes(owner)]))


def runners(owner: str) -> list[int]:
    found = []
    for process in marked_processes(owner):
        with contextlib.suppress(psutil.Error):
            if "_runner" in process.cmdline():
                found.append(process.pid)
    return found


def pid_of(victim: Victim, app: App, owner: str) -> psutil.Process | None:
    """The victim; None where it is gone already."""
    with contextlib.suppress(psutil.Error, ValueError, IndexError):
        match victim:
            case Victim.APP:
                return psutil.Process(app.process.pid)
            case Victim.GUARDIAN:
                return psutil.Process(guardian_of(owner))
            case Victim.SERVER:
                return psutil.Process(server_of(owner))
            case Victim.RUNNER:
                return psutil.Process(runners(owner)[0])
    return None


def kill(victim: psutil.Process | None) -> bool:
    """Whether there was something to kill."""
    if victim is None:
        return False
    try:
        if victim.status() == psutil.STATUS_ZOMBIE:
            return False
        victim.kill()
    except psutil.NoSuchProcess:
        return False
    return True


def leave(app: App, tally: Tally, chance: random.Random) -> None:
    """Where the app lives on: let it notice, or not, then ask it to end."""
    if tally.victim is Victim.APP:
        app.process.wait(LEAVE_S)
        return
    if tally.state is not State.STOPPING:
        time.sleep(chance.uniform(0, 1.5))
        app.process.send_signal(signal.SIGTERM)
    try:
        code = app.wait(LEAVE_S)
    except subprocess.TimeoutExpired:
        app.kill()
        tally.bad_exits += 1
        tally.notes.append(f"the app did not leave within {LEAVE_S:.0f} s")
        return
    if code != 0:
        tally.bad_exits += 1
        tally.notes.append(f"exit code {code}: {app.errors()[-500:]}")


def count_left(owner: str, parts: list[psutil.Process], tally: Tally) -> None:
    def left() -> list[psutil.Process]:
        return list(dict.fromkeys([*marked_processes(owner), *(part for part in parts if lives(part))]))

    if wait_until(lambda: not left(), GONE_S):
        return
    for process in left():
        tally.left += 1
        with contextlib.suppress(psutil.Error):
            tally.notes.append(f"left: {process.pid} {' '.join(process.cmdline())[:200]}")
            process.kill()


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


async def load(port: int) -> None:
    client = OllamaClient(HttpLink(f"http://127.0.0.1:{port}"))
    with contextlib.suppress(OllamaError):
        await client.load(NAME)
    await client.aclose()


@contextmanager
def loading(port: int) -> Iterator[None]:
    """The model is being loaded, by another client."""
    thread = threading.Thread(target=lambda: asyncio.run(load(port)))
    thread.start()
    yield
    thread.join(30)
