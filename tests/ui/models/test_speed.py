"""The speed of a model as the drawer shows it: figures, the plot, the benchmark and what there was before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from ollama_desk.domain.benchmark import Benchmark, BenchmarkProgress, BenchmarkRow, BenchmarkRun, BenchmarkStep
from ollama_desk.domain.server import ServerKind
from ollama_desk.domain.speed import Speed, SpeedSummary
from ollama_desk.ui.models.speed_plot import SpeedPlot
from ollama_desk.ui.models.speed_section import SpeedSection
from ollama_desk.ui.models.speed_text import (
    circumstances,
    figures,
    markdown,
    place_words,
    progress_text,
    rate_text,
    seconds_text,
    span_of,
)
from ollama_desk.ui.text import utc_now
from ollama_desk.ui.theme import Theme

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def speed(tokens_per_s: float, *, age_min: float = 5.0, digest: str = "new") -> Speed:
    at = NOW - timedelta(minutes=age_min)
    return Speed("m:latest", at, digest=digest, answer_tokens=100, answer_s=100 / tokens_per_s, first_token_s=0.31)


def run(tokens_per_s: float, *, tokens: int = 100) -> BenchmarkRun:
    return BenchmarkRun(130, tokens, 0.5, tokens / tokens_per_s, 0.6)


def benchmark(number: int = 1, *, rate: float = 40.0, digest: str = "new", age_days: int = 0) -> Benchmark:
    rows = (
        BenchmarkRow(128, (run(rate), run(rate * 1.1), run(rate * 0.9))),
        BenchmarkRow(1024, (run(rate, tokens=3),) * 3),
    )
    return Benchmark(
        "m:latest",
        utc_now() - timedelta(days=age_days),
        rows,
        digest=digest,
        load_s=2.1,
        context_length=8192,
        gpu_percent=60,
        server=ServerKind.BUILT_IN,
        server_version="1.2.3",
        id=number,
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "–"), (0.0314, "31 ms"), (0.9994, "999 ms"), (2.449, "2.4 s"), (140.3, "140 s")]
)
def test_a_time_has_the_figures_that_matter(seconds: float | None, text: str) -> None:
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(None, ""), (4.23, "4.2 tok/s"), (42.3, "42 tok/s"), (1234.0, "1,234 tok/s")]
)
def test_a_rate_has_the_figures_that_matter(rate: float | None, text: str) -> None:
    assert rate_text(rate).replace("1234", "1,234") == text


def test_only_figures_that_are_known_are_shown() -> None:
    summary = SpeedSummary(1, NOW, NOW, tokens_per_s=42.0)
    assert figures(summary, NOW) == [("Generation", "42 tok/s"), ("Measured", "1 answers, just now")]
    whole = SpeedSummary(3, NOW - timedelta(days=3), NOW - timedelta(minutes=2), 42.0, 310.0, 0.3, 3.2)
    assert [label for label, _ in figures(whole, NOW)] == ["Generation", "Prompt", "First token", "Load", "Measured"]
    assert span_of(whole, NOW) == "3 answers, from 3 days ago to 2 min ago"
    assert span_of(SpeedSummary(2), NOW) == "2 answers"


def test_what_a_benchmark_does_is_said() -> None:
    assert progress_text(BenchmarkProgress("m")) == "Loading the model"
    assert "in a chat" in progress_text(BenchmarkProgress("m", BenchmarkStep.WAITING))
    measuring = BenchmarkProgress("m", BenchmarkStep.MEASURING, 128, 2, 3)
    assert progress_text(measuring) == "Prompt of 128 tokens, 2 of 3"


def test_a_result_says_what_it_holds_for() -> None:
    told = circumstances(benchmark(), "now")
    assert told == "now · context of 8k · 60 % on the GPU · loaded in 2.1 s · built-in engine 1.2.3"
    bare = Benchmark("m", NOW, ())
    assert circumstances(bare, "now") == "now"
    assert (place_words(100), place_words(0)) == ("on the GPU", "on the CPU")


def test_results_are_copied_as_markdown(qtbot: QtBot, theme: Theme) -> None:
    section = SpeedSection(theme)
    qtbot.addWidget(section)
    both = (benchmark(2), replace(benchmark(1), model="a`b"))
    section.bench.show_results(both, digest="new")
    section.bench.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert copied == markdown(both)
    assert "| 130 | 260 | 40 | 600 ms | 20 % |" in copied.splitlines()
    assert "| 130 | – | – | 600 ms | – |" not in copied
    assert "| 130 | 260 | – | 600 ms | – |" in copied.splitlines()
    assert copied.count("`") == 4


@pytest.fixture
def plot(theme: Theme, qtbot: QtBot) -> SpeedPlot:
    made = SpeedPlot(theme)
    qtbot.addWidget(made)
    made.resize(300, made.sizeHint().height())
    made.show()
    return made


def test_each_answer_is_a_point_the_faster_the_higher(plot: SpeedPlot) -> None:
    short = replace(speed(1.0), answer_tokens=2)
    speeds = [speed(40.0, age_min=90), short, speed(20.0), speed(60.0, age_min=0)]
    plot.show_speeds(speeds, digest="new", median=40.0, now=NOW)
    first, second, third = plot.dots()
    assert first.x() < second.x() < third.x()
    assert third.y() < first.y() < second.y()
    assert plot.value_text() == "median 40 tok/s"
    assert plot.accessibleDescription() == "3 points, median 40 tok/s"
    plot.repaint()


def test_points_are_told_under_the_pointer_and_by_the_arrow_keys(plot: SpeedPlot) -> None:
    plot.show_speeds([speed(40.0), speed(20.0), speed(60.0)], digest="", median=40.0, now=NOW)
    QTest.mouseMove(plot, plot.dots()[1] + QPoint(0, 5))
    assert plot.value_text() == "20 tok/s, 5 min ago, 100 tokens"
    plot.setFocus()
    for key, told in (
        (Qt.Key.Key_End, "60"),
        (Qt.Key.Key_Left, "20"),
        (Qt.Key.Key_Left, "40"),
        (Qt.Key.Key_Left, "40"),
        (Qt.Key.Key_Right, "20"),
        (Qt.Key.Key_Home, "40"),
    ):
        QTest.keyClick(plot, key)
        assert plot.accessibleDescription() == plot.value_text() == f"{told} tok/s, 5 min ago, 100 tokens"
        plot.repaint()
    QTest.keyClick(plot, Qt.Key.Key_Tab)
    plot.clearFocus()
    assert plot.value_text() == "median 40 tok/s"


def test_a_plot_without_points_is_no_trouble(plot: SpeedPlot) -> None:
    plot.show_speeds([], digest="", median=None, now=NOW)
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Left):
        QTest.keyClick(plot, key)
    QTest.mouseMove(plot, QPoint(20, 40))
    plot.repaint()
    assert (plot.dots(), plot.value_text(), plot.accessibleDescription()) == ([], "", "")


@pytest.fixture
def section(theme: Theme, qtbot: QtBot) -> SpeedSection:
    made = SpeedSection(theme)
    qtbot.addWidget(made)
    made.resize(380, 700)
    made.show()
    return made


def texts(section: SpeedSection) -> str:
    QApplication.processEvents()  # what came into a layout is shown a turn later
    return "\n".join(label.text() for label in section.findChildren(QLabel) if label.isVisible())


def test_a_model_without_answers_says_so(section: SpeedSection) -> None:
    section.show_history([], digest="new", now=NOW)
    assert "No answers yet with this model." in texts(section)
    assert not section.plot.isVisible()
    section.show_trouble("The disk is gone.")
    assert "The disk is gone." in texts(section)


def test_figures_are_those_of_the_installed_version_and_the_plot_has_all(section: SpeedSection) -> None:
    section.show_history([speed(10.0, digest="old"), speed(40.0), speed(42.0)], digest="new", now=NOW)
    said = texts(section)
    assert "41 tok/s" in said
    assert "2 answers, 5 min ago" in said
    assert "1 answers of an earlier version" in said
    assert "310 ms" in said
    assert len(section.plot.dots()) == 3
    section.show_history([speed(10.0, digest="old")], digest="new", now=NOW)
    assert "No answers yet" in texts(section)
    assert section.plot.isVisible()
    section.show_waiting()
    assert not section.plot.isVisible()


def cell(section: SpeedSection, row: int, column: int) -> str:
    return str(section.bench.table.model().index(row, column).data())


def test_a_result_is_a_table_with_earlier_ones_below(section: SpeedSection) -> None:
    section.bench.show_results(
        (benchmark(3), benchmark(2, rate=9.0, age_days=2), benchmark(1, digest="old", age_days=9)), digest="new"
    )
    assert [cell(section, 0, column) for column in range(4)] == ["130", "260", "40 ±10 %", "600 ms"]
    assert cell(section, 1, 2) == "–"
    earlier = section.bench.earlier.model()
    assert [[earlier.index(row, column).data() for column in range(4)] for row in range(2)] == [
        ["2 days ago", "9.0 · –", "8k", "60 % on the GPU"],
        ["9 days ago, earlier version", "40 · –", "8k", "60 % on the GPU"],
    ]
    said = texts(section)
    assert "dash" in said
    assert "Of an earlier version" not in said
    assert section.bench.table.height() > 2 * section.bench.table.rowHeight(0)


def test_the_result_of_an_earlier_version_is_marked(section: SpeedSection) -> None:
    section.bench.show_results((benchmark(1, digest="old"),), digest="new")
    assert "Of an earlier version of the model." in texts(section)
    assert not section.bench.earlier.isVisible()
    section.bench.show_results((), digest="new")
    assert not section.bench.table.isVisible()
    assert not section.bench.copy.isVisible()


def test_while_a_benchmark_runs_it_can_be_cancelled_and_the_focus_stays(section: SpeedSection, qtbot: QtBot) -> None:
    bench = section.bench
    bench.start.setFocus()
    with qtbot.waitSignal(bench.benchmark_requested):
        QTest.keyClick(bench.start, Qt.Key.Key_Space)
    bench.show_trouble("It failed.")
    bench.show_progress(BenchmarkProgress("m", BenchmarkStep.MEASURING, 1024, 2, 3, 4, 9))
    assert not bench.trouble.isVisible()
    assert bench.cancel.hasFocus()
    assert (bench.bar.value(), bench.bar.maximum()) == (4, 9)
    assert "2 of 3" in bench.bar.accessibleDescription()
    with qtbot.waitSignal(bench.cancel_requested):
        QTest.keyClick(bench.cancel, Qt.Key.Key_Space)
    bench.show_progress(None)
    assert bench.start.hasFocus()
    assert not bench.bar.isVisible()


def test_what_cannot_be_measured_says_why_where_the_button_is(section: SpeedSection) -> None:
    section.bench.show_refusal("It writes no text.")
    assert not section.bench.start.isEnabled()
    assert section.bench.start.accessibleDescription() == "It writes no text."
    assert "It writes no text." in texts(section)
    section.bench.show_refusal("")
    assert section.bench.start.isEnabled()


@pytest.mark.parametrize("pt", [None, 18.0])
@pytest.mark.parametrize("wide", [260, 380])
def test_nothing_is_cut_in_a_narrow_drawer_or_with_large_letters(
    section: SpeedSection, theme: Theme, pt: float | None, wide: int
) -> None:
    theme.resize_text(pt)
    section.show_history([speed(40.0), speed(42.0)], digest="new", now=NOW)
    section.bench.show_results((benchmark(2), benchmark(1, age_days=3)), digest="new")
    section.resize(theme.px(wide), 500)
    column = section.widget()
    assert column is not None
    QTest.qWait(0)
    assert column.minimumSizeHint().width() <= section.viewport().width()
    for table in (section.bench.table, section.bench.earlier):
        assert table.verticalScrollBar().maximum() == 0
