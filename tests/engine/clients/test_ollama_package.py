"""The published ``ollama`` package, as it is, with the built-in engine as its server."""

import json
from collections.abc import Iterator
from pathlib import Path

import ollama
import pytest

from tests.support import models
from tests.support.blob_contents import Large
from tests.support.clients import OllamaClient, get_rain
from tests.support.registry_server import RegistryServer

STORY = [{"role": "user", "content": "Tell me a story"}]
SCHEMA = {"type": "object", "properties": {"name": {"enum": ["Ada"]}}, "required": ["name"]}


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    with RegistryServer() as running:
        yield running


def test_it_chats(client: OllamaClient) -> None:
    answer = client.whole("chat", "tiny", STORY, options={"temperature": 0}, keep_alive="1m")
    assert (answer.message.role, answer.message.content, answer.done_reason) == ("assistant", models.STORY, "stop")
    assert answer.eval_count > 10
    assert answer.total_duration > answer.eval_duration > 0


def test_it_streams_a_chat(client: OllamaClient) -> None:
    pieces = client.stream("chat", "tiny", STORY)
    assert "".join(piece.message.content for piece in pieces) == models.STORY
    assert [piece.done for piece in pieces] == [False] * (len(pieces) - 1) + [True]


def test_it_generates(client: OllamaClient) -> None:
    answer = client.whole("generate", "tiny", "Tell me a story", options={"num_predict": 3})
    assert models.STORY.startswith(answer.response)
    assert (answer.done_reason, answer.eval_count) == ("length", 3)
    pieces = client.stream("generate", "tiny", "Tell me a story")
    assert "".join(piece.response for piece in pieces) == models.STORY


def test_it_hears_thoughts_apart_from_the_answer(client: OllamaClient) -> None:
    question = [{"role": "user", "content": "think"}]
    answer = client.whole("chat", "thinker", question, think=True).message
    assert (answer.thinking.strip(), answer.content.strip()) == (models.THOUGHT, models.REASONED)
    pieces = client.stream("chat", "thinker", question, think="high")
    assert "".join(piece.message.thinking or "" for piece in pieces).strip() == models.THOUGHT


def test_it_gets_structured_output(client: OllamaClient) -> None:
    question = [{"role": "user", "content": "hello"}]
    for wanted in (SCHEMA, "json"):
        answer = client.whole("chat", "tiny", question, format=wanted, options={"temperature": 0, "num_predict": 200})
        if wanted != "json" or answer.done_reason == "stop":
            assert isinstance(json.loads(answer.message.content), dict)


def test_it_embeds(client: OllamaClient) -> None:
    assert [len(vector) for vector in client.whole("embed", "vectors", ["a", "b"], dimensions=8).embeddings] == [8, 8]
    answer = client.whole("embed", "vectors", "one")
    assert sum(value * value for value in answer.embeddings[0]) == pytest.approx(1)
    assert len(client.whole("embeddings", "vectors", "one").embedding) > 8


def test_it_makes_copies_shows_and_deletes_models(client: OllamaClient, gguf: Path) -> None:
    digest = client.whole("create_blob", gguf)
    lines = client.stream("create", "fresh", files={"fresh.gguf": digest}, parameters={"num_ctx": 1024})
    assert lines[-1].status == "success"
    assert client.whole("create", "derived", from_="fresh", system="Be brief.").status == "success"
    assert client.whole("copy", "derived", "team/derived:v1").status == "success"
    shown = client.whole("show", "team/derived:v1")
    assert "SYSTEM Be brief." in shown.modelfile
    assert (shown.parameters.split(), "completion" in shown.capabilities) == (["num_ctx", "1024"], True)
    assert shown.modelinfo["general.architecture"] == "llama"
    names = {model.model for model in client.whole("list").models}
    assert {"fresh:latest", "derived:latest", "team/derived:v1"} <= names
    for name in ("fresh", "derived", "team/derived:v1"):
        assert client.whole("delete", name).status == "success"
    assert names - {model.model for model in client.whole("list").models} == {
        *("fresh:latest", "derived:latest", "team/derived:v1")
    }


def test_it_sees_what_is_loaded(client: OllamaClient) -> None:
    client.whole("generate", "tiny", keep_alive=-1)
    (loaded,) = [model for model in client.whole("ps").models if model.model == "tiny:latest"]
    assert (loaded.size > 0, loaded.context_length > 0, loaded.details.family) == (True, True, "llama")
    assert client.whole("generate", "tiny", keep_alive=0).done_reason == "unload"


def test_it_pulls(client: OllamaClient, registry: RegistryServer) -> None:
    registry.add(Large(3_000_000), b"{{ .Prompt }}")
    steps = client.stream("pull", registry.name(), insecure=True)
    assert (steps[0].status, steps[-1].status) == ("pulling manifest", "success")
    assert max(step.completed or 0 for step in steps) == 3_000_000
    assert client.whole("pull", registry.name(), insecure=True).status == "success"
    assert client.whole("delete", registry.name()).status == "success"


def test_it_is_told_what_went_wrong(client: OllamaClient) -> None:
    for call, args, status, text in [
        ("chat", ("nope", STORY), 404, "model 'nope' not found"),
        ("show", ("nope",), 404, "model 'nope:latest' not found"),
        ("copy", ("nope", "other"), 404, 'model "nope" not found'),
    ]:
        with pytest.raises(ollama.ResponseError) as caught:
            client.whole(call, *args)
        assert (caught.value.status_code, caught.value.error) == (status, text)
    with pytest.raises(ollama.ResponseError, match="does not support thinking"):
        client.stream("chat", "tiny", STORY, think=True)
    with pytest.raises(ollama.ResponseError, match="does not support tools"):
        client.whole("chat", "tiny", STORY, tools=[get_rain])
