"""The engine answers what real servers were asked as one of them did: same status, type and shape of the JSON.

What differs on purpose is listed in ``wire-differences.md`` beside this file.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import EngineProcess, Reply
from tests.support.recordings import GENERATIONS, Recording, recordings

HEADERS = {"host-header-foreign": {"Host": "example.com"}, "origin-foreign": {"Origin": "https://example.com"}}
BAD_JSON = {"show-bad-json": b"{nope"}
DIFFERENCES = Path(__file__).with_name("wire-differences.md").read_text(encoding="utf-8")
STATEFUL = (  # they need what other exchanges left behind, or hurt the server; other tests do the same by hand
    *("tags-empty", "ps-empty", "tags-end", "delete", "delete-by-name-field", "unload", "ps-unloaded"),
    *("ps-loaded", "ps-small-context", "ps-after-cut", "blob-post", "blob-post-again", "blob-post-wrong-digest"),
    *("blob-post-junk", "blob-post-truncated", "blob-head", "create-from-gguf", "create-with-all"),
    *("create-from-junk", "create-from-truncated", "chat-damaged-blob", "chat-cut-by-client", "chat-runner-killed"),
    *("chat-after-runner-killed", "chat-server-terminated", "load-2", "load-3", "show-verbose", "show", "show-derived"),
    *("chat-think", "chat-think-level"),  # the other model has other triggers; see test_answers
    *("tags", "generate-context", "chat-fill-context", "chat-format-schema"),  # cut, or of the other model
    "create-from-missing",  # asks the network; see test_create_from_afar
)


RECORDED_REGISTRY = "127.0.0.1:5000"


def shape(value: Any, depth: int = 0) -> Any:
    """The keys and types of ``value``, three levels deep; numbers are alike."""
    match value:
        case dict():
            return {key: shape(part, depth + 1) for key, part in sorted(value.items())} if depth < 3 else "object"
        case list():
            return [shape(value[0], depth + 1)] if value else []
        case bool() | str() | None:
            return type(value).__name__
        case _:
            return "number"


def shapes(body: bytes) -> list[Any]:
    """The shape of the first and of the last line."""
    lines = [line.removeprefix(b"data: ") for line in body.splitlines() if line.strip()]
    told = []
    for line in (*lines[:1], *lines[-1:]):
        try:
            told.append(shape(json.loads(line)))
        except ValueError:
            told.append(line.decode())
    return told


def kind(headers: dict[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0]


def is_as(recording: Recording, reply: Reply) -> bool:
    same_head = (reply.status, kind(reply.headers)) == (recording.status, kind(recording.headers))
    return same_head and shapes(reply.body) == shapes(b"".join(recording.pieces))


def is_asked(recording: Recording) -> bool:
    if recording.is_cut or "…" in recording.sent or recording.name.startswith("queue-"):
        return False
    if RECORDED_REGISTRY in json.dumps(recording.sent):
        return False  # tests/engine/test_pull.py asks the engine the same with a registry of its own
    return recording.name not in STATEFUL and f"`{recording.name}`" not in DIFFERENCES


BY_NAME: dict[str, list[Recording]] = {}
for generation in GENERATIONS:
    for one in recordings(generation):
        BY_NAME.setdefault(one.name, []).append(one)
ASKED = {name: found for name, found in BY_NAME.items() if all(is_asked(one) for one in found)}


@pytest.fixture(scope="module")
def furnished(engine: EngineProcess, gguf: Path) -> EngineProcess:
    """The models that the recorded servers had."""
    template = "{{ .System }}{{ .Tools }}{{ range .Messages }}{{ .Thinking }}{{ .Content }}{{ end }}"
    engine.create("tiny-all", gguf, template=template, system="You are small.", parameters={"num_ctx": 2048})
    return engine


def test_most_exchanges_are_asked_again() -> None:
    assert len(ASKED) > 60


@pytest.mark.parametrize("name", ASKED)
def test_an_exchange_looks_as_it_was_recorded(furnished: EngineProcess, name: str) -> None:
    recording = ASKED[name][-1]
    reply = furnished.ask(
        recording.method,
        recording.path,
        recording.sent or ({} if recording.method == "POST" and name not in BAD_JSON else None),
        raw=BAD_JSON.get(name),
        headers=HEADERS.get(name),
    )
    assert any(is_as(one, reply) for one in ASKED[name]), (reply.status, reply.headers, reply.body[:300])
