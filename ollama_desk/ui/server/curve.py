"""From measurements to a line in a rectangle: which of them are shown, where, and how high the top is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor, log10

WINDOW_S = 600.0
GAP_S = 5.0  # a longer silence between two samples is not bridged: suspend, or no server


@dataclass(frozen=True, slots=True)
class Reading:
    """A value and when it was measured; None: there was nothing to measure."""

    at: datetime  # aware
    value: float | None


@dataclass(frozen=True, slots=True)
class Point:
    """A value and how long before the newest one it was."""

    age_s: float
    value: float


def runs(readings: Sequence[Reading], *, window_s: float = WINDOW_S) -> list[list[Point]]:
    """The unbroken pieces of the line, oldest first.

    Ages count from the newest reading. What a clock that jumped puts outside the window is left out.
    """
    pieces: list[list[Point]] = [[]]
    newest = readings[-1].at if readings else None
    for reading in readings:
        age_s = (newest - reading.at).total_seconds() if newest is not None else 0.0
        if reading.value is None or not 0.0 <= age_s <= window_s:
            pieces.append([])
            continue
        if pieces[-1] and not 0.0 <= pieces[-1][-1].age_s - age_s <= GAP_S:
            pieces.append([])
        pieces[-1].append(Point(age_s, reading.value))
    return [piece for piece in pieces if piece]


def ceiling(highest: float, least: float) -> float:
    """The value at the top of the plot: 1, 2 or 5 times a power of ten, no lower than ``least``."""
    if highest <= least:
        return least
    power = 10.0 ** floor(log10(highest))
    return float(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= highest * 0.999_999))


def nearest(pieces: Sequence[Sequence[Point]], age_s: float, *, within_s: float = GAP_S) -> Point | None:
    """The point that is closest to ``age_s``; None where the line has a gap."""
    points = [point for piece in pieces for point in piece]
    found = min(points, key=lambda point: abs(point.age_s - age_s), default=None)
    return found if found is not None and abs(found.age_s - age_s) <= within_s else None
