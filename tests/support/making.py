"""Making models over the wire, and looking at what came of it."""

import hashlib
from pathlib import Path
from typing import Any

from tests.support.engine import EngineProcess, Reply


def upload(engine: EngineProcess, data: bytes) -> str:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert engine.ask("POST", f"/api/blobs/{digest}", raw=data).status in (200, 201)
    return digest


def digest_of(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def make(engine: EngineProcess, **body: Any) -> Reply:
    return engine.ask("POST", "/api/create", body)


def statuses(reply: Reply) -> list[str]:
    assert (reply.status, reply.headers["content-type"]) == (200, "application/x-ndjson"), reply.body
    return [line["status"] for line in reply.lines]


def say(engine: EngineProcess, model: str, text: str, **more: Any) -> Reply:
    messages = [{"role": "user", "content": text}]
    return engine.ask("POST", "/api/chat", {"model": model, "messages": messages, "stream": False, **more})


def show(engine: EngineProcess, model: str, **more: Any) -> Any:
    return engine.ask("POST", "/api/show", {"model": model, **more}).json


def parts_of(first: Path) -> list[Path]:
    return sorted(first.parent.glob("*-of-*.gguf"))


def blobs(engine: EngineProcess) -> set[str]:
    return {path.name for path in (engine.models / "blobs").iterdir()}
