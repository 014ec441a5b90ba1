"""Bench: how late the event loop of the real window is while tokens come into an answer of 10 000 tokens.

The tokens are of the mixed shape: text, lists, code, tables. The detail has what other programs on the machine added,
and the longest wait at the end of the answer, when it is rendered as it stays; neither has a budget of its own.
"""

import statistics
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, hand_over, median_figure
from tests.bench.programs import paced_server, streamed
from tests.bench.streamed import Streamed

HEAD = 10_000  # tokens of the answer before the measurement
ROUNDS = 7
LIMITS_MS = {1_000: 16.0, 5_000: 33.0}
SECONDS = 4
ENOUGH = 500  # looks at the loop
PAUSE_S = 4  # for the head of the answer to be laid out


def p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def figure(rate: int, streams: list[Streamed]) -> Figure:
    rounds = [each for each in streams if len(each.lags_ms) > ENOUGH]
    assert len(rounds) * 2 > ROUNDS, "the machine is too busy: answers were over before their heads were laid out"
    whole = statistics.median(p99(each.whole_ms) for each in rounds)
    longest = max(max(each.lags_ms) for each in rounds)
    end = statistics.median(each.end_ms for each in rounds)
    return median_figure(
        f"event-loop lag p99 at {rate} tok/s into a 10k answer",
        LIMITS_MS[rate],
        [p99(each.lags_ms) for each in rounds],
        unit="ms",
        detail=f"with what other programs took {whole:.1f} ms; longest {longest:.0f} ms; "
        f"at the end of the answer {end:.0f} ms",
    )


def measure() -> list[Figure]:
    figures = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name, paced_server() as address:
        for rate in LIMITS_MS:
            question = f"first={HEAD} pause={PAUSE_S} at={rate} count={SECONDS * rate}"
            figures.append(figure(rate, streamed(Path(name) / str(rate), address, [question] * ROUNDS)))
    return figures


if __name__ == "__main__":
    hand_over(measure())
