"""What the dock shows when it is opened: why the server is in its state, its figures and its last log lines."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QSizeGrip, QVBoxLayout, QWidget

from ollama_desk.domain.server import ResourceSample
from ollama_desk.ui.language import said
from ollama_desk.ui.text import clean, one_line, size_text
from ollama_desk.ui.theme import Theme

LOG_LINES = 200


class StatusBody(QFrame):
    """Below the line while the dock is open or floats."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dockbody")
        self._theme = theme
        self.reason = self._label("")
        self.reason.setWordWrap(True)
        self.reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.figures = self._label("note")
        self.log = QPlainTextEdit(self)
        self.log.setProperty("role", "log")
        self.log.setReadOnly(True)
        self.log.setTabChangesFocus(True)
        self.log.setMaximumBlockCount(LOG_LINES)
        self.log.setAccessibleName(self.tr("Last log lines of the server"))
        caption = self._label("caption")
        caption.setText(self.tr("Last log lines"))
        self._grip = QSizeGrip(self)
        self._head = QHBoxLayout()
        self._head.addWidget(caption, 1)
        self._head.addWidget(self.figures)
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self.reason)
        self._layout.addLayout(self._head)
        self._layout.addWidget(self.log, 1)
        self._layout.addWidget(self._grip, 0, Qt.AlignmentFlag.AlignRight)
        self.show_reason("")
        self.show_floating(floating=False)
        theme.changed.connect(self._space)
        self._space()

    def show_reason(self, reason: str) -> None:
        self.reason.setText(one_line(said(reason)))
        self.reason.setVisible(bool(reason))

    def show_sample(self, sample: ResourceSample | None) -> None:
        if sample is None:
            self.figures.clear()
            return
        parts = (
            self.tr("CPU %1 % of a core").replace("%1", f"{sample.cpu_percent:.1f}"),
            self.tr("memory %1").replace("%1", size_text(sample.rss_bytes)),
            self.tr("%n processes", "", sample.process_count) if sample.process_count > 1 else self.tr("1 process"),
        )
        self.figures.setText(" · ".join(parts))

    def show_log(self, lines: Sequence[str]) -> None:
        """The last lines, newest last; the view stays where a person has scrolled to."""
        text = "\n".join(one_line(line) for line in lines[-LOG_LINES:]) or self.tr("Nothing yet.")
        if text == self.log.toPlainText():
            return
        bar = self.log.verticalScrollBar()
        at, at_end = bar.value(), bar.value() >= bar.maximum() - 1
        self.log.setPlainText(clean(text))
        bar.setValue(bar.maximum() if at_end else at)

    def show_floating(self, *, floating: bool) -> None:
        """Only a window of its own has a grip to size it by."""
        self._grip.setVisible(floating)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(480), self._theme.px(160))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def _label(self, role: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("role", role)
        return label

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(16), px(4), px(16), px(8))
        self._layout.setSpacing(px(6))
        self.log.setFont(self._theme.code_font())
