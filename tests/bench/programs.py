"""Starts the programs that benches measure, without what would change the figures."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.streamed import Streamed
from tests.support.app import free_port

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 60.0


class Window:
    """A window of ``windows.py`` that runs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    @property
    def pid(self) -> int:
        return self.process.pid

    def read(self, word: str) -> str:
        """What stands behind ``word`` on the line that begins with it; no time limit but the life of the program.

        Raises:
            AssertionError: it ended without saying it.
        """
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(word):
                return line.removeprefix(word).strip()
        msg = f"{word} never came; exit code {self.process.wait(LIMIT_S)}"
        raise AssertionError(msg)


def environment() -> dict[str, str]:
    """Ours, without what steers the program, and with no display."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OLLAMA")}
    return kept | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}


@contextmanager
def paced_server() -> Iterator[str]:
    """The address of a server that answers as its questions say."""
    port = free_port()
    command = [sys.executable, str(ROOT / "tests" / "support" / "paced_ollama.py"), str(port)]
    with child(command) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "READY\n"
        yield f"127.0.0.1:{port}"


def streamed(folder: Path, address: str, questions: list[str]) -> list[Streamed]:
    """What the real window went through while each answer came."""
    command = [sys.executable, str(ROOT / "tests" / "bench" / "streaming_window.py"), str(folder), address, *questions]
    with child(command) as process:
        told, _ = process.communicate(timeout=LIMIT_S * (1 + len(questions)))
    lines = [line for line in told.splitlines() if line.startswith("{")]
    assert len(lines) == len(questions), f"{len(lines)} answers of {len(questions)}"
    return [Streamed(**json.loads(line)) for line in lines]


@contextmanager
def child(command: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """A program that ends when it is left: by SIGTERM, and if that is not enough by SIGKILL."""
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LIMIT_S / 4)
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def hello(seconds: float = LIMIT_S) -> Iterator[Window]:
    with _running("hello", str(seconds)) as window:
        yield window


@contextmanager
def desk(folder: Path, seconds: float = LIMIT_S) -> Iterator[Window]:
    """The program on a data folder, with its built-in engine."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.toml").write_text('server_program = "built-in"\n')
    with _running("desk", str(seconds), str(folder), f"127.0.0.1:{free_port()}") as window:
        yield window


@contextmanager
def _running(*arguments: str) -> Iterator[Window]:
    command = [sys.executable, str(ROOT / "tests" / "bench" / "windows.py"), *arguments]
    with child(command) as process:
        yield Window(process)
