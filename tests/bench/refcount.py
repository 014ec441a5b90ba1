"""Bench: whether Qt calls that return nothing take a reference from ``None``, as PySide6 6.12 does on Python 3.11.

Such a program aborts after some minutes: "Fatal Python error: deallocating None".
"""

import sys

from PySide6.QtWidgets import QApplication, QLabel

from tests.bench.figures import Figure, hand_over, median_figure

CALLS = 3_000
ROUNDS = 5
NOISE = 50  # references that the interpreter itself takes and gives back


def drift(label: QLabel) -> float:
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        label.update()
    moved = abs(sys.getrefcount(None) - before)
    return 0.0 if moved < NOISE else float(moved)


def measure() -> list[Figure]:
    app = QApplication([])
    label = QLabel("Hello")
    rounds = [drift(label) for _ in range(ROUNDS)]
    del app
    return [median_figure("drift of sys.getrefcount(None) over 3 000 Qt calls", 0.0, rounds, unit="")]


if __name__ == "__main__":
    hand_over(measure())
