"""Whether a model will run, as one line with a dot, which opens to show the arithmetic."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ollama_desk.domain.fit import Fit
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.card_parts import empty, wrapping_label
from ollama_desk.ui.models.fit_text import fit_line, fit_note, fit_terms, verdict_tone
from ollama_desk.ui.state_dot import StateDot
from ollama_desk.ui.theme import Theme

LINE_PX = 220  # what the line has to have beside the button


class FitRow(QWidget):
    """Shows an estimate; hidden until there is one."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.dot = StateDot(theme, parent=self)
        self.line = wrapping_label("", parent=self)
        self.why = QPushButton(self)
        self.why.setProperty("kind", "quiet")
        self.why.setCheckable(True)
        self.note = wrapping_label("muted", parent=self)
        self.terms = QWidget(self)
        self._grid = QGridLayout(self.terms)
        self._row = QHBoxLayout()
        self._layout = QVBoxLayout(self)
        self._arrange()
        self.why.toggled.connect(self._on_why_toggled)
        theme.changed.connect(self._space)
        self._space()
        self.hide()

    def show_nothing(self) -> None:
        """Of another model nothing is known yet."""
        self.why.setChecked(False)
        self.hide()

    def show_fit(self, fit: Fit) -> None:
        """Show an estimate; an opened arithmetic stays open."""
        self.dot.show_tone(verdict_tone(fit.verdict))
        self.line.setText(fit_line(fit))
        self.note.setText(fit_note(fit))
        self._show_terms(fit_terms(fit))
        self._on_why_toggled(self.why.isChecked())
        self.show()

    def summary(self) -> str:
        """What is said to those who do not see it; empty while there is nothing."""
        return "" if self.isHidden() else f"{self.line.text()}. {self.note.text()}".strip()

    def _show_terms(self, rows: list[tuple[str, str]]) -> None:
        empty(self._grid)
        for at, (label, value) in enumerate(rows):
            title, text = wrapping_label("muted", parent=self), wrapping_label("", parent=self)
            title.setText(label)
            text.setText(value)
            text.setWordWrap(False)
            text.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
            text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(title, at, 0)
            self._grid.addWidget(text, at, 1)

    def _arrange(self) -> None:
        self._row.addWidget(self.dot)
        line = BendingRow(self._theme, self.line, self.why, stretch=self.line, least_px=LINE_PX, parent=self)
        self._row.addWidget(line, 1)
        self._layout.addLayout(self._row)
        self._layout.addWidget(self.terms)
        self._layout.addWidget(self.note)

    def _on_why_toggled(self, on: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        self.terms.setVisible(on)
        self.note.setVisible(bool(self.note.text()))
        self.why.setText(self.tr("Hide the sum") if on else self.tr("Show the sum"))
        self.why.setAccessibleName(self.tr("How much memory the model needs"))

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(px(4))
        self._row.setSpacing(px(8))
        self._grid.setContentsMargins(px(16), 0, px(16), 0)
        self._grid.setHorizontalSpacing(px(16))
        self._grid.setVerticalSpacing(px(2))
        self.terms.setMaximumWidth(px(380))
