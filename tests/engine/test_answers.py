"""A real engine answers with a real model: exact texts, streamed and whole."""

from typing import Any

import pytest

from tests.support import models
from tests.support.engine import EngineProcess

SECOND_NS = 1_000_000_000


def asked(word: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"Please, a {word}."}]


def chat(engine: EngineProcess, word: str, model: str = "tiny", **more: Any) -> Any:
    """The final object of an answer that is not streamed."""
    body = {"model": model, "messages": asked(word), "stream": False, **more}
    reply = engine.ask("POST", "/api/chat", body)
    assert reply.status == 200, reply.body
    return reply.json


@pytest.mark.parametrize(
    ("word", "text"),
    [("story", models.STORY), ("code", models.CODE), ("emoji", models.EMOJI), ("hostile", models.HOSTILE)],
)
def test_the_streamed_pieces_make_the_whole_text(engine: EngineProcess, word: str, text: str) -> None:
    reply = engine.ask("POST", "/api/chat", {"model": "tiny", "messages": asked(word)})
    *pieces, last = reply.lines
    assert reply.headers["content-type"] == "application/x-ndjson"
    assert "".join(piece["message"]["content"] for piece in pieces) == text
    assert len(pieces) > 10
    assert not any(piece["done"] for piece in pieces)
    assert (last["done"], last["done_reason"], last["message"]["content"]) == (True, "stop", "")


def test_an_answer_in_one_piece_is_the_same_text(engine: EngineProcess) -> None:
    assert chat(engine, "table")["message"] == {"role": "assistant", "content": models.TABLE}


def test_the_figures_are_counts_and_nanoseconds(engine: EngineProcess) -> None:
    chat(engine, "story")
    told = chat(engine, "story")
    assert told["eval_count"] > 20
    assert told["prompt_eval_count"] > 10
    assert 0 < told["load_duration"] < told["total_duration"] < 30 * SECOND_NS
    assert 0 < told["eval_duration"] < told["total_duration"]
    assert told["created_at"].endswith("Z")


def test_the_answer_ends_before_a_stop_text(engine: EngineProcess) -> None:
    told = chat(engine, "story", options={"stop": ["laptop"]})
    assert told["message"]["content"] == models.STORY.partition("laptop")[0]
    assert told["done_reason"] == "stop"


def test_the_answer_ends_after_as_many_tokens_as_were_asked_for(engine: EngineProcess) -> None:
    told = chat(engine, "story", options={"num_predict": 5})
    assert (told["eval_count"], told["done_reason"]) == (5, "length")
    assert models.STORY.startswith(told["message"]["content"])


def test_a_full_context_ends_the_answer_where_it_may_not_shift(engine: EngineProcess) -> None:
    told = chat(engine, "endless", options={"num_ctx": 256}, shift=False)
    assert told["done_reason"] == "length"
    assert told["prompt_eval_count"] + told["eval_count"] in range(250, 258)


def test_a_full_context_goes_on_without_its_oldest_half(engine: EngineProcess) -> None:
    told = chat(engine, "endless", options={"num_ctx": 256})
    assert (told["done_reason"], told["eval_count"]) == ("length", 2560)  # where Ollama ends it, too


def test_the_same_seed_gives_the_same_answer(engine: EngineProcess) -> None:
    options = {"seed": 7, "temperature": 5.0, "num_predict": 20}
    texts = {chat(engine, "story", options=options)["message"]["content"] for _ in range(2)}
    assert len(texts) == 1


@pytest.mark.parametrize("think", [True, None, "high"])
def test_thinking_comes_apart_from_the_answer(engine: EngineProcess, think: object) -> None:
    message = chat(engine, "think", "thinker", think=think)["message"]
    assert message["thinking"].strip() == models.THOUGHT
    assert message["content"] == models.REASONED


