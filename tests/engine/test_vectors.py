"""How texts are cut for a model that makes vectors, and what a runner's answers come to."""

import asyncio
import base64
import json
import math
from array import array
from typing import Any

import pytest

from ollama_desk.domain.errors import RequestFailedError, RunnerCrashedError
from ollama_desk.engine.link import RunnerLink
from ollama_desk.engine.loading import LoadOptions
from ollama_desk.engine.vectors import BATCH_BYTES, BATCH_TEXTS, Embedder, Prompt, batches, unit
from ollama_desk.registry.gguf import GgufHeader
from tests.support.raw_server import Peer, serving, whole

LOAD = LoadOptions(n_ctx=1000, n_batch=100, embedding=True)


def header(architecture: str = "bert", *, pooling: int = 1, **more: Any) -> GgufHeader:
    metadata: dict[str, Any] = {"general.architecture": architecture, f"{architecture}.pooling_type": pooling}
    return GgufHeader(3, metadata | {f"{architecture}.{name}": value for name, value in more.items()}, ())


def answered(status: int, body: object, *, limit: int = 10) -> Any:
    """What becomes of a text where the runner has one answer to everything."""

    async def answer(peer: Peer) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        await peer.send(whole(data).replace(b"200 OK", f"{status} Said".encode()))

    async def scenario() -> Any:
        async with serving(answer) as url:
            link = RunnerLink(url)
            prompt = await Embedder(limit).fitted(link, "x", truncate=True)
            return await Embedder(limit).vectors(link, [prompt])

    return asyncio.run(scenario())


def packed(*numbers: float) -> str:
    return base64.b64encode(array("f", numbers).tobytes()).decode()


def test_vectors_come_in_the_order_of_their_texts() -> None:
    data = [{"index": 1, "embedding": packed(3.0, 4.0)}, {"index": 0, "embedding": packed(1.0, 2.0)}]
    assert answered(200, {"data": data, "usage": {"prompt_tokens": 7}}) == ([[1.0, 2.0], [3.0, 4.0]], 7)
    assert answered(200, {"data": data}) == ([[1.0, 2.0], [3.0, 4.0]], 0)


@pytest.mark.parametrize(
    "said",
    [
        {"error": {"message": "input (9 tokens) is too large to process. increase the physical batch size"}},
        {"error": "the request exceeds the available context size"},
    ],
)
def test_whatever_words_a_runner_has_for_too_long_a_client_hears_the_real_servers(said: object) -> None:
    with pytest.raises(RequestFailedError, match=r"^the input length exceeds the context length$") as refused:
        answered(500, said)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("said", "words"),
    [({"error": {"message": " No. "}}, "No."), ({"error": "No."}, "No."), (b"plain", "plain"), ([1], "[1]")],
)
def test_a_runners_refusal_is_told_in_words(said: object, words: str) -> None:
    with pytest.raises(RequestFailedError) as refused:
        answered(503, said)
    assert (str(refused.value), refused.value.status) == (words, 503)


def test_a_runner_that_has_gone_is_a_crash() -> None:
    with pytest.raises(RunnerCrashedError):
        asyncio.run(Embedder(10).vectors(RunnerLink("unix:///nowhere"), ["x"]))


def test_where_the_tokens_around_a_text_fill_the_context_nothing_can_be_cut() -> None:
    with pytest.raises(RequestFailedError, match=r"^input after truncation exceeds maximum context length$"):
        answered(200, {"tokens": [1, 2, 3]}, limit=2)


def test_a_short_text_is_not_even_counted() -> None:
    assert asyncio.run(Embedder(5).fitted(RunnerLink("unix:///nowhere"), "a", truncate=True)) == "a"


@pytest.mark.parametrize(
    ("model", "limit", "raw"),
    [
        (header(), 100, False),
        (header(pooling=3), 1000, False),
        (header(normalize_embeddings=False), 100, True),
        (header("nomic-bert"), 100, True),
        (header("nomic-bert-moe", normalize_embeddings=True), 100, False),
        (header("qwen3", pooling=3), 1000, False),
    ],
)
def test_the_header_says_how_much_goes_in_at_once_and_who_scales(model: GgufHeader, limit: int, *, raw: bool) -> None:
    assert Embedder.of(model, LOAD) == Embedder(limit, raw=raw)


def test_many_texts_go_in_parts() -> None:
    prompts: list[Prompt] = [str(number) for number in range(BATCH_TEXTS * 2 + 1)]
    parts = list(batches(prompts))
    assert [len(part) for part in parts] == [BATCH_TEXTS, BATCH_TEXTS, 1]
    assert [prompt for part in parts for prompt in part] == prompts
    long = "x" * (BATCH_BYTES - 1)
    assert [len(part) for part in batches(["a", long, long, "b"])] == [2, 2]
    assert list(batches([])) == []


def test_a_vector_is_made_as_long_as_one() -> None:
    assert unit([3.0, 4.0]) == [0.6, 0.8]
    assert unit([0.0, 0.0]) == [0.0, 0.0]
    assert unit([]) == []
    for odd in (math.nan, math.inf):
        with pytest.raises(RequestFailedError, match="NaN or Inf"):
            unit([1.0, odd])
