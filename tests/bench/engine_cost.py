"""Bench: the CPU that the engine's own process uses for each token that passes through it, at 1 000 tokens a second.

A slower pace costs more a token (one wake-up each, none shared), and a busy machine, too: caches and clock. Where it
goes: reading and writing sockets and the selector 35 %, uvicorn 13 %, the time stamp of each line 6 %, JSON both ways
12 %.
"""

import tempfile
from pathlib import Path

from tests.bench.figures import Figure, hand_over, median_figure
from tests.bench.processes import cpu_s
from tests.bench.servers import Server, engine, small_model

TOKENS = 3_000
LIMIT_US = 100.0
ROUNDS = 5


def measure() -> list[Figure]:
    costs, speeds = [], []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with engine(folder / "engine", small_model(folder), threads=1) as (server,):
            for _ in range(ROUNDS):
                cost_us, speed = one_round(server)
                costs.append(cost_us)
                speeds.append(speed)
    detail = f"at {sorted(speeds)[ROUNDS // 2]:.0f} tokens/s"
    return [
        median_figure("built-in engine: CPU added a token at 1 000 tok/s", LIMIT_US, costs, unit="µs", detail=detail)
    ]


def one_round(server: Server) -> tuple[float, float]:
    """Microseconds of CPU a token, and tokens a second."""
    before = cpu_s(server.pids[0])
    timed = server.ask(TOKENS)
    return 1e6 * (cpu_s(server.pids[0]) - before) / TOKENS, TOKENS / timed.rest_s


if __name__ == "__main__":
    hand_over(measure())
