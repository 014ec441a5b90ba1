"""Texts become vectors of length 1, by a model that was made for it."""

import math
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.engine import EngineProcess
from tests.support.models import tiny_model


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    gguf = tiny_model(tmp_path_factory.mktemp("model") / "embed.gguf", embeds=True)
    with EngineProcess(tmp_path_factory.mktemp("engine") / "models") as running:
        running.create("embed", gguf)
        yield running


def length(vector: list[float]) -> float:
    return math.sqrt(sum(value * value for value in vector))


def embed(engine: EngineProcess, **more: Any) -> Any:
    return engine.ask("POST", "/api/embed", {"model": "embed", **more}).json


def test_each_text_becomes_a_vector_of_length_one(embedder: EngineProcess) -> None:
    told = embed(embedder, input=["story", "code", "story"])
    one, two, three = told["embeddings"]
    assert [length(vector) for vector in (one, two)] == pytest.approx([1, 1], abs=1e-4)
    assert one == pytest.approx(three, abs=1e-4)
    assert one != pytest.approx(two, abs=1e-2)
    assert told["prompt_eval_count"] > 0
    assert told["total_duration"] > 0


def test_fewer_dimensions_are_of_length_one_again(embedder: EngineProcess) -> None:
    (vector,) = embed(embedder, input="story", dimensions=8)["embeddings"]
    assert len(vector) == 8
    assert length(vector) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("nothing", ["", [], None])
def test_no_text_is_no_vector(embedder: EngineProcess, nothing: object) -> None:
    assert embed(embedder, input=nothing)["embeddings"] == []


@pytest.mark.parametrize("wrong", [1, [1], {"a": 1}])
def test_what_is_no_text_is_refused(embedder: EngineProcess, wrong: object) -> None:
    reply = embedder.ask("POST", "/api/embed", {"model": "embed", "input": wrong})
    assert (reply.status, reply.error) == (400, "invalid input type")


def test_the_old_form_gives_one_vector(embedder: EngineProcess) -> None:
    told = embedder.ask("POST", "/api/embeddings", {"model": "embed", "prompt": "story"}).json
    assert told["embedding"] == pytest.approx(embed(embedder, input="story")["embeddings"][0], abs=1e-4)
    assert embedder.ask("POST", "/api/embeddings", {"model": "embed", "prompt": ""}).json["embedding"] == []


def test_a_text_that_is_too_long_is_refused_in_words(embedder: EngineProcess) -> None:
    reply = embedder.ask("POST", "/api/embed", {"model": "embed", "input": "x" * 20_000, "options": {"num_ctx": 512}})
    assert reply.status >= 400
    assert reply.error


def test_a_model_for_embeddings_does_not_chat(embedder: EngineProcess) -> None:
    body = {"model": "embed", "messages": [{"role": "user", "content": "story"}]}
    reply = embedder.ask("POST", "/api/chat", body)
    assert (reply.status, reply.error) == (400, '"embed" does not support chat')


@pytest.mark.parametrize("path", ["/api/embed", "/api/embeddings"])
def test_a_model_that_is_not_there_is_named(embedder: EngineProcess, path: str) -> None:
    reply = embedder.ask("POST", path, {"model": "none", "input": "x", "prompt": "x"})
    assert (reply.status, reply.error) == (404, 'model "none" not found, try pulling it first')
