"""Which lengths a benchmark measures, and what it makes of the measurements."""

from itertools import pairwise

import pytest

from ollama_desk.domain.benchmark import BenchmarkRow, BenchmarkRun, plan_for, why_not
from ollama_desk.domain.models import Model


@pytest.mark.parametrize(
    ("context", "prompts", "answer"),
    [
        (0, (128, 1024, 3712), 128),  # not known: as what a server gives that says nothing
        (4096, (128, 1024, 3712), 128),
        (8192, (128, 1024, 4096), 128),
        (131_072, (128, 1024, 4096), 128),
        (2048, (128, 1024, 1792), 128),
        (1280, (128, 1024), 128),
        (512, (128, 320), 128),
        (256, (128,), 64),
        (64, (44,), 16),
    ],
)
def test_the_lengths_fit_the_context(context: int, prompts: tuple[int, ...], answer: int) -> None:
    plan = plan_for(context)
    assert (plan.prompts, plan.answer) == (prompts, answer)


def test_every_context_has_a_plan_that_it_holds() -> None:
    for context in range(64, 10_000, 13):
        plan = plan_for(context)
        assert plan.prompts
        assert all(shorter < longer for shorter, longer in pairwise(plan.prompts))
        assert plan.prompts[-1] + plan.answer <= context


def run(tokens: int, seconds: float, *, prompt_s: float = 0.5, first_token_s: float = 0.6) -> BenchmarkRun:
    return BenchmarkRun(100, tokens, prompt_s, seconds, first_token_s)


def test_a_row_tells_medians_and_the_spread() -> None:
    row = BenchmarkRow(128, (run(100, 1.0), run(100, 4.0, prompt_s=1.0), run(100, 2.0, first_token_s=0.1)))
    assert (row.tokens_per_s, row.prompt_per_s, row.first_token_s, row.spread) == (50.0, 200.0, 0.6, 1.5)
    assert (row.prompt_tokens, row.answer_tokens) == (100, 100)


def test_an_answer_that_ended_too_early_is_not_counted() -> None:
    row = BenchmarkRow(128, (run(100, 1.0), run(5, 0.001), run(0, 0.0)))
    assert (row.tokens_per_s, row.spread) == (100.0, None)
    short = BenchmarkRow(128, (run(5, 0.001, prompt_s=0.0, first_token_s=0.0),))
    assert (short.tokens_per_s, short.prompt_per_s, short.first_token_s, short.answer_tokens) == (None, None, None, 5)


@pytest.mark.parametrize(
    ("model", "word"),
    [
        (Model("m", capabilities=frozenset({"completion", "tools"})), ""),
        (Model("m"), ""),  # a server that does not tell what it can do
        (Model("m", capabilities=frozenset({"embedding"})), "no text"),
        (Model("m", remote_host="https://example.org"), "elsewhere"),
    ],
)
def test_what_cannot_be_measured_says_why(model: Model, word: str) -> None:
    assert bool(why_not(model)) == bool(word)
    assert word in why_not(model)
