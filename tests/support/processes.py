"""Looks for the processes of one owner by the marker in their environment, from outside the program."""

import contextlib
import time
from collections.abc import Callable

import psutil

MARKER = "OLLAMA_DESK_OWNER"
ASK_EVERY_S = 0.02


def marked_processes(owner: str) -> list[psutil.Process]:
    """Every living process that carries the owner's marker; a zombie does not live."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARKER) == owner:
                found.append(process)
    return found


def guardians_of(owner: str) -> list[psutil.Process]:
    """The owner's guardians; not the copy that each is for a moment before it has become the server."""
    found = {}
    for process in marked_processes(owner):
        with contextlib.suppress(psutil.Error):
            if "_guardian" in process.cmdline():
                found[process.pid] = process
    return [process for process in found.values() if parent_of(process) not in found]


def parent_of(process: psutil.Process) -> int:
    try:
        return process.ppid()
    except psutil.Error:
        return 0


def guardian_of(owner: str) -> int:
    """The pid of the owner's guardian."""
    (guardian,) = guardians_of(owner)
    return guardian.pid


def server_of(owner: str) -> int:
    """The pid of the owner's server: the oldest child of the guardian."""
    (guardian,) = guardians_of(owner)
    return min(guardian.children(), key=lambda process: process.create_time()).pid


def wait_until(condition: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    """Whether the condition came true before the deadline."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(ASK_EVERY_S)
    return True
