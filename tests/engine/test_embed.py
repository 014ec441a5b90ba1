"""Texts become vectors of length 1, by a model that was made for it and whose vectors can be counted by hand."""

import json
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.counting_bert import counting_bert
from tests.support.counting_embedder import WIDTH, counted, counting_embedder
from tests.support.engine import EngineProcess, until

CONTEXT = 256
TOO_LONG = "the input length exceeds the context length"
NOT_EMBEDDING = "This server does not support embeddings. Start it with `--embeddings`"


@pytest.fixture(scope="module")
def embedder(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    folder = tmp_path_factory.mktemp("model")
    with EngineProcess(tmp_path_factory.mktemp("engine") / "models") as running:
        files = {
            "embed": counting_embedder(folder / "embed.gguf"),
            "short": counting_embedder(folder / "short.gguf", context_length=CONTEXT),
            "last": counting_embedder(folder / "last.gguf", ends=False, counts=False),
            "bert": counting_bert(folder / "bert.gguf"),
        }
        for name, path in files.items():  # where tests share a core, two threads wait for each other most of the time
            running.create(name, path, parameters={"num_thread": 1})
        running.create("tiny", gguf)
        yield running


def embed(engine: EngineProcess, **more: Any) -> Any:
    reply = engine.ask("POST", "/api/embed", {"model": "embed", **more})
    assert reply.status == 200, reply.body
    return reply.json


def loaded(engine: EngineProcess) -> list[str]:
    return [entry["name"] for entry in engine.ask("GET", "/api/ps").json["models"]]


def near(vector: list[float]) -> Any:
    return pytest.approx(vector, abs=1e-5)


def test_each_text_becomes_the_vector_that_can_be_counted(embedder: EngineProcess) -> None:
    texts = ["banana", "abc", "banana", "naïve🙂"]
    told = embed(embedder, input=texts)
    assert told["embeddings"] == [near(counted(text)) for text in texts]
    assert told["prompt_eval_count"] == sum(len(text.encode()) + 2 for text in texts)
    assert told["total_duration"] > told["load_duration"] > 0
    assert list(told) == ["model", "embeddings", "total_duration", "load_duration", "prompt_eval_count"]


def test_a_model_that_reads_both_ways_counts_too(embedder: EngineProcess) -> None:
    texts = ["banana", "a b a", "zebra " * 3]
    told = embed(embedder, model="bert", input=texts)
    assert told["embeddings"] == [near(counted(text.replace(" ", ""))) for text in texts]
    long = embed(embedder, model="bert", input=["a" * 40 + "b" * 40, "c"])
    assert long["embeddings"] == [near(counted("a" * 40 + "b" * 22)), near(counted("c"))]
    assert long["prompt_eval_count"] == 64 + 3


PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=" <\u2581"), max_size=80)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(texts=st.lists(PLAIN, max_size=5), dimensions=st.integers(-1, WIDTH + 1), truncate=st.sampled_from([True, None]))
def test_whatever_the_texts_each_has_its_vector(
    embedder: EngineProcess, texts: list[str], dimensions: int, *, truncate: bool | None
) -> None:
    told = embed(embedder, input=texts, dimensions=dimensions, truncate=truncate)
    assert len(told["embeddings"]) == len(texts)
    for vector, text in zip(told["embeddings"], texts, strict=True):
        whole = counted(text)[: dimensions if dimensions > 0 else WIDTH]
        length = math.hypot(*whole)
        assert vector == near([value / length for value in whole])


def test_one_text_may_stand_without_a_list(embedder: EngineProcess) -> None:
    assert embed(embedder, input="abc")["embeddings"] == [near(counted("abc"))]


def test_an_empty_text_in_a_list_has_a_vector_too(embedder: EngineProcess) -> None:
    assert embed(embedder, input=["a", ""])["embeddings"] == [near(counted("a")), near(counted(""))]


def test_hundreds_of_texts_keep_their_order(embedder: EngineProcess) -> None:
    texts = ["a" * (number % 17) + "b" * (number % 5) for number in range(300)]
    told = embed(embedder, input=texts)
    assert told["embeddings"] == [near(counted(text)) for text in texts]
    assert told["prompt_eval_count"] == sum(len(text) + 2 for text in texts)


def test_fewer_dimensions_are_of_length_one_again(embedder: EngineProcess) -> None:
    whole = counted("aabbz")[:3]
    length = sum(value * value for value in whole) ** 0.5
    (vector,) = embed(embedder, input="aabbz", dimensions=3)["embeddings"]
    assert vector == near([value / length for value in whole])


@pytest.mark.parametrize("dimensions", [0, -1, WIDTH, WIDTH + 1])
def test_no_other_number_of_dimensions_changes_anything(embedder: EngineProcess, dimensions: int) -> None:
    assert embed(embedder, input="abc", dimensions=dimensions)["embeddings"] == [near(counted("abc"))]


@pytest.mark.parametrize("nothing", ["", [], None])
@pytest.mark.parametrize("model", ["embed", "tiny"])
def test_no_text_is_no_vector_and_loads_the_model(embedder: EngineProcess, nothing: object, model: str) -> None:
    reply = embedder.ask("POST", "/api/embed", {"model": model, "input": nothing})
    assert (reply.status, reply.json) == (200, {"model": model, "embeddings": []})
    assert f"{model}:latest" in loaded(embedder)


@pytest.mark.parametrize("wrong", [1, [1], ["a", None], {"a": 1}, True])
def test_what_is_no_text_is_refused(embedder: EngineProcess, wrong: object) -> None:
    reply = embedder.ask("POST", "/api/embed", {"model": "embed", "input": wrong})
    assert (reply.status, reply.error) == (400, "invalid input type")


