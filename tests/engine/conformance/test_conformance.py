"""The engine answers what real servers were asked as one of them did: status, type, shape of each line, words, end.

``differences.toml`` beside this file lists where it does not, with the reason.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import EngineProcess
from tests.support.looks import Looks, answered, is_as, recorded
from tests.support.recorded_walk import Walk
from tests.support.recordings import GENERATIONS, Recording, recordings
from tests.support.registry_server import RegistryServer

pytestmark = pytest.mark.timeout(600)  # the first test waits for the whole walk, on a machine that others use, too
LISTED: dict[str, Any] = tomllib.loads(Path(__file__).with_name("differences.toml").read_text(encoding="utf-8"))
DIFFERENCES: dict[str, dict[str, str]] = LISTED["exchanges"]
OTHER_WORDS: dict[str, dict[str, str]] = LISTED["words"]
UNCOUNTED = ("queue-", "load-3")  # asked of another server, for facts that other tests hold

BY_NAME: dict[str, list[Recording]] = {}
for generation in GENERATIONS:
    for one in recordings(generation):
        if not one.name.startswith(UNCOUNTED):
            BY_NAME.setdefault(one.name, []).append(one)


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
    for entry in (*DIFFERENCES.values(), *OTHER_WORDS.values(), *LISTED["faces"].values(), *LISTED["beyond"]):
        assert set(entry) == {"here", "reason"}
        assert all(len(text) > 10 for text in entry.values())
