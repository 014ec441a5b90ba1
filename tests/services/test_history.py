"""The last ten minutes of measurements: bounded by time, by number, with gaps."""

from datetime import UTC, datetime, timedelta

from ollama_desk.domain.server import ResourceSample
from ollama_desk.services.history import ResourceHistory

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def at(second: int) -> ResourceSample:
    return ResourceSample(NOW + timedelta(seconds=second), 1.0, 1, 1)


def test_ten_minutes_are_kept() -> None:
    history = ResourceHistory()
    for second in range(700):
        history.add(at(second))
    assert history.samples[0] == at(99)
    assert history.samples[-1] == at(699)


def test_a_stop_is_one_gap_and_none_stands_at_the_beginning() -> None:
    history = ResourceHistory(kept=timedelta(seconds=10))
    history.add(None)
    nothing = history.samples
    assert not nothing
    history.add(at(0))
    history.add(None)
    history.add(None)
    history.add(at(5))
    with_gap = history.samples
    history.add(at(14))
    assert (with_gap, history.samples) == ((at(0), None, at(5)), (at(5), at(14)))


def test_a_clock_that_stands_still_does_not_let_it_grow() -> None:
    history = ResourceHistory(most=5)
    for _ in range(9):
        history.add(at(0))
    assert len(history.samples) == 5
