"""The plots: which samples are drawn and where, and what the pointer is told."""

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ollama_desk.ui.server.curve import Point, Reading, ceiling, nearest, runs
from ollama_desk.ui.server.plot import Plot
from ollama_desk.ui.theme import Theme

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def at(age_s: float, value: float | None = 1.0) -> Reading:
    return Reading(NOW - timedelta(seconds=age_s), value)


def ages(readings: list[Reading]) -> list[list[float]]:
    return [[point.age_s for point in piece] for piece in runs(readings)]


def test_samples_that_follow_each_other_are_one_line() -> None:
    assert ages([at(2), at(1), at(0)]) == [[2.0, 1.0, 0.0]]
    assert ages([]) == []


def test_a_stop_of_the_server_and_a_suspend_are_gaps() -> None:
    assert ages([at(9), at(8), at(8, None), at(3), at(2)]) == [[7.0, 6.0], [1.0, 0.0]]
    assert ages([at(400), at(2), at(1)]) == [[399.0], [1.0, 0.0]]


def test_a_clock_that_jumps_leaves_out_what_it_cannot_place() -> None:
    assert ages([at(1), at(-3600), at(0)]) == [[1.0], [0.0]]
    assert ages([at(5000), at(1), at(0)]) == [[1.0, 0.0]]


@pytest.mark.parametrize(
    ("highest", "least", "top"),
    [(0.0, 100.0, 100.0), (100.0, 100.0, 100.0), (101.0, 100.0, 200.0), (420.0, 100.0, 500.0), (1.3e9, 1e8, 2e9)],
)
def test_the_top_is_a_round_number(highest: float, least: float, top: float) -> None:
    assert ceiling(highest, least) == top


def test_the_nearest_point_is_found_and_none_in_a_gap() -> None:
    pieces = [[Point(20.0, 1.0), Point(19.0, 2.0)], [Point(0.0, 3.0)]]
    assert nearest(pieces, 18.0) == Point(19.0, 2.0)
    assert nearest(pieces, 10.0) is None
    assert nearest([], 10.0) is None


@pytest.fixture
def plot(theme: Theme, qtbot: QtBot) -> Plot:
    made = Plot(theme, caption="CPU", say=lambda value: f"{value:.0f} %", least_top=100.0)
    qtbot.addWidget(made)
    made.resize(301, 90)
    made.show()
    return made


def test_the_newest_value_stands_beside_the_caption_and_the_pointed_one_while_pointing(plot: Plot) -> None:
    plot.show_readings([at(303, 40.0), at(300, 50.0), at(0, 7.0)])
    assert plot.value_text() == "7 %"
    assert plot.highest_text() == "at most 50 %"
    QTest.mouseMove(plot, QPoint(150, 60))
    assert plot.value_text() == "50 %, 5 min ago"
    QTest.mouseMove(plot, QPoint(40, 60))
    assert plot.value_text() == "7 %"
    plot.grab()


def test_the_line_stays_in_its_frame_and_higher_is_more(plot: Plot) -> None:
    plot.show_readings([at(600, 0.0), at(599, 50.0), at(598, 900.0)])
    points = [point for line in plot.lines() for point in line]
    assert all(0 <= point.x() < 301 and 0 <= point.y() < 90 for point in points)
    assert points[2].y() < points[1].y() < points[0].y()
    assert plot.top_text() == "1000 %"
    assert not plot.grab().isNull()


def test_without_a_sample_it_says_so_to_who_cannot_see(plot: Plot) -> None:
    plot.show_readings([])
    assert plot.accessibleDescription() == "Nothing measured yet."
    assert plot.value_text() == ""
    assert QPointF(plot.sizeHint().width(), 0).x() > 0
