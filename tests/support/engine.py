"""A real engine process on a free port, with a models folder of its own, and a plain client to ask it."""

import contextlib
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ollama_desk.core.selfrun import self_argv

READY_S = 30.0
THINKING_TEMPLATE = "{{ .System }}{{ range .Messages }}{{ .Thinking }}{{ .Content }}{{ end }}"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its head, and its body as it came."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_whole: bool = True  # False where the connection broke in the middle

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        return str(self.json["error"])

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.body.splitlines() if line]


class EngineProcess:
    """``ollama-desk engine serve`` as a child of the test.

    Args:
        models: its models folder.
        environment: variables besides the folder and the address.
        port: where it shall listen; 0 looks for a free one.
    """

    def __init__(self, models: Path, environment: dict[str, str] | None = None, *, port: int = 0) -> None:
        self.models = models
        self.port = port or free_port()
        keep = {name: value for name, value in os.environ.items() if not name.startswith("OLLAMA")}
        self._environment = {
            **keep,
            "OLLAMA_HOST": f"127.0.0.1:{self.port}",
            "OLLAMA_MODELS": str(models),
            **(environment or {}),
        }
        self._log = models.parent / f"engine-{self.port}.log"
        self.process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start without waiting."""
        with self._log.open("ab") as log:
            argv = self_argv("engine", "serve")
            self.process = subprocess.Popen(argv, env=self._environment, stdout=log, stderr=log)

    def wait_ready(self) -> None:
        until(self._answers, READY_S, "the engine did not get ready")

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask("GET", "/api/version").status == 200
        return False

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout_s: float = 60.0,
    ) -> Reply:
        """One request, read to its end."""
        with contextlib.closing(self.connect(timeout_s)) as connection:
            data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
            connection.request(method, path, data, headers or {})
            response = connection.getresponse()
            whole = True
            try:
                got = response.read()
            except http.client.IncompleteRead as error:
                got, whole = error.partial, False
            told = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, told, got, whole)

    def connect(self, timeout_s: float = 60.0) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)

    def create(self, name: str, gguf: Path, **more: Any) -> None:
        """Make a model of a file, as a client does."""
        files = {gguf.name: self.upload(gguf)}
        reply = self.ask("POST", "/api/create", {"model": name, "files": files, **more})
        assert reply.lines[-1] == {"status": "success"}, reply.body

    def upload(self, path: Path) -> str:
        """Bring a file; its digest."""
        data = path.read_bytes()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if self.ask("HEAD", f"/api/blobs/{digest}").status != 200:
            assert self.ask("POST", f"/api/blobs/{digest}", raw=data).status == 201
        return digest

    def runners(self) -> list[int]:
        """The pids of its runners, from /proc."""
        return children(self.pid)

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)

    def __enter__(self) -> Self:
        self.start()
        self.wait_ready()
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            finally:
                self.process.kill()
                self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def children(pid: int) -> list[int]:
    """The living children of a process; zombies do not count."""
    return [child for child, parent, state in _processes() if parent == pid and state != "Z"]


def is_alive(pid: int) -> bool:
    return any(other == pid and state != "Z" for other, _, state in _processes())


def _processes() -> Iterator[tuple[int, int, str]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                state, parent, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
                yield int(folder.name), int(parent), state


def until(condition: Any, timeout_s: float, failure: str) -> None:
    """Wait for a condition that no event tells of.

    Raises:
        AssertionError: it did not come.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, failure
        time.sleep(0.02)
