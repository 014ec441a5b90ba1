"""The servers that are compared, the built-in engine and llama.cpp's own, and a client that costs next to nothing."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.bench.programs import ROOT
from tests.support.engine import EngineProcess
from tests.support.models import DEFAULT, ROUND
from tests.support.scripted_model import build

CONTENT = re.compile(rb'"content":\s*"[^"]')
LIMIT_S = 120.0
N_CTX = 8192
QUESTIONS = count()


@dataclass(frozen=True, slots=True)
class Timed:
    """One answer: seconds from the request to its first text, and from there to its end."""

    first_s: float
    rest_s: float


@dataclass(frozen=True, slots=True)
class Server:
    """Something that answers questions at a port of loopback.

    Args:
        port: of its HTTP interface.
        pids: of its processes, the one that talks first.
        model: name of the model for Ollama's API; empty for llama.cpp's.
    """

    port: int
    pids: tuple[int, ...]
    model: str = ""

    def ask(self, tokens: int) -> Timed:
        """Let it write so many tokens. Every question is another one, of the same length."""
        text = f"question {next(QUESTIONS):06} endless"
        body: dict[str, object] = {"messages": [{"role": "user", "content": text}], "stream": True}
        if self.model:
            body |= {"model": self.model, "options": {"num_predict": tokens, "temperature": 0}}
        else:
            body |= {"max_tokens": tokens, "temperature": 0}
        return exchange(self.port, "/api/chat" if self.model else "/v1/chat/completions", json.dumps(body).encode())


def exchange(port: int, path: str, body: bytes) -> Timed:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
    began = time.perf_counter()
    first = 0.0
    with socket.create_connection(("127.0.0.1", port), LIMIT_S) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        seen = b""
        while data := connection.recv(1 << 16):
            if not first:
                seen += data
                if CONTENT.search(seen):
                    first = time.perf_counter()
    assert first, seen[-500:]
    return Timed(first - began, time.perf_counter() - first)


@contextmanager
def engine(folder: Path, *models: Path, threads: int = 0) -> Iterator[tuple[Server, ...]]:
    """The built-in engine with all of these loaded, a server for each model."""
    folder.mkdir(parents=True, exist_ok=True)
    with EngineProcess(folder / "models") as process:
        for path in models:
            parameters = {"num_ctx": N_CTX, **({"num_thread": threads} if threads else {})}
            process.create(path.stem, path, parameters=parameters)
            Server(process.port, (), path.stem).ask(2)
        pids = (process.pid, *process.runners())
        yield tuple(Server(process.port, pids, path.stem) for path in models)


@contextmanager
def llama(path: Path, *, threads: int = 0) -> Iterator[Server]:
    """llama.cpp's own server with this model loaded."""
    command = [sys.executable, str(ROOT / "tests" / "bench" / "llama_server.py"), str(path), str(N_CTX), str(threads)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            server = Server(int(process.stdout.readline().rpartition(":")[2]), (process.pid,))
            server.ask(2)
            yield server
        finally:
            process.kill()


def big_model(folder: Path) -> Path:
    """A model of 0.2 GB that writes about 80 tokens a second with one thread, and never ends."""
    return made(folder / "big.gguf", idle_layers=11, feed_forward=32_768)


def small_model(folder: Path, seed: int = 1, *, idle_layers: int = 20) -> Path:
    """A model of 2 MB that writes about 1 000 tokens a second with one thread and never ends; another for each seed."""
    return made(folder / f"small-{seed}-{idle_layers}.gguf", idle_layers=idle_layers, seed=seed)


def made(path: Path, *, idle_layers: int, feed_forward: int = 32, seed: int = 1) -> Path:
    scripts: dict[tuple[str, ...], str] = {("endless",): ROUND}
    build(path, scripts, DEFAULT, endless=("endless",), idle_layers=idle_layers, feed_forward=feed_forward, seed=seed)
    return path
