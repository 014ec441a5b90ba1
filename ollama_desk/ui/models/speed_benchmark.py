"""The benchmark of a model: the button, how far it is, its result, and the earlier ones beside it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from ollama_desk.domain.benchmark import Benchmark, BenchmarkProgress
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.models.speed_tables import EarlierTable, ResultTable, is_older
from ollama_desk.ui.models.speed_text import circumstances, markdown, progress_text, short_rows
from ollama_desk.ui.text import age_text, exact_time, one_line, tooltip, utc_now
from ollama_desk.ui.theme import Theme

WORDS_PX = 160  # what the words beside the button have to have


class BenchmarkPart(QWidget):
    """Shows what it is given; asks for a benchmark and for its end."""

    benchmark_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._benchmarks: tuple[Benchmark, ...] = ()
        self.title = QLabel(self.tr("Benchmark"), self)
        self.note = wrapping_label("muted", parent=self)
        self.start = QPushButton(self.tr("Benchmark"), self)
        self.progress = wrapping_label("", parent=self)
        self.bar = QProgressBar(self)
        self.cancel = QPushButton(self.tr("Cancel"), self)
        self.trouble = wrapping_label("problem", parent=self)
        self.table = ResultTable(theme, parent=self)
        self.about = wrapping_label("muted", parent=self)
        self.copy = QPushButton(self.tr("Copy"), self)
        self.earlier_title = QLabel(self.tr("Earlier results"), self)
        self.earlier = EarlierTable(theme, parent=self)
        self._idle = self._bending(self.note, self.start)
        self._running = self._bending(self.progress, self.cancel)
        self._told = self._bending(self.about, self.copy)
        self._layout = QVBoxLayout(self)
        self._arrange()
        self.start.clicked.connect(self.benchmark_requested)
        self.cancel.clicked.connect(self.cancel_requested)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(markdown(self._benchmarks)))
        theme.changed.connect(self._space)
        self._space()
        self.show_progress(None)
        self.show_results((), digest="")
        self.show_trouble("")
        self.show_refusal("")

    def show_refusal(self, reason: str) -> None:
        """Why it cannot be measured; empty: it can."""
        self.start.setEnabled(not reason)
        self.start.setToolTip(tooltip(reason))
        self.start.setAccessibleDescription(reason)
        words = self.tr("Measures prompts of three lengths, three times each. The model is loaded for it.")
        self.note.setText(reason or words)

    def show_progress(self, progress: BenchmarkProgress | None) -> None:
        """How far the benchmark of this model is; None: none runs."""
        is_running = progress is not None
        had_focus = self.start.hasFocus() or self.cancel.hasFocus()
        self._show_parts(is_running, self._running, self.bar)
        self._show_parts(not is_running, self._idle)
        if progress is not None:
            self.trouble.hide()
            text = progress_text(progress)
            self.progress.setText(text)
            self.bar.setRange(0, progress.of)
            self.bar.setValue(progress.done)
            self.bar.setAccessibleDescription(text)
        if had_focus:
            (self.cancel if is_running else self.start).setFocus()

    def show_trouble(self, sentence: str) -> None:
        """Why the last one failed; empty: it did not."""
        self.trouble.setText(sentence)
        self.trouble.setVisible(bool(sentence))

    def show_results(self, benchmarks: Sequence[Benchmark], *, digest: str) -> None:
        """Newest first; ``digest`` is that of the version that is installed."""
        self._benchmarks = tuple(benchmarks)
        newest, earlier = self._benchmarks[:1], self._benchmarks[1:]
        self._show_parts(bool(newest), self.table, self._told)
        self._show_parts(bool(earlier), self.earlier_title, self.earlier)
        self.earlier.show_benchmarks(earlier, digest=digest)
        for benchmark in newest:
            self.table.show_benchmark(benchmark)
            old = self.tr("Of an earlier version of the model.") if is_older(benchmark, digest) else ""
            holds = circumstances(benchmark, age_text(benchmark.at, utc_now()))
            lines = (self.tr("In tokens a second, the median of three."), holds, old, short_rows(benchmark))
            self.about.setText("\n".join(one_line(line) for line in lines if line))
            self.about.setToolTip(tooltip(exact_time(benchmark.at)))

    def _show_parts(self, on: bool, *parts: QWidget) -> None:  # noqa: FBT001 - as Qt's own
        for part in parts:
            part.setVisible(on)

    def _arrange(self) -> None:
        for title in (self.title, self.earlier_title):
            title.setProperty("role", "caption")
            title.setTextFormat(Qt.TextFormat.PlainText)
        self.start.setAccessibleName(self.tr("Benchmark this model"))
        self.cancel.setAccessibleName(self.tr("Cancel the benchmark"))
        self.copy.setAccessibleName(self.tr("Copy the results"))
        self.copy.setToolTip(tooltip(self.tr("Copy the results as Markdown")))
        self.copy.setProperty("kind", "quiet")
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the benchmark"))
        self._layout.addWidget(self.title)
        self._layout.addWidget(self._idle)
        self._layout.addWidget(self._running)
        self._layout.addWidget(self.bar)
        self._layout.addWidget(self.trouble)
        self._layout.addWidget(self.table)
        self._layout.addWidget(self._told)
        self._layout.addWidget(self.earlier_title)
        self._layout.addWidget(self.earlier)

    def _bending(self, words: QWidget, button: QWidget) -> BendingRow:
        return BendingRow(self._theme, words, button, stretch=words, least_px=WORDS_PX, parent=self)

    def _space(self) -> None:
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(self._theme.px(8))
