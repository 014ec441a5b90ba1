"""What a bench says: a measured figure beside its budget, and ratios taken in interleaved rounds."""

import dataclasses
import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One budget and what was measured for it.

    Args:
        budget: its sentence in the list of budgets.
        limit: what it may be at most, or at least for a floor.
        measured: the median of the rounds.
        unit: of limit and measured; "×" for a ratio.
        is_floor: whether more is better.
        rounds: what each round gave.
        detail: how the figure came about, for a reader.
    """

    budget: str
    limit: float
    measured: float
    unit: str = "×"
    is_floor: bool = False
    rounds: tuple[float, ...] = ()
    detail: str = ""

    @property
    def is_met(self) -> bool:
        return self.measured >= self.limit if self.is_floor else self.measured <= self.limit


@dataclass(frozen=True, slots=True)
class Ratio:
    """Two things measured in turn: ``value`` is the median of the ratios of the rounds."""

    value: float
    rounds: tuple[float, ...]
    first: float
    second: float

    def figure(self, budget: str, limit: float, *, is_floor: bool = False, detail: str = "") -> Figure:
        return Figure(budget, limit, self.value, is_floor=is_floor, rounds=self.rounds, detail=detail)


def interleaved(first: Callable[[], float], second: Callable[[], float], *, rounds: int = ROUNDS) -> Ratio:
    """Measure both in each round, the other one first in every second round, so that drift of the machine cancels."""
    pairs: list[tuple[float, float]] = []
    for number in range(rounds):
        if number % 2:
            after = second()
            pairs.append((first(), after))
        else:
            before = first()
            pairs.append((before, second()))
    ratios = tuple(one / other for one, other in pairs)
    return Ratio(
        statistics.median(ratios),
        ratios,
        statistics.median(one for one, _ in pairs),
        statistics.median(other for _, other in pairs),
    )


def median_figure(budget: str, limit: float, rounds: list[float], *, unit: str, detail: str = "") -> Figure:
    return Figure(budget, limit, statistics.median(rounds), unit=unit, rounds=tuple(rounds), detail=detail)


def hand_over(figures: list[Figure]) -> None:
    """Give the runner the figures of this bench: the last line of its output."""
    sys.stdout.write(json.dumps([dataclasses.asdict(figure) for figure in figures]) + "\n")


def figure_of(told: dict[str, Any]) -> Figure:
    """The figure that ``hand_over`` wrote."""
    return Figure(**{**told, "rounds": tuple(told["rounds"])})


def table(figures: list[Figure]) -> str:
    """The figures as text: what, how much, how much it may be, and whether it is."""
    width = max(len(figure.budget) for figure in figures)
    lines = [f"{'budget':{width}}  {'limit':>11}  {'measured':>11}"]
    for figure in figures:
        sign = "≥" if figure.is_floor else "≤"
        limit = f"{sign} {figure.limit:g} {figure.unit}"
        verdict = "ok" if figure.is_met else "MISSES"
        lines.append(f"{figure.budget:{width}}  {limit:>11}  {f'{figure.measured:.2f} {figure.unit}':>11}  {verdict}")
        if figure.detail:
            lines.append(f"    {figure.detail}")
    return "\n".join(lines) + "\n"
