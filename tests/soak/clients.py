"""Many clients at one engine, doing everything at once and leaving when they like: ``python -m tests.soak.clients``.

Exit code 1 where a request got no answer or none that says anything, or a runner, task or descriptor is left.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.engine import EngineProcess, until
from tests.support.models import tiny_model

CLIENTS = 32
SECONDS = 60.0
PATIENCE_S = 300.0
QUIET_S = 30.0
LEEWAY = 3  # descriptors that a process opens at need and keeps
CHATTERS = ("tiny", "other")
EMBEDDER = "vectors"
LEAVES_AFTER_S = (0.0, 0.005, 0.05, 0.3, 1.0, None, None, None)  # None: stays to the end
SLOTS = 2
WRONG = (b"\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST /api/chat HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")


@dataclass(slots=True)
class Crowd:
    """What happened to the requests."""

    told: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, kind: str, answer: bytes, *, left: bool) -> None:
        if left:
            self.told["left"] += 1
            return
        status = answer[9:12].decode("latin-1")
        self.told[f"{kind} {status}"] += 1
        if kind != "nonsense" and (not status.isdecimal() or int(status) >= 500 or b"Traceback" in answer):
            self.wrong.append(f"{kind}: {answer[:300]!r}")


def request(luck: random.Random) -> tuple[str, bytes]:
    """What kind it is, and the bytes."""
    if luck.random() < 0.03:
        return "nonsense", luck.choice(WRONG)
    model, word = luck.choice(CHATTERS), luck.choice(("story", "endless", "think", "JSON", "hello"))
    options: dict[str, Any] = {"num_predict": luck.choice((1, 20, 80))}
    if luck.random() < 0.02:
        options["num_ctx"] = luck.choice((1024, 2048))
    messages, stream = [{"role": "user", "content": word}], luck.random() < 0.8
    told: dict[str, tuple[str, str, dict[str, Any] | None]] = {
        "chat": ("POST", "/api/chat", {"model": model, "messages": messages, "options": options, "stream": stream}),
        "generate": ("POST", "/api/generate", {"model": model, "prompt": word, "options": options, "stream": stream}),
        "openai": ("POST", "/v1/chat/completions", {"model": model, "messages": messages, "max_tokens": 50}),
        "responses": ("POST", "/v1/responses", {"model": model, "input": word, "max_output_tokens": 30}),
        "messages": ("POST", "/v1/messages", {"model": model, "messages": messages, "max_tokens": 30}),
        "embed": ("POST", "/api/embed", {"model": EMBEDDER, "input": [word] * luck.choice((1, 9))}),
        "load": ("POST", "/api/generate", {"model": model}),
        "unload": ("POST", "/api/generate", {"model": model, "keep_alive": 0}),
        "ps": ("GET", "/api/ps", None),
        "show": ("POST", "/api/show", {"model": model}),
        "tags": ("GET", "/api/tags", None),
    }
    kind = luck.choices(list(told), weights=(9, 6, 4, 2, 2, 4, 1, 1, 4, 3, 2))[0]
    method, path, body = told[kind]
    data = json.dumps(body).encode() if body is not None else b""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(data)}\r\n\r\n"
    return kind, head.encode() + data


async def ask(port: int, luck: random.Random, crowd: Crowd) -> None:
    """One request, to its end or to the moment when the client has enough."""
    kind, data = request(luck)
    leaves_after_s = 1.0 if kind == "nonsense" else luck.choice(LEAVES_AFTER_S)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer, left = b"", False
    try:
        writer.write(data)
        answer = await asyncio.wait_for(reader.read(-1), PATIENCE_S if leaves_after_s is None else leaves_after_s)
    except TimeoutError:
        left = leaves_after_s is not None
    except ConnectionError:
        left = kind == "nonsense"
    finally:
        writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    crowd.note(kind, answer, left=left)


async def gather(port: int, seconds: float, clients: int, seed: int) -> Crowd:
    """Let ``clients`` ask for ``seconds``."""
    crowd, ends_at = Crowd(), time.monotonic() + seconds

    async def client(luck: random.Random) -> None:
        while time.monotonic() < ends_at:
            await ask(port, luck, crowd)

    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(client(random.Random(seed * 1000 + number)))  # noqa: S311 - moments, not secrets
    return crowd


def prepare(engine: EngineProcess, folder: Path) -> None:
    """The models, each with weights of its own."""
    for name, layers in zip((*CHATTERS, EMBEDDER), (0, 2, 1), strict=True):
        gguf = tiny_model(folder / f"{name}.gguf", idle_layers=layers, embeds=name == EMBEDDER)
        engine.create(name, gguf)
        digest = hashlib.sha256(gguf.read_bytes()).hexdigest()
        assert engine.ask("HEAD", f"/api/blobs/sha256:{digest}").status == 200


def settled(engine: EngineProcess) -> tuple[int, int]:
    """Unload everything; the descriptors and threads of the engine once it is quiet."""
    for name in CHATTERS:
        engine.ask("POST", "/api/generate", {"model": name, "keep_alive": 0})
    engine.ask("POST", "/api/embed", {"model": EMBEDDER, "input": "x", "keep_alive": 0})
    until(lambda: not engine.runners(), QUIET_S, f"runners are left: {engine.runners()}")
    threads = len(list(Path(f"/proc/{engine.pid}/task").iterdir()))
    return len(list(Path(f"/proc/{engine.pid}/fd").iterdir())), threads


def soak(folder: Path, seconds: float, clients: int = CLIENTS, *, seed: int = 0, max_loaded: int = 2) -> Crowd:
    """The whole of it.

    Args:
        folder: for the engine's files and sockets.
        seconds: how long they ask.
        clients: how many do.
        seed: of what they ask and when they leave.
        max_loaded: models in memory; with less than all of them they push each other out.

    Raises:
        AssertionError: something is left, or was not answered.
    """
    settings = {"OLLAMA_NUM_PARALLEL": str(SLOTS), "OLLAMA_MAX_LOADED_MODELS": str(max_loaded)}
    with EngineProcess(folder / "models", {**settings, "TMPDIR": str(folder)}) as engine:
        prepare(engine, folder)
        asyncio.run(gather(engine.port, 1.0, 4, seed + 1))  # so that all that is opened once is open
        before, _ = settled(engine)
        crowd = asyncio.run(gather(engine.port, seconds, clients, seed))
        until(lambda: settled(engine)[0] <= before + LEEWAY, QUIET_S, f"descriptors are left: {before} before")
        for name in CHATTERS:  # every slot is free again
            for _ in range(SLOTS):
                reply = engine.ask("POST", "/api/generate", {"model": name, "prompt": "story", "stream": False})
                assert reply.json["response"].startswith("Once upon a time"), reply.body
        assert "Traceback" not in engine.log, engine.log[-5000:]
        assert engine.stop() == 0
        assert not list(folder.glob("ollama-desk-*")), "folders of runners are left"
    assert not crowd.wrong, crowd.wrong[:10]
    return crowd


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests.soak.clients", description="Ask everything at once and leave.")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        try:
            crowd = soak(Path(name), options.seconds, options.clients, seed=options.seed)
        except AssertionError as error:
            sys.stdout.write(f"{error}\n")
            return 1
    for kind, count in sorted(crowd.told.items()):
        sys.stdout.write(f"{kind:16} {count:6}\n")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main(sys.argv[1:]))
