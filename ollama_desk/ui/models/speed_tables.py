"""The tables of benchmarks: the newest one length by length, and the earlier ones a line each."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QFrame, QWidget

from ollama_desk.domain.benchmark import Benchmark, BenchmarkRow
from ollama_desk.ui.models.speed_text import (
    answer_text,
    circumstances,
    figure_text,
    length_text,
    place_words,
    rates_text,
    seconds_text,
)
from ollama_desk.ui.row_table import RowTable
from ollama_desk.ui.table_model import SORT_ROLE, Cell, Column, TableModel
from ollama_desk.ui.text import age_text, context_text, tooltip, utc_now
from ollama_desk.ui.theme import Theme

ROW_PX = 30


class WholeTable(RowTable):
    """As high as its rows: what is around it scrolls."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, row_px=ROW_PX, parent=parent)
        self.setProperty("role", "inset")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme.changed.connect(self.fit_height)

    def show_model(self, rows: TableModel[BenchmarkRow] | TableModel[Benchmark]) -> None:
        """Show these rows, in an order that the header changes."""
        ordered = QSortFilterProxyModel(self)
        ordered.setSourceModel(rows)
        ordered.setSortRole(SORT_ROLE)
        self.show_columns(ordered, rows.columns)

    def fit_height(self) -> None:
        """After its rows, or the size of the letters, have changed."""
        header = self.horizontalHeader().sizeHint().height()
        rows = self.model().rowCount() * self.verticalHeader().defaultSectionSize()
        self.setFixedHeight(header + rows + 2 * self.frameWidth())


class ResultTable(WholeTable):
    """One benchmark, length by length."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        self.rows: TableModel[BenchmarkRow] = TableModel(
            _result_columns(), key=lambda row: str(row.wanted_tokens), parent=self
        )
        self.setAccessibleName(_tr("Result of the benchmark"))
        self.show_model(self.rows)

    def show_benchmark(self, benchmark: Benchmark) -> None:
        self.rows.show_rows(benchmark.rows)
        self.fit_height()


class EarlierTable(WholeTable):
    """Earlier benchmarks, a line each, newest first."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        self._digest = ""
        self.rows: TableModel[Benchmark] = TableModel(self._columns(), key=lambda each: str(each.id), parent=self)
        self.setAccessibleName(_tr("Earlier benchmarks"))
        self.show_model(self.rows)
        self.sortByColumn(0, Qt.SortOrder.DescendingOrder)

    def show_benchmarks(self, benchmarks: Sequence[Benchmark], *, digest: str) -> None:
        """These, of which those of another ``digest`` are marked."""
        if digest != self._digest:
            self.rows.show_rows([])
            self._digest = digest
        self.rows.show_rows(benchmarks)
        self.fit_height()

    def _columns(self) -> tuple[Column[Benchmark], ...]:
        return (
            Column(_tr("When"), self._when, "3 weeks ago, earlier version"),
            Column(_tr("Answer/s"), _rates, "9,999 · 9,999 · 999", number=True),
            Column(_tr("Context"), _context, "128k", number=True, rank=1),
            Column(_tr("Place"), _place, "60 % on the GPU", muted=True, rank=2),
        )

    def _when(self, benchmark: Benchmark) -> Cell:
        text = age_text(benchmark.at, utc_now())
        if is_older(benchmark, self._digest):
            text = _tr("%1, earlier version").replace("%1", text)
        return Cell(text, benchmark.id, tooltip(circumstances(benchmark)))


def is_older(benchmark: Benchmark, digest: str) -> bool:
    """Whether it was made with another version of the model than the one that is installed."""
    return bool(digest and benchmark.digest and benchmark.digest != digest)


def _result_columns() -> tuple[Column[BenchmarkRow], ...]:
    return (
        Column(_tr("Tokens"), lambda row: Cell(length_text(row), row.wanted_tokens), "4,096"),
        Column(_tr("Prompt/s"), _prompt, "99,999", number=True),
        Column(_tr("Answer/s"), _answer, "9,999 ±99 %", number=True),
        Column(_tr("First"), _first, "999 ms", number=True, rank=1),
    )


def _prompt(row: BenchmarkRow) -> Cell:
    return Cell(figure_text(row.prompt_per_s), row.prompt_per_s or 0.0)


def _answer(row: BenchmarkRow) -> Cell:
    each = _tr("Each: %1").replace("%1", " · ".join(map(figure_text, row.rates())))
    return Cell(answer_text(row), row.tokens_per_s or 0.0, tooltip(each) if row.rates() else "")


def _first(row: BenchmarkRow) -> Cell:
    return Cell(seconds_text(row.first_token_s), row.first_token_s or 0.0)


def _rates(benchmark: Benchmark) -> Cell:
    best = max((row.tokens_per_s or 0.0 for row in benchmark.rows), default=0.0)
    return Cell(rates_text(benchmark), best, tooltip(circumstances(benchmark)))


def _context(benchmark: Benchmark) -> Cell:
    return Cell(context_text(benchmark.context_length), benchmark.context_length)


def _place(benchmark: Benchmark) -> Cell:
    if benchmark.gpu_percent is None:
        return Cell("", -1)
    return Cell(place_words(benchmark.gpu_percent), benchmark.gpu_percent)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Speed", text)
