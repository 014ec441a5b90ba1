"""Other servers of this machine that work in the same models folder: then nobody may tidy up there."""

import asyncio
import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from ollama_desk.sidecar.launch import MARKER
from ollama_desk.sidecar.ownership import read_owner_id
from ollama_desk.sidecar.pruning import folder_of
from ollama_desk.sidecar.system_service import SystemService

OLLAMA = frozenset({"ollama", "ollama.exe"})
OURS = ("ollama_desk", "ollama-desk")
SERVICE = "the Ollama that runs as a service of this machine"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A server that is not ours, and where its models are."""

    name: str  # in words: "another Ollama (process 4711)"
    pid: int
    models_folder: Path  # as it sees it


class Neighbourhood:
    """Looks for the others.

    Args:
        system: knows the machine's own Ollama, whose processes may not be looked into.
        folder: where our owner id is: who carries it is no other.
    """

    def __init__(self, system: SystemService, folder: Path) -> None:
        self._system = system
        self._folder = folder

    async def sharing(self, models_folder: Path) -> str:
        """Who else works in ``models_folder`` now, in words; empty where nobody does, or nobody can be seen to."""
        found = await asyncio.to_thread(self._among_processes, models_folder)
        if found:
            return found
        running = await self._system.running()
        if running is not None and await asyncio.to_thread(_is_same, running, models_folder):
            return SERVICE
        return ""

    def _among_processes(self, models_folder: Path) -> str:
        others = neighbours(read_owner_id(self._folder))
        return next((other.name for other in others if works_in(other, models_folder)), "")


def neighbours(owner: str) -> list[Neighbour]:
    """The servers of this machine that do not carry ``owner``. Blocks for some milliseconds."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            name = server_name(process.cmdline())
            if name and process.pid != os.getpid():
                neighbour = _neighbour(process, name, owner)
                found += [] if neighbour is None else [neighbour]
    return found


def works_in(other: Neighbour, models_folder: Path) -> bool:
    """Whether its folder is this one, looked at from where it lives: in a container the same path is another place."""
    place = other.models_folder
    root = Path(f"/proc/{other.pid}/root")
    with contextlib.suppress(OSError):  # another user's, or a system without such paths
        if not root.samefile("/"):
            place = root / str(place).lstrip("/")
    return _is_same(place, models_folder)


def server_name(argv: Sequence[str]) -> str:
    """What kind of server a command line starts, in words; empty where it starts none."""
    if not argv:
        return ""
    if os.path.basename(argv[0]) in OLLAMA and list(argv[1:2]) == ["serve"]:  # noqa: PTH119 - of text
        return "another Ollama"
    started = list(argv[-2:]) == ["engine", "serve"] and "_guardian" not in argv
    if started and any(word in part for part in argv[:-2] for word in OURS):
        return "the engine of another Ollama Desk"
    return ""


def _neighbour(process: psutil.Process, name: str, owner: str) -> Neighbour | None:
    """What is known of it; None where it is ours."""
    said = f"{name} (process {process.pid})"
    try:
        environment = process.environ()
    except psutil.AccessDenied:  # another user's: then it is where such a server is unless it was told otherwise
        return Neighbour(said, process.pid, Path(os.path.expanduser(f"~{process.username()}")) / ".ollama" / "models")  # noqa: PTH111 - never raises
    if owner and environment.get(MARKER) == owner:
        return None
    return Neighbour(said, process.pid, folder_of(environment))


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there, or may not be looked at
        return one == other
