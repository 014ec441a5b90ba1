"""Bench: tokens a second and first token through the built-in engine, against llama.cpp's own server.

Both hold the same generated model, which writes about 80 tokens a second with one thread. One, not two: where anything
else runs on a machine of two cores, llama.cpp's threads spin while they wait for each other, and a token takes seconds.
"""

import tempfile
from pathlib import Path

from tests.bench.figures import Figure, hand_over, interleaved
from tests.bench.servers import Server, big_model, engine, llama

TOKENS = 64
SPEED_LIMIT, FIRST_LIMIT = 0.95, 1.2
SPEED_ROUNDS, FIRST_ROUNDS = 9, 21


def tokens_per_s(server: Server) -> float:
    return (TOKENS - 1) / server.ask(TOKENS).rest_s


def first_token_s(server: Server) -> float:
    return server.ask(2).first_s


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        path = big_model(folder)
        with engine(folder / "engine", path, threads=1) as (ours,), llama(path, threads=1) as bare:
            speed = interleaved(lambda: tokens_per_s(ours), lambda: tokens_per_s(bare), rounds=SPEED_ROUNDS)
            first = interleaved(lambda: first_token_s(ours), lambda: first_token_s(bare), rounds=FIRST_ROUNDS)
    return [
        speed.figure(
            "built-in engine: tokens/s / llama.cpp's own server",
            SPEED_LIMIT,
            is_floor=True,
            detail=f"{speed.first:.1f} against {speed.second:.1f} tokens/s",
        ),
        first.figure(
            "built-in engine: time to first token, loaded model / llama.cpp's own server",
            FIRST_LIMIT,
            detail=f"{1000 * first.first:.1f} ms against {1000 * first.second:.1f} ms",
        ),
    ]


if __name__ == "__main__":
    hand_over(measure())