def test_a_text_that_is_too_long_is_cut_at_its_end(embedder: EngineProcess) -> None:
    told = embed(embedder, model="short", input=["a" * 200 + "b" * 200, "c"])
    assert told["embeddings"] == [near(counted("a" * 200 + "b" * (CONTEXT - 202))), near(counted("c"))]
    assert told["prompt_eval_count"] == CONTEXT + 3


def test_the_context_that_is_asked_for_counts(embedder: EngineProcess) -> None:
    told = embed(embedder, input="a" * 300 + "b" * 1000, options={"num_ctx": 512})
    assert told["embeddings"] == [near(counted("a" * 300 + "b" * 210))]


def test_a_text_longer_than_a_batch_is_cut_to_that(embedder: EngineProcess) -> None:
    told = embed(embedder, input="a" * 1000, options={"num_batch": 128})
    assert told["prompt_eval_count"] == 128


def test_a_model_that_takes_the_last_token_reads_more_than_a_batch(embedder: EngineProcess) -> None:
    told = embed(embedder, model="last", input="a" * 1000 + "b", options={"num_batch": 128})
    assert told["prompt_eval_count"] == 1002
    assert told["embeddings"] == [near([1.0 if place == 2 else 0.0 for place in range(WIDTH)])]


def test_a_text_that_fills_the_context_is_whole(embedder: EngineProcess) -> None:
    text = "ab" * ((CONTEXT - 2) // 2)
    told = embed(embedder, model="short", input=text, truncate=False)
    assert told["prompt_eval_count"] == CONTEXT
    assert told["embeddings"] == [near(counted(text))]


def test_a_text_that_may_not_be_cut_is_refused(embedder: EngineProcess) -> None:
    body = {"model": "short", "input": ["fine", "a" * (CONTEXT - 1)], "truncate": False}
    reply = embedder.ask("POST", "/api/embed", body)
    assert (reply.status, reply.error) == (400, TOO_LONG)


def test_the_old_form_gives_one_vector(embedder: EngineProcess) -> None:
    told = embedder.ask("POST", "/api/embeddings", {"model": "embed", "prompt": "banana"}).json
    assert told == {"embedding": near(counted("banana"))}
    assert embedder.ask("POST", "/api/embeddings", {"model": "embed", "prompt": ""}).json == {"embedding": []}


def test_the_old_form_never_cuts(embedder: EngineProcess) -> None:
    reply = embedder.ask("POST", "/api/embeddings", {"model": "short", "prompt": "a" * 400})
    assert (reply.status, reply.error) == (500, TOO_LONG)


@pytest.mark.parametrize(("path", "status"), [("/api/embed", 501), ("/api/embeddings", 500)])
def test_a_model_that_cannot_says_so(embedder: EngineProcess, path: str, status: int) -> None:
    reply = embedder.ask("POST", path, {"model": "tiny", "input": "x", "prompt": "x"})
    assert (reply.status, reply.error) == (status, NOT_EMBEDDING)


def test_a_model_for_embeddings_says_that_it_is_one(embedder: EngineProcess) -> None:
    assert embedder.ask("POST", "/api/show", {"model": "embed"}).json["capabilities"] == ["embedding"]


def test_a_model_for_embeddings_does_not_chat(embedder: EngineProcess) -> None:
    body = {"model": "embed", "messages": [{"role": "user", "content": "story"}]}
    reply = embedder.ask("POST", "/api/chat", body)
    assert (reply.status, reply.error) == (400, '"embed" does not support chat')


@pytest.mark.parametrize("path", ["/api/embed", "/api/embeddings"])
def test_a_model_that_is_not_there_is_named(embedder: EngineProcess, path: str) -> None:
    reply = embedder.ask("POST", path, {"model": "none", "input": "x", "prompt": "x"})
    assert (reply.status, reply.error) == (404, 'model "none" not found, try pulling it first')


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [("/api/embed", 404, "model '' not found"), ("/api/embeddings", 400, "model is required")],
)
def test_a_model_must_be_named(embedder: EngineProcess, path: str, status: int, words: str) -> None:
    reply = embedder.ask("POST", path, {"input": "x", "prompt": "x"})
    assert (reply.status, reply.error) == (status, words)


def test_a_model_leaves_when_it_shall_not_stay(embedder: EngineProcess) -> None:
    embed(embedder, input="abc", keep_alive=0)
    until(lambda: "embed:latest" not in loaded(embedder), 20, "the model stayed")


@pytest.mark.parametrize("options", [{"num_ctx": "long"}, {"num_batch": "x"}])
def test_options_of_a_wrong_type_are_refused(embedder: EngineProcess, options: dict[str, str]) -> None:
    reply = embedder.ask("POST", "/api/embed", {"model": "embed", "input": "x", "options": options})
    assert (reply.status, "must be of type integer" in reply.error) == (500, True)


def test_several_clients_get_each_their_own_vectors(embedder: EngineProcess) -> None:
    texts = [[chr(ord("a") + client) * (1 + number % 7) for number in range(100)] for client in range(6)]
    with ThreadPoolExecutor(len(texts)) as pool:
        told = list(pool.map(lambda own: embed(embedder, input=own)["embeddings"], texts))
    assert told == [[near(counted(text)) for text in own] for own in texts]


def test_a_client_that_leaves_does_not_keep_the_runner(embedder: EngineProcess) -> None:
    body = json.dumps({"model": "embed", "input": ["abc" * 300] * 1000, "keep_alive": 0}).encode()
    connection = embedder.connect()
    connection.request("POST", "/api/embed", body)
    connection.close()
    assert embed(embedder, input="abc", keep_alive=0)["embeddings"] == [near(counted("abc"))]
    until(lambda: "embed:latest" not in loaded(embedder), 60, "somebody still uses the model")
