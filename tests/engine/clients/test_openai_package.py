"""The published ``openai`` package, as it is, with the built-in engine as its server."""

import asyncio
import json
from typing import Any

import openai
import pytest

from tests.support import models
from tests.support.engine import EngineProcess

STORY: Any = [{"role": "user", "content": "Tell me a story"}]
SCHEMA = {"type": "object", "properties": {"name": {"enum": ["Ada"]}}, "required": ["name"]}


def test_it_chats(openai_client: openai.OpenAI) -> None:
    answer = openai_client.chat.completions.create(model="tiny", messages=STORY, seed=1, stop=["laptop"])
    assert answer.choices[0].message.content == models.STORY.partition("laptop")[0]
    assert (answer.object, answer.choices[0].finish_reason, answer.system_fingerprint) == (
        *("chat.completion", "stop", "fp_ollama"),
    )
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_it_streams_a_chat_with_its_counts(openai_client: openai.OpenAI) -> None:
    stream = openai_client.chat.completions.create(
        model="tiny", messages=STORY, stream=True, stream_options={"include_usage": True}
    )
    *chunks, usage = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == models.STORY
    assert (chunks[0].choices[0].delta.role, chunks[-1].choices[0].finish_reason) == ("assistant", "stop")
    assert usage.usage is not None
    assert usage.usage.completion_tokens > 10


def test_its_helper_puts_a_stream_together_again(openai_client: openai.OpenAI) -> None:
    with openai_client.chat.completions.stream(model="tiny", messages=STORY) as stream:
        stream.until_done()
        whole = stream.get_final_completion()
    assert whole.choices[0].message.content == models.STORY


def test_it_hears_thoughts_apart_from_the_answer(openai_client: openai.OpenAI) -> None:
    question: Any = [{"role": "user", "content": "think"}]
    message = openai_client.chat.completions.create(model="thinker", messages=question, reasoning_effort="high")
    told = message.choices[0].message.model_dump()
    assert (told["reasoning"].strip(), told["content"].strip()) == (models.THOUGHT, models.REASONED)


@pytest.mark.parametrize("wanted", [{"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}])
def test_it_gets_structured_output(openai_client: openai.OpenAI, wanted: Any) -> None:
    answer = openai_client.chat.completions.create(
        model="tiny", messages=STORY, response_format=wanted, temperature=0, max_tokens=200
    )
    assert json.loads(answer.choices[0].message.content or "") == {"name": "Ada"}


def test_it_gets_log_probabilities(openai_client: openai.OpenAI) -> None:
    answer = openai_client.chat.completions.create(
        model="tiny", messages=STORY, logprobs=True, top_logprobs=2, max_tokens=3
    )
    logprobs = answer.choices[0].logprobs
    assert logprobs is not None
    entries = logprobs.content or []
    assert "".join(entry.token for entry in entries) == answer.choices[0].message.content
    assert all(entry.logprob <= 0 and len(entry.top_logprobs) == 2 for entry in entries)


def test_it_completes_text(openai_client: openai.OpenAI) -> None:
    answer = openai_client.completions.create(model="tiny", prompt="Tell me a story", max_tokens=3)
    assert models.STORY.startswith(answer.choices[0].text)
    assert (answer.object, answer.choices[0].finish_reason) == ("text_completion", "length")
    stream = openai_client.completions.create(model="tiny", prompt="Tell me a story", stream=True)
    assert "".join(chunk.choices[0].text for chunk in stream) == models.STORY


@pytest.mark.parametrize("coding", ["float", "base64"])
def test_it_embeds(openai_client: openai.OpenAI, coding: Any) -> None:
    answer = openai_client.embeddings.create(model="vectors", input=["one", "two"], encoding_format=coding)
    assert [entry.index for entry in answer.data] == [0, 1]
    assert answer.usage.total_tokens > 0


def test_it_embeds_as_it_does_by_itself(openai_client: openai.OpenAI) -> None:
    (entry,) = openai_client.embeddings.create(model="vectors", input="one").data
    assert sum(value * value for value in entry.embedding) == pytest.approx(1, abs=1e-3)


def test_it_lists_models(openai_client: openai.OpenAI) -> None:
    assert {"tiny:latest", "thinker:latest"} <= {model.id for model in openai_client.models.list()}
    assert openai_client.models.retrieve("tiny").owned_by == "library"


def test_it_is_told_what_went_wrong(openai_client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="model 'nope' not found"):
        openai_client.chat.completions.create(model="nope", messages=STORY)
    with pytest.raises(openai.BadRequestError, match="is too short - 'messages'"):
        openai_client.chat.completions.create(model="tiny", messages=[])
    with pytest.raises(openai.InternalServerError, match="does not support embeddings"):
        openai_client.embeddings.create(model="tiny", input="x")


def test_its_waiting_sister_chats_streams_and_embeds(engine: EngineProcess) -> None:
    async def scenario() -> None:
        address = f"http://127.0.0.1:{engine.port}/v1"
        async with openai.AsyncOpenAI(base_url=address, api_key="x", timeout=60, max_retries=0) as client:
            answer = await client.chat.completions.create(model="tiny", messages=STORY)
            assert answer.choices[0].message.content == models.STORY
            stream = await client.chat.completions.create(model="tiny", messages=STORY, stream=True)
            text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
            assert text == models.STORY
            assert (await client.embeddings.create(model="vectors", input="one")).data
            assert [model.id async for model in client.models.list()]

    asyncio.run(scenario())
