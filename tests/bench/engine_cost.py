"""Bench: the CPU that the engine's own process uses for each token that passes through it, at 1 000 tokens a second.

At this pace tokens are gathered for 4 ms before they are read, which is most of why it is cheap; where each is read and
written alone it costs about three times as much. A busy machine makes it dearer, too: caches and clock.
"""

import statistics
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, hand_over, median_figure
from tests.bench.processes import cpu_s
from tests.bench.servers import Server, engine, small_model

TOKENS = 3_000
LIMIT_US = 100.0
ROUNDS = 5
PACE = 800.0  # tokens a second that are near enough to 1 000
LAYERS = (20, 12, 6, 2, 0)  # that take time: fewer where the machine is slow or busy


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        rounds, pace = first_fast_enough(Path(name))
    budget = "built-in engine: CPU added a token at 1 000 tok/s"
    costs = [cost_us for cost_us, _ in rounds]
    return [median_figure(budget, LIMIT_US, costs, unit="µs", detail=f"at {pace:.0f} tokens/s")]


def first_fast_enough(folder: Path) -> tuple[list[tuple[float, float]], float]:
    """The rounds of the first model that keeps the pace, or of the fastest, and the median of their paces."""
    rounds, pace = [(0.0, 0.0)], 0.0
    for idle_layers in LAYERS:
        place = folder / str(idle_layers)
        place.mkdir()
        rounds = stream(place, idle_layers)
        pace = statistics.median(speed for _, speed in rounds)
        if pace >= PACE:
            break
    return rounds, pace


def stream(folder: Path, idle_layers: int) -> list[tuple[float, float]]:
    with engine(folder / "engine", small_model(folder, idle_layers=idle_layers), threads=1) as (server,):
        return [one_round(server) for _ in range(ROUNDS)]


def one_round(server: Server) -> tuple[float, float]:
    """Microseconds of CPU a token, and tokens a second."""
    before = cpu_s(server.pids[0])
    timed = server.ask(TOKENS)
    return 1e6 * (cpu_s(server.pids[0]) - before) / TOKENS, TOKENS / timed.rest_s


if __name__ == "__main__":
    hand_over(measure())
