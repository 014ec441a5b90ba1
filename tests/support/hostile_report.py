"""Shows groups of hostile messages in a program of its own, and tells what it saw, and what others saw of it."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QImage

from tests.support.hostile_markdown import Canaries, payloads
from tests.support.opened_files import opened_files

LIMIT_S = 900.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What was seen of one message. Longest turns of the loop in milliseconds."""

    whole_ms: float
    growing_ms: float
    touched: list[str]  # opened files and connections, as Python knows of them


@dataclass(frozen=True, slots=True)
class Report:
    """What was seen of all of them."""

    messages: dict[str, Shown]
    opened: list[str]  # files, as the kernel knows of them
    connections: int


def names(*groups: str) -> list[str]:
    """Of the messages of these groups, in order; of all without."""
    every = sorted(payloads(Canaries("/canary.png", "/canary.pipe", "127.0.0.1:1")))
    return [name for name in every if not groups or name.partition(":")[0] in groups]


def shown(folder: Path, *groups: str) -> Report:
    """Every message of these groups shown whole and growing."""
    with counting_server() as (host, came):
        baits = canaries(folder, host)
        with opened_files(folder) as opened:
            program = [sys.executable, "-m", "tests.support.hostile_show", baits.file, baits.pipe, host, *groups]
            # A turn is timed: the tracer of a coverage run has nothing to do there.
            alone = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
            done = subprocess.run(program, capture_output=True, text=True, timeout=LIMIT_S, check=False, env=alone)
            seen = opened.look()
    assert done.returncode == 0, done.stderr[-2_000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    messages = {name: Shown(whole_s * 1_000, growing_s * 1_000, seen) for name, whole_s, growing_s, _, seen in lines}
    return Report(messages, seen, len(came))


@contextmanager
def counting_server() -> Iterator[tuple[str, list[str]]]:
    """A server that counts who comes, and sends them away."""
    came: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def count() -> None:
            while True:
                try:
                    guest, address = server.accept()
                except OSError:
                    return
                came.append(str(address))
                guest.close()

        thread = threading.Thread(target=count, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", came
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def canaries(folder: Path, host: str) -> Canaries:
    """A picture and a pipe that nobody may open, beside a server that nobody may ask."""
    file, pipe = folder / "canary.png", folder / "canary.pipe"
    picture = QImage(4, 4, QImage.Format.Format_RGB32)
    picture.fill(0)
    assert picture.save(str(file))
    os.mkfifo(pipe)
    return Canaries(str(file), str(pipe), host)