def test_thinking_streams_before_the_answer(engine: EngineProcess) -> None:
    body = {"model": "thinker", "messages": asked("think"), "think": True}
    messages = [line["message"] for line in engine.ask("POST", "/api/chat", body).lines]
    thinks = [bool(message.get("thinking")) for message in messages if message["content"] or message.get("thinking")]
    assert thinks == sorted(thinks, reverse=True)
    assert "".join(message.get("thinking", "") for message in messages).strip() == models.THOUGHT


def test_a_model_told_not_to_think_is_taken_at_its_word(engine: EngineProcess) -> None:
    message = chat(engine, "think", "thinker", think=False)["message"]
    assert message == {"role": "assistant", "content": models.THINK}


def test_a_model_that_cannot_think_keeps_its_tags_and_refuses_to_be_asked(engine: EngineProcess) -> None:
    assert chat(engine, "think")["message"]["content"] == models.THINK
    reply = engine.ask("POST", "/api/chat", {"model": "tiny", "messages": asked("think"), "think": True})
    assert (reply.status, reply.error) == (400, '"tiny" does not support thinking')


def test_generate_answers_a_prompt(engine: EngineProcess) -> None:
    body = {"model": "tiny", "prompt": "a story", "stream": False}
    told = engine.ask("POST", "/api/generate", body).json
    assert (told["response"], told["done_reason"]) == (models.STORY, "stop")
    assert len(told["context"]) > told["prompt_eval_count"]


def test_generate_streams(engine: EngineProcess) -> None:
    *pieces, last = engine.ask("POST", "/api/generate", {"model": "tiny", "prompt": "code"}).lines
    assert "".join(piece["response"] for piece in pieces) == models.CODE
    assert last["done"]


def test_a_raw_prompt_sees_no_template(engine: EngineProcess) -> None:
    body = {"model": "tiny", "prompt": "story", "raw": True, "stream": False}
    told = engine.ask("POST", "/api/generate", body).json
    assert told["response"] == models.STORY
    assert told["prompt_eval_count"] == 2
    assert "context" not in told


def test_generate_goes_on_from_a_context(engine: EngineProcess) -> None:
    first = engine.ask("POST", "/api/generate", {"model": "tiny", "prompt": "table", "stream": False}).json
    body = {"model": "tiny", "prompt": "story", "context": first["context"], "stream": False}
    second = engine.ask("POST", "/api/generate", body).json
    assert second["response"] == models.STORY
    assert second["prompt_eval_count"] > len(first["context"])


def test_an_over_long_conversation_loses_its_oldest_messages(engine: EngineProcess) -> None:
    long = {"role": "user", "content": "word " * 1000}
    messages = [{"role": "system", "content": "Hm."}, long, {"role": "assistant", "content": "Yes."}, *asked("story")]
    body = {"model": "tiny", "messages": messages, "stream": False, "options": {"num_ctx": 512}}
    told = engine.ask("POST", "/api/chat", body).json
    assert told["message"]["content"] == models.STORY
    assert told["prompt_eval_count"] < 512


@pytest.mark.parametrize("truncate", [True, False])
def test_an_over_long_message_is_refused_with_llama_cpps_figures(engine: EngineProcess, truncate: bool) -> None:  # noqa: FBT001 - a case
    messages = [{"role": "user", "content": "word " * 1000}]
    body = {"model": "tiny", "messages": messages, "options": {"num_ctx": 512}, "truncate": truncate}
    reply = engine.ask("POST", "/api/chat", body)
    assert reply.status == 400
    assert "exceed_context_size_error" in reply.error


def test_a_format_is_kept_to(engine: EngineProcess) -> None:
    assert chat(engine, "JSON", format="json")["message"]["content"] == models.JSON


def test_log_probabilities_come_when_asked_for(engine: EngineProcess) -> None:
    told = chat(engine, "story", logprobs=True, top_logprobs=2, options={"num_predict": 3})
    assert len(told["logprobs"]) == 3
    assert len(told["logprobs"][0]["top_logprobs"]) == 2
