"""Many clients at once, most of whom leave in the middle: no slot, process or descriptor is lost."""

import asyncio
import json
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support import models
from tests.support.engine import EngineProcess, until
from tests.support.models import tiny_model

CLIENTS = 32
SECONDS = float(os.environ.get("OLLAMA_DESK_CLIENTS_S", "2"))
PATIENCE_S = 90.0
LEEWAY = 4  # descriptors that a process opens at need and keeps
LEAVES_AFTER_S = (0.001, 0.01, 0.05, 0.3, None)  # None: stays to the end
WORDS = ("a story", "endless", "think", "JSON", "hello")
MODELS = ("tiny", "other")
CUT, SILENT = "cut", "no answer"


def question(luck: random.Random) -> bytes:
    """A whole HTTP request."""
    word = luck.choice(WORDS)
    messages = [{"role": "user", "content": word}]
    questions: list[tuple[str, dict[str, Any]]] = [
        ("/api/chat", {"messages": messages, "options": {"num_predict": 100}}),
        ("/api/generate", {"prompt": word, "options": {"num_predict": 100}}),
        ("/v1/chat/completions", {"messages": messages, "max_tokens": 100}),
        ("/v1/responses", {"input": word, "max_output_tokens": 100}),
        ("/v1/messages", {"messages": messages, "max_tokens": 100}),
    ]
    path, body = luck.choice(questions)
    asked = {"model": luck.choice(MODELS), "stream": luck.random() < 0.8, **body}
    data = json.dumps(asked).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


async def ask(port: int, luck: random.Random) -> str:
    """The status of one answer, or how it ended."""
    leaves_after_s = luck.choice(LEAVES_AFTER_S)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(question(luck))
        got = await asyncio.wait_for(reader.read(-1), leaves_after_s or PATIENCE_S)
        return got[9:12].decode()
    except TimeoutError:
        return CUT if leaves_after_s else SILENT
    finally:
        writer.close()


async def crowd(port: int) -> Counter[str]:
    """What happened to the requests of all clients."""
    told: Counter[str] = Counter()
    ends_at = time.monotonic() + SECONDS

    async def client(luck: random.Random) -> None:
        while time.monotonic() < ends_at:
            told[await ask(port, luck)] += 1

    async with asyncio.TaskGroup() as clients:
        for number in range(CLIENTS):
            clients.create_task(client(random.Random(number)))  # noqa: S311 - no secret
    return told


def descriptors(pids: list[int]) -> int:
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)


@pytest.mark.timeout(SECONDS + 3 * PATIENCE_S)
def test_clients_that_leave_at_random_cost_nothing(engine: EngineProcess, tmp_path: Path) -> None:
    engine.create("other", tiny_model(tmp_path / "other.gguf", idle_layers=1))
    for model in MODELS:
        assert engine.ask("POST", "/api/generate", {"model": model, "keep_alive": -1}).status == 200
    runners = engine.runners()
    before = descriptors([engine.pid, *runners])
    told = asyncio.run(crowd(engine.port))
    assert set(told) <= {"200", CUT}, told
    assert told["200"] > 0
    assert told[CUT] > 0
    for model in MODELS:  # its slots are free again
        answer = engine.ask("POST", "/api/generate", {"model": model, "prompt": "a story", "stream": False}).json
        assert answer["response"] == models.STORY
    assert engine.runners() == runners
    until(lambda: descriptors([engine.pid, *runners]) <= before + LEEWAY, 30, "descriptors are left")
    assert "Traceback" not in engine.log
