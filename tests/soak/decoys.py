"""Servers of other owners that run all the time, and what was done to them."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.support.app import ROOT, free_port
from tests.support.processes import MARKER

DECOY = ROOT / "tests" / "soak" / "decoy.py"


@dataclass(frozen=True, slots=True)
class Decoy:
    """One foreign server with its runner."""

    port: int
    log: Path
    process: "subprocess.Popen[str]"
    parts: tuple[psutil.Process, ...] = field(default=())

    def harm(self) -> list[str]:
        """Everything that was done to it: signals it got, parts that are stopped or gone."""
        done = self.log.read_text().splitlines() if self.log.exists() else []
        for part in self.parts:
            if not part.is_running() or part.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_STOPPED):
                done.append(f"process {part.pid} was killed or stopped")
        return done

    def end(self) -> None:
        for part in self.parts:
            if part.is_running():
                part.kill()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextmanager
def decoys(folder: Path) -> Iterator[list[Decoy]]:
    """One that carries the marker of another owner, and one without any."""
    folder.mkdir(parents=True)
    found = [start(folder / "marked.log", {MARKER: uuid.uuid4().hex}), start(folder / "plain.log", {})]
    try:
        yield found
    finally:
        for decoy in found:
            decoy.end()


def start(log: Path, marker: dict[str, str]) -> Decoy:
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **marker}
    command = [sys.executable, str(DECOY), str(log), str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    runner = int(process.stdout.readline())
    assert process.stdout.readline() == "READY\n"
    return Decoy(port, log, process, (psutil.Process(process.pid), psutil.Process(runner)))
