"""The drawer's first section: what the model is, whether it runs here, and how it is kept in memory."""

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ollama_desk.domain.fit import Fit
from ollama_desk.domain.models import ModelDetails
from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.models.card_parts import empty, wrapping_label
from ollama_desk.ui.models.copy_button import CopyButton
from ollama_desk.ui.models.drawer_text import DIGEST_LENGTH, Subject, facts, memory_line
from ollama_desk.ui.models.fit_row import FitRow
from ollama_desk.ui.models.keeping import Keeping
from ollama_desk.ui.state_dot import StateDot
from ollama_desk.ui.text import one_line, tooltip
from ollama_desk.ui.theme import Theme


class Overview(QScrollArea):
    """Everything in one column that scrolls."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[tuple[str, str]] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QWidget(self)
        column.setObjectName("column")
        self.fit = FitRow(theme, parent=column)
        self._dot = StateDot(theme, parent=column)
        self.memory = wrapping_label("", parent=column)
        self.keeping = Keeping(theme, parent=column)
        self.digest = ElidedLabel(column)
        self._digest = ""
        label = self.tr("Copy the digest")
        self.copy_digest = CopyButton(theme, label=label, text=lambda: self._digest, size=14, parent=column)
        self._grid = QGridLayout()
        self._memory_row = QHBoxLayout()
        self._digest_row = QHBoxLayout()
        self._layout = QVBoxLayout(column)
        self._arrange()
        self.setWidget(column)
        theme.changed.connect(self._space)
        self._space()

    def show_subject(self, subject: Subject, details: ModelDetails | None, now: datetime) -> None:
        """What is known now; ``details`` come a moment later."""
        rows = facts(subject.model, details)
        if rows != self._rows:
            self._rows = rows
            self._show_rows(rows)
        self._digest = subject.model.digest
        self.digest.setText(one_line(self._digest)[:DIGEST_LENGTH])
        self.digest.setToolTip(tooltip(self._digest))
        for part in (self._digest_title, self.digest, self.copy_digest):
            part.setVisible(bool(self._digest))
        is_loaded = subject.running is not None
        self.memory.setText(memory_line(subject.running, now))
        self._dot.show_tone("ok" if is_loaded else "muted")
        self._dot.setVisible(not subject.model.remote_host)
        self.memory.setVisible(not subject.model.remote_host)
        self.keeping.show_loaded(is_loaded=is_loaded)

    def show_fit(self, fit: Fit | None) -> None:
        """Whether it runs here; None: that is not known yet."""
        if fit is None:
            self.fit.show_nothing()
        else:
            self.fit.show_fit(fit)

    def _show_rows(self, rows: list[tuple[str, str]]) -> None:
        empty(self._grid)
        for at, (label, value) in enumerate(rows):
            title, text = wrapping_label("muted", parent=self), wrapping_label("", parent=self)
            title.setText(label)
            text.setText(value)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            text.setAccessibleName(f"{label}: {value}")
            top = Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(title, at, 0, top)
            self._grid.addWidget(text, at, 1, top)

    def _arrange(self) -> None:
        self._digest_title = wrapping_label("muted", parent=self)
        self._digest_title.setText(self.tr("Digest"))
        self.digest.setFont(self._theme.code_font())
        self._memory_row.addWidget(self._dot)
        self._memory_row.addWidget(self.memory, 1)
        self._digest_row.addWidget(self._digest_title, 2)
        end = QHBoxLayout()
        end.addWidget(self.digest)
        end.addWidget(self.copy_digest)
        end.addStretch(1)
        self._digest_row.addLayout(end, 3)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)
        self._layout.addWidget(self.fit)
        self._layout.addLayout(self._memory_row)
        self._layout.addLayout(self._grid)
        self._layout.addLayout(self._digest_row)
        self._layout.addWidget(self.keeping)
        self._layout.addStretch(1)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(0, px(4), px(8), px(8))
        self._layout.setSpacing(px(12))
        self._memory_row.setSpacing(px(8))
        self._grid.setHorizontalSpacing(px(12))
        self._grid.setVerticalSpacing(px(4))
        self._digest_row.setSpacing(px(12))
        self.digest.setFont(self._theme.code_font())
