"""The engine answers what real servers were asked as one of them did: status, type, shape of each line, words, end.

``differences.toml`` beside this file lists where it does not, with the reason.
"""

import contextlib
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import EngineProcess, Reply
from tests.support.recorded_walk import Walk
from tests.support.recordings import CLOSED, GENERATIONS, Recording, recordings
from tests.support.registry_server import RegistryServer

LISTED: dict[str, Any] = tomllib.loads(Path(__file__).with_name("differences.toml").read_text(encoding="utf-8"))
DIFFERENCES: dict[str, dict[str, str]] = LISTED["exchanges"]
OTHER_WORDS: dict[str, dict[str, str]] = LISTED["words"]
MASKS = {  # what belongs to one machine, one model or one moment
    r"[0-9a-f]{64}": "DIGEST",
    r" on \d+\.\d+\.\d+\.\d+:\d+": "",
    r"(\$WORK|/\S*)/models/": "FOLDER/",
    r'"[\w.]+\.weight"': "TENSOR",
    r"\d+": "0",
}
DEPTH = 3  # levels of an object whose keys are compared
OPAQUE = ("model_info", "projector_info")  # their keys are those of the model, which is another one here
UNCOUNTED = ("queue-", "load-3")  # asked of another server, for facts that other tests hold

BY_NAME: dict[str, list[Recording]] = {}
for generation in GENERATIONS:
    for one in recordings(generation):
        if not one.name.startswith(UNCOUNTED):
            BY_NAME.setdefault(one.name, []).append(one)


@dataclass(frozen=True)
class Looks:
    """What is compared of an answer."""

    status: int
    kind: str
    lines: tuple[str, ...]  # each shape of a line once, in the order of their first appearance
    is_whole: bool
    words: tuple[str, ...] = field(compare=False)

    def __str__(self) -> str:
        return "\n    ".join((f"{self.status} {self.kind}{'' if self.is_whole else ', cut'}", *self.lines))


def shape(value: Any, depth: int = 0) -> Any:
    """The keys and types of ``value``; numbers are alike.

    Whether a pull's first line for a layer tells ``completed`` is a matter of time: it is left out while it is 0.
    """
    match value:
        case dict() if depth < DEPTH:
            parts = sorted((key, part) for key, part in value.items() if not ("digest" in value and key == "completed"))
            return {key: "object" if key in OPAQUE else shape(part, depth + 1) for key, part in parts}
        case dict():
            return "object"
        case list():
            return [shape(value[0], depth + 1)] if value else []
        case bool() | str() | None:
            return type(value).__name__
        case _:
            return "number"


def words(body: bytes) -> tuple[str, ...]:
    """What an answer says in words that programs and people look for: errors, and why it ended."""
    told: list[str] = []
    for line in body.splitlines():
        with contextlib.suppress(ValueError):
            told += _words(json.loads(line.removeprefix(b"data: ")))
    for mask, name in MASKS.items():
        told = [re.sub(mask, name, text) for text in told]
    return tuple(dict.fromkeys(told))


def _words(value: Any) -> list[str]:
    match value:
        case {"error": {"message": str() as message}}:
            return [message]
        case {"error": str() as message}:
            return [message]
        case {"done_reason": str() as reason} | {"choices": [{"finish_reason": str() as reason}]}:
            return [reason]
        case _:
            return []


def shapes(body: bytes) -> tuple[str, ...]:
    told = []
    for line in body.splitlines():
        text = line.removeprefix(b"data: ").strip()
        try:
            told.append(json.dumps(shape(json.loads(text))))
        except ValueError:
            told.append(text.decode())
    return tuple(dict.fromkeys(one for one in told if one))


def recorded(recording: Recording) -> Looks:
    body = b"".join(recording.pieces)
    kind = recording.headers.get("content-type", "").partition(";")[0]
    return Looks(recording.status, kind, shapes(body), recording.end == CLOSED, words(body))


def answered(reply: Reply) -> Looks:
    kind = reply.headers.get("content-type", "").partition(";")[0]
    return Looks(reply.status, kind, shapes(reply.body), reply.is_whole, words(reply.body))


def is_as(reply: Looks, recording: Recording) -> bool:
    real = recorded(recording)
    if recording.is_cut:  # by the recorder: what follows the cut is not known
        return (reply.status, reply.kind, reply.is_whole) == (real.status, real.kind, real.is_whole)
    return reply == real


@pytest.fixture(scope="module")
def replies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Looks]]:
    """The answers of one engine to all that was recorded, in its order."""
    folder = tmp_path_factory.mktemp("conformance")
    with EngineProcess(folder / "models", {"OLLAMA_NOPRUNE": "1"}) as engine, RegistryServer() as registry:
        yield {name: answered(reply) for name, reply in Walk(engine, registry, folder).run()}


def test_the_recordings_are_there() -> None:
    assert len(BY_NAME) > 115


@pytest.mark.parametrize("name", [name for name in BY_NAME if name not in DIFFERENCES])
def test_an_exchange_looks_as_it_was_recorded(replies: dict[str, Looks], name: str) -> None:
    real = "\n".join(f"  {one.generation}: {recorded(one)}" for one in BY_NAME[name])
    assert any(is_as(replies[name], one) for one in BY_NAME[name]), f"\n  here: {replies[name]}\n{real}"


@pytest.mark.parametrize("name", [name for name in BY_NAME if name not in DIFFERENCES and name not in OTHER_WORDS])
def test_an_exchange_says_what_was_recorded(replies: dict[str, Looks], name: str) -> None:
    real = [recorded(one).words for one in BY_NAME[name]]
    assert replies[name].words in real or any(one.is_cut for one in BY_NAME[name])


@pytest.mark.parametrize("name", OTHER_WORDS)
def test_listed_other_words_are_others(replies: dict[str, Looks], name: str) -> None:
    """Where they have gone, their entry must go."""
    assert replies[name].words not in [recorded(one).words for one in BY_NAME[name]]


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_listed_difference_is_one(replies: dict[str, Looks], name: str) -> None:
    """Where it has gone, its entry must go."""
    assert not any(is_as(replies[name], one) for one in BY_NAME[name]), f"not needed any more: {DIFFERENCES[name]}"


def test_every_difference_has_its_reason() -> None:
    for entry in (*DIFFERENCES.values(), *OTHER_WORDS.values(), *LISTED["beyond"]):
        assert set(entry) == {"here", "reason"}
        assert all(len(text) > 10 for text in entry.values())
