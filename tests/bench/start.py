"""Bench: CPU until the first paint of the real window, against that of the least PySide6 window."""

import tempfile
from pathlib import Path

from tests.bench.figures import Figure, hand_over, interleaved
from tests.bench.programs import desk, hello

LIMIT = 1.6
ROUNDS = 9


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)

        def ours() -> float:
            with desk(folder) as window:
                return float(window.read("PAINTED"))

        def bare() -> float:
            with hello() as window:
                return float(window.read("PAINTED"))

        ours(), bare()  # the first start reads files that are not in memory yet, and makes the data folder
        ratio = interleaved(ours, bare, rounds=ROUNDS)
    detail = f"{1000 * ratio.first:.0f} ms against {1000 * ratio.second:.0f} ms of CPU"
    return [ratio.figure("start to first paint / bare PySide6 hello window", LIMIT, detail=detail)]


if __name__ == "__main__":
    hand_over(measure())
