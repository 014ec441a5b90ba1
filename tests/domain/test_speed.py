"""What an answer tells of its model's speed, and what many say together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ollama_desk.domain.chat import TurnStats
from ollama_desk.domain.models import RunningModel
from ollama_desk.domain.speed import Speed, SpeedSummary, placed, since, speed_of, summary_of

AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
STATS = TurnStats(
    prompt_tokens=100, answer_tokens=50, load_s=0.001, prompt_s=0.5, answer_s=2.0, total_s=2.6, first_token_s=0.6
)


def told(stats: TurnStats = STATS, *, was_loaded: bool = True) -> Speed:
    return speed_of("m", stats, at=AT, was_loaded=was_loaded)


def test_an_answer_tells_its_rates() -> None:
    speed = told(replace(STATS, load_s=3.0))
    assert (speed.tokens_per_s, speed.prompt_per_s, speed.first_token_s) == (25.0, 200.0, 0.6)


def test_a_prompt_that_may_be_in_the_servers_cache_in_part_tells_no_rate() -> None:
    assert told().prompt_per_s is None


@pytest.mark.parametrize(("tokens", "seconds"), [(7, 1.0), (0, 1.0), (50, 0.0)])
def test_what_is_too_short_tells_no_rate(tokens: int, seconds: float) -> None:
    assert told(replace(STATS, answer_tokens=tokens, answer_s=seconds)).tokens_per_s is None


@pytest.mark.parametrize(
    ("load_s", "was_loaded", "kept"),
    [
        (0.003, False, None),  # what real servers say of a model in memory
        (0.286, False, 0.286),  # and of one that they load
        (0.286, True, None),  # a wait in the queue
        (2.0, True, 2.0),  # anew, for another context
    ],
)
def test_a_load_counts_where_the_model_had_to_be_loaded(load_s: float, was_loaded: bool, kept: float | None) -> None:  # noqa: FBT001 - a parameter of the test
    assert told(replace(STATS, load_s=load_s), was_loaded=was_loaded).load_s == kept


def test_of_a_continued_answer_the_last_part_counts() -> None:
    whole = replace(STATS, answer_tokens=70, answer_s=3.0, load_s=2.001)
    part = since(STATS, whole)
    assert (part.answer_tokens, part.answer_s) == (20, 1.0)
    assert part.load_s == pytest.approx(2.0)
    assert (told(part).first_token_s, part.prompt_tokens) == (None, 0)


def test_the_place_is_that_of_the_running_model() -> None:
    running = RunningModel("m", size_bytes=200, vram_bytes=150, context_length=8192)
    speed = placed(told(), running)
    assert (speed.context_length, speed.gpu_percent) == (8192, 75)
    assert placed(told(), None) == told()
    assert placed(told(), RunningModel("m", vram_bytes=5)).gpu_percent is None


def test_a_summary_is_made_of_medians_of_what_is_known() -> None:
    speeds = [
        replace(told(), at=AT + timedelta(days=day), answer_tokens=tokens, answer_s=1.0)
        for day, tokens in enumerate((10, 30, 20, 3))
    ]
    speeds.append(replace(told(), load_s=4.0, first_token_s=9.0, prompt_s=0.5, answer_tokens=0))
    summary = summary_of(speeds)
    assert (summary.answers, summary.since, summary.until) == (5, AT, AT + timedelta(days=3))
    assert (summary.tokens_per_s, summary.prompt_per_s) == (20.0, 200.0)
    assert (summary.first_token_s, summary.load_s) == (0.6, 4.0)


def test_a_summary_counts_the_version_that_is_installed_and_what_is_of_no_known_one() -> None:
    speeds = [replace(told(), digest=digest) for digest in ("old", "new", "", "old")]
    assert summary_of(speeds, "new").answers == 2
    assert summary_of(speeds).answers == 4
    assert summary_of(speeds[:1], "new") == summary_of([]) == SpeedSummary()
