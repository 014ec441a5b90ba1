"""The drawer's section of speed: figures and a plot of the last answers, and the benchmark."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from ollama_desk.domain.speed import Speed, is_of, summary_of
from ollama_desk.ui.models.card_parts import empty, wrapping_label
from ollama_desk.ui.models.speed_benchmark import BenchmarkPart
from ollama_desk.ui.models.speed_plot import SpeedPlot
from ollama_desk.ui.models.speed_text import figures, older_note
from ollama_desk.ui.theme import Theme


class SpeedSection(QScrollArea):
    """Everything in one column that scrolls."""

    shown = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QWidget(self)
        column.setObjectName("column")
        self.note = wrapping_label("muted", parent=column)
        self.older = wrapping_label("muted", parent=column)
        self.plot = SpeedPlot(theme, parent=column)
        self.bench = BenchmarkPart(theme, parent=column)
        self._grid = QGridLayout()
        self._layout = QVBoxLayout(column)
        self._layout.addWidget(self.note)
        self._layout.addLayout(self._grid)
        self._layout.addWidget(self.plot)
        self._layout.addWidget(self.older)
        self._layout.addWidget(self.bench)
        self._layout.addStretch(1)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)
        self.setWidget(column)
        theme.changed.connect(self._space)
        self._space()
        self.show_waiting()

    def show_waiting(self) -> None:
        """Nothing is known of this model yet."""
        self._show_figures([])
        for part in (self.note, self.plot, self.older):
            part.hide()
        self.bench.show_results((), digest="")
        self.bench.show_trouble("")

    def show_history(self, speeds: Sequence[Speed], *, digest: str, now: datetime) -> None:
        """What the model's answers told, oldest first; ``digest`` is that of the version that is installed."""
        summary = summary_of(speeds, digest)
        older = older_note(sum(not is_of(speed, digest) for speed in speeds))
        self._show_figures(figures(summary, now) if summary.answers else [])
        self.note.setText(self.tr("No answers yet with this model."))
        self.note.setVisible(not summary.answers)
        self.older.setText(older)
        self.older.setVisible(bool(older))
        self.plot.show_speeds(speeds, digest=digest, median=summary.tokens_per_s, now=now)
        self.plot.setVisible(any(speed.tokens_per_s is not None for speed in speeds))

    def show_trouble(self, sentence: str) -> None:
        """The history cannot be read."""
        self.show_waiting()
        self.note.setText(sentence)
        self.note.show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def _show_figures(self, rows: list[tuple[str, str]]) -> None:
        empty(self._grid)
        top = Qt.AlignmentFlag.AlignTop
        for at, (label, value) in enumerate(rows):
            title, text = wrapping_label("muted", parent=self), wrapping_label("", parent=self)
            title.setText(label)
            text.setText(value)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            text.setAccessibleName(f"{label}: {value}")
            self._grid.addWidget(title, at, 0, top)
            self._grid.addWidget(text, at, 1, top)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(0, px(4), px(8), px(8))
        self._layout.setSpacing(px(12))
        self._grid.setHorizontalSpacing(px(12))
        self._grid.setVerticalSpacing(px(4))
