"""The whole program as a child process, driven from within by a script that plays the person."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, Queue
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
DRIVER = ROOT / "tests" / "e2e" / "driver.py"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class App:
    """The desktop program running ``scenario`` of the driver, which prints one word a line as it goes along.

    Args:
        data_dir: the folder that the program gets as ``--data-dir``.
        scenario: the name of a function of the driver.
        arguments: what that function is given.
        display: an X display; none means Qt's offscreen platform.
        environment: what else the program's environment says.
        driver: the script that plays the person.
    """

    def __init__(
        self,
        data_dir: Path,
        scenario: str,
        *arguments: str,
        port: int | None = None,
        display: str = "",
        environment: Mapping[str, str] | None = None,
        driver: Path = DRIVER,
    ) -> None:
        self.data_dir = data_dir
        self.port = port or free_port()
        data_dir.mkdir(parents=True, exist_ok=True)
        settings = data_dir / "settings.toml"
        if not settings.exists():
            settings.write_text('server_program = "built-in"\n')
        whole = {name: value for name, value in os.environ.items() if not name.startswith("OLLAMA")}
        whole |= {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display} if display else {"QT_QPA_PLATFORM": "offscreen"}
        whole |= {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "LANG": "C.UTF-8"}
        whole |= environment or {}
        command = [sys.executable, str(driver), str(data_dir), f"127.0.0.1:{self.port}", scenario, *arguments]
        self._errors = (data_dir / "stderr.txt").open("wb")
        self.process = subprocess.Popen(
            command, env=whole, stdout=subprocess.PIPE, stderr=self._errors, stdin=subprocess.DEVNULL
        )
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.decode().strip())

    def wait_for(self, word: str, timeout_s: float = 60.0) -> str:
        """The first line that begins with ``word``."""
        deadline = time.monotonic() + timeout_s
        seen: list[str] = []
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=min(left, 0.2))
            except Empty:
                if self.process.poll() is not None and self._lines.empty():
                    break
                continue
            if line.startswith(word):
                return line.removeprefix(word).strip()
            seen.append(line)
        msg = (
            f"{word!r} never came; came: {seen}; exit code {self.process.poll()}; stderr: {self.errors()}; "
            f"log: {self.log()[-2000:]}"
        )
        raise AssertionError(msg)

    def wait(self, timeout_s: float = 15.0) -> int:
        return self.process.wait(timeout_s)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def errors(self) -> str:
        return (self.data_dir / "stderr.txt").read_text(errors="replace")

    def log(self) -> str:
        """What the program has logged, as far as it came to have a log."""
        path = self.data_dir / "logs" / "ollama-desk.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def owner(self) -> str:
        """The owner id that marks every process of this data folder."""
        from ollama_desk.sidecar.ownership import read_owner_id  # noqa: PLC0415 - psutil only where it is asked

        return read_owner_id(self.data_dir / "server")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.kill()
        self._reader.join(5)
        self._errors.close()
        if self.process.stdout is not None:
            self.process.stdout.close()


def emit(word: str, *values: object) -> None:
    """Print one line of the driver."""
    sys.stdout.write(" ".join([word, *(json.dumps(value, ensure_ascii=False) for value in values)]))
    sys.stdout.write("\n")
    sys.stdout.flush()
