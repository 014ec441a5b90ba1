"""Ways to judge what came of a recorded exchange."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ollama_desk.domain.chat import DoneReason, ToolCall
from ollama_desk.domain.errors import OllamaError, RequestFailedError
from tests.ollama.exchanges import Outcome, text, thoughts
from tests.support.recordings import Recording

Check = Callable[[Recording, Outcome], None]


def gives(value: object = None) -> Check:
    """Nothing else than ``value``."""

    def check(_recording: Recording, outcome: Outcome) -> None:
        assert outcome == Outcome(value)

    return check


def answers(content: str, tokens: int, reason: DoneReason = DoneReason.STOP, *, thinking: str = "") -> Check:
    """A whole answer of so many tokens, its metrics those of the wire in seconds."""

    def check(recording: Recording, outcome: Outcome) -> None:
        assert outcome.error is None
        *before, last = outcome.value
        assert not any(chunk.done for chunk in before)
        assert (text(outcome.value), thoughts(outcome.value), last.done_reason) == (content, thinking, reason)
        wire = recording.objects[-1]
        assert last.stats.answer_tokens == tokens == wire["eval_count"]
        assert last.stats.prompt_tokens == wire["prompt_eval_count"]
        assert last.stats.total_s == wire["total_duration"] / 1e9 > last.stats.answer_s > 0
        assert last.stats.first_token_s == 0
        assert last.stats.tokens_per_s > 1

    return check


def asks_for_weather(recording: Recording, outcome: Outcome) -> None:
    calls = [call for chunk in outcome.value for call in chunk.tool_calls]
    identity = recording.objects[0]["message"]["tool_calls"][0]["id"]
    assert calls == [ToolCall("get_weather", {"city": "Oslo"}, identity)]
    assert outcome.value[-1].done
    assert outcome.error is None


def loads_only(_recording: Recording, outcome: Outcome) -> None:
    (chunk,) = outcome.value
    assert (chunk.content, chunk.done, chunk.done_reason) == ("", True, DoneReason.LOAD)
    assert outcome.error is None


def ends_at_the_limit(_recording: Recording, outcome: Outcome) -> None:
    (chunk,) = outcome.value
    assert chunk.done_reason is DoneReason.LENGTH
    assert chunk.stats.answer_tokens == 80
    assert chunk.content.startswith('{ "age": 36,')


def is_one_vector_of_eight(_recording: Recording, outcome: Outcome) -> None:
    (vector,) = outcome.value
    assert len(vector) == 8
    assert sum(number * number for number in vector) == pytest.approx(1.0)


def fails(kind: type[OllamaError], says: str, status: int | None = None, *, after: str = "") -> Check:
    """Ends with an error of this class whose sentence says this, after this text or status of a step."""

    def check(_recording: Recording, outcome: Outcome) -> None:
        error = outcome.error
        assert type(error) is kind, error
        sentence = str(error)
        assert says in sentence
        assert sentence[0].isupper()
        assert sentence[-1] in ".…"
        assert "{" not in sentence
        if status is not None:
            assert isinstance(error, RequestFailedError)
            assert error.status == status
        came = outcome.value or ()
        assert after in "".join(getattr(item, "content", getattr(item, "status", "")) for item in came)

    return check


def steps(*, layers: int = 0, total_bytes: int = 0) -> Check:
    """A stream of steps that ends in success; it told of so many layers with so many bytes in all."""

    def check(recording: Recording, outcome: Outcome) -> None:
        assert outcome.error is None
        assert [step.status for step in outcome.value] == [line["status"] for line in recording.objects]
        assert outcome.value[-1].status == "success"
        done = {step.digest: step for step in outcome.value if step.digest}
        assert len(done) == layers
        assert sum(step.total_bytes for step in done.values()) == total_bytes
        assert all(0 <= step.completed_bytes <= step.total_bytes for step in outcome.value)

    return check


def lists(count: int, first: str) -> Check:
    """Installed models, the newest first, with what this generation tells about them."""

    def check(recording: Recording, outcome: Outcome) -> None:
        assert outcome.error is None
        assert len(outcome.value) == count
        is_new = recording.generation != "v0.24.0"
        names = [model.name for model in outcome.value]
        assert first in names
        for model in outcome.value:
            assert len(model.digest) == 64
            assert model.size_bytes > 80_000_000
            assert model.family == "llama"
            assert model.quantization in ("unknown", "F32")
            assert model.modified_at is not None
            assert model.modified_at > datetime(2026, 1, 1, tzinfo=UTC)
            assert ("completion" in model.capabilities) is is_new
            assert (model.context_length > 0) is is_new

    return check


def runs(context_length: int) -> Check:
    """One model in memory, all of it on the CPU."""

    def check(_recording: Recording, outcome: Outcome) -> None:
        (running,) = outcome.value
        assert running.name == "tiny:latest"
        assert running.context_length == context_length
        assert running.size_bytes > 50_000_000
        assert running.vram_bytes == 0
        assert running.expires_at is not None

    return check


def shows(*, licence: str = "", system: str = "", capability: str = "completion") -> Check:
    """Everything about a model."""

    def check(_recording: Recording, outcome: Outcome) -> None:
        details = outcome.value
        assert details.name.startswith("tiny")
        assert (details.licence, details.system) == (licence, system)
        assert (details.context_length, details.embedding_length) == (4096, 2048)
        assert details.info["llama.block_count"] == 1
        assert capability in details.capabilities
        assert details.template
        assert details.modelfile.startswith("# Modelfile")
        assert details.parameter_size == "20.47M"

    return check
