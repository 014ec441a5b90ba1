"""How full a context is, and what a model's own parameters are."""

from datetime import UTC, datetime

import pytest

from ollama_desk.domain.chat import ChatOptions, Message, Role, TurnStats
from ollama_desk.domain.context import ContextUse, context_limit, context_use
from ollama_desk.domain.models import ModelDetails, RunningModel
from ollama_desk.domain.parameters import defaults_of

AT = datetime(2024, 5, 1, tzinfo=UTC)


def said(role: Role, content: str, stats: TurnStats | None = None) -> Message:
    return Message(1, 1, None, role, content, AT, stats=stats)


def test_what_the_server_counted_comes_before_estimates() -> None:
    messages = (
        said(Role.USER, "x" * 9000),
        said(Role.ASSISTANT, "y", TurnStats(prompt_tokens=100, answer_tokens=20)),
        said(Role.USER, "z" * 40),
    )
    use = context_use(messages, system="s" * 400, draft="w" * 41, limit_tokens=160)
    assert use == ContextUse(100 + 20 + 21, 160)
    assert use.nearly_full


def test_before_the_first_answer_everything_is_an_estimate() -> None:
    use = context_use((said(Role.USER, "a" * 100),), system="b" * 20)
    assert (use.used_tokens, use.estimated, use.share, use.nearly_full) == (30, True, 0.0, False)
    assert context_use(()) == ContextUse(0, 0, estimated=True)


def test_a_share_is_never_more_than_the_whole() -> None:
    assert ContextUse(900, 300).share == 1.0


@pytest.mark.parametrize(
    ("asked", "own", "loaded", "trained", "limit"),
    [
        (8192, 2048, 4096, 131072, 8192),
        (None, 2048, 4096, 131072, 4096),
        (None, 2048, None, 131072, 2048),
        (None, None, None, 131072, 0),
        (500_000, None, None, 131072, 131072),
        (8192, None, None, 0, 8192),
    ],
)
def test_the_limit_is_what_is_asked_for_as_far_as_the_model_goes(
    asked: int | None, own: int | None, loaded: int | None, trained: int, limit: int
) -> None:
    running = RunningModel("m", context_length=loaded) if loaded else None
    options, defaults = ChatOptions(context_length=asked), ChatOptions(context_length=own)
    assert context_limit(options, defaults, running, trained_for=trained) == limit


def test_the_parameters_of_a_model_are_its_defaults() -> None:
    parameters = (
        'num_ctx                        32768\nstop                           "<|im_end|>"\n'
        'stop                           "\\n"\ntemperature                    0.6\n'
        "top_k 20\nseed notanumber\nnum_predict 1e400\n\nalone"
    )
    details = ModelDetails("m", parameters=parameters, system="Be kind.")
    assert defaults_of(details) == ChatOptions(
        system="Be kind.", temperature=0.6, context_length=32768, stop=("<|im_end|>", "\n")
    )
    assert defaults_of(ModelDetails("m")) == ChatOptions()
    assert defaults_of(ModelDetails("m", parameters='stop "broken \nstop plain')).stop == ("broken", "plain")
