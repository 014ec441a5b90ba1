"""When a fallen server is started again, and when not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_desk.sidecar.policy import CrashHistory, Exit, Verdict, backoff_s, judge


@pytest.mark.parametrize(("row", "wait_s"), [(1, 0.5), (2, 1.0), (3, 2.0), (6, 16.0), (7, 30.0), (5000, 30.0)])
def test_the_wait_doubles_up_to_a_cap(row: int, wait_s: float) -> None:
    assert backoff_s(row, 0.5) == pytest.approx(wait_s)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_chance_spreads_the_wait_by_a_fifth(row: int, random: float) -> None:
    middle = backoff_s(row, 0.5)
    assert 0.8 * middle - 1e-9 <= backoff_s(row, random) <= 1.2 * middle + 1e-9


def test_enough_good_service_makes_the_next_wait_short_again() -> None:
    history = CrashHistory().crashed(0, ready_for_s=0).crashed(1, ready_for_s=0)
    assert history.in_a_row == 2
    assert history.crashed(100, ready_for_s=29.9).in_a_row == 3
    assert history.crashed(100, ready_for_s=30).in_a_row == 1


@pytest.mark.parametrize(
    ("falls", "too_much"),
    [
        ([0, 30, 59], True),
        ([0, 30, 61], False),
        ([0, 70, 140, 210, 299], True),
        ([0, 70, 140, 210, 301], False),
        ([0, 1], False),
    ],
)
def test_three_falls_in_a_minute_or_five_in_five_are_too_many(falls: list[float], too_much: bool) -> None:  # noqa: FBT001 - a table
    history = CrashHistory()
    for fall in falls:
        history = history.crashed(fall, ready_for_s=0)
    assert history.is_too_much(falls[-1]) is too_much


@given(st.lists(st.floats(0, 100), max_size=200))
def test_the_history_forgets_what_no_longer_counts(gaps: list[float]) -> None:
    history, now = CrashHistory(), 0.0
    for gap in gaps:
        now += gap
        history = history.crashed(now, ready_for_s=gap)
    assert all(now - each < 300 for each in history.crashes)


ONCE = CrashHistory().crashed(0, ready_for_s=0)
OFTEN = ONCE.crashed(1, ready_for_s=0).crashed(2, ready_for_s=0)


@pytest.mark.parametrize(
    ("ending", "line", "history", "verdict"),
    [
        (Exit(1), "panic", ONCE, Verdict.TRY_AGAIN),
        (Exit(0), "", ONCE, Verdict.TRY_AGAIN),
        (Exit(-9), "", OFTEN, Verdict.GIVE_UP),
        (Exit(None), "", ONCE, Verdict.TRY_AGAIN),
        (Exit(1), "listen tcp 127.0.0.1:11434: bind: address already in use", OFTEN, Verdict.PORT_TAKEN),
        (Exit(1), "bind: Only one usage of each socket address (protocol/…)", ONCE, Verdict.PORT_TAKEN),
        (Exit(1), "access a socket in a way forbidden by its access permissions.", ONCE, Verdict.PORT_TAKEN),
    ],
)
def test_po04_an_end_is_judged_by_what_was_said_and_how_often(
    ending: Exit, line: str, history: CrashHistory, verdict: Verdict
) -> None:
    assert judge(ending, ("starting", line), history, 2.0) is verdict


def test_an_end_is_told_in_words() -> None:
    assert str(Exit(3)) == "exit code 3"
    assert str(Exit(-9)) == "killed by signal 9"
    assert str(Exit(None)) == "its guardian was killed"
    assert str(Exit(None, "No such file")) == "No such file"
