"""A mark for what takes a while: it comes after 300 ms and, once seen, stays for 400 ms, so that nothing flickers."""

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme

AFTER_MS, STAYS_MS = 300, 400


class Busy(QWidget):
    """A bar without an end and what is being done; hidden while nothing is."""

    appeared = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._seen = QElapsedTimer()
        self._then: Callable[[], None] | None = None
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setProperty("role", "note")
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(theme.px(6))
        self._later = self._timer(self._appear)
        self._end = self._timer(self._finish)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._text)
        layout.addWidget(self._bar)
        self.hide()

    def begin(self, text: str) -> None:
        """Something has begun; what was still to be shown of something else is forgotten."""
        self._then = None
        self._end.stop()
        self._text.setText(one_line(text, 200))
        self._bar.setAccessibleName(one_line(text, 200))
        if self.isHidden():
            self._later.start(AFTER_MS)

    def end(self, then: Callable[[], None]) -> None:
        """It is over: do this, at once or when the mark has been seen for long enough."""
        self._later.stop()
        self._then = then
        seen = self._seen.elapsed() if not self.isHidden() else STAYS_MS
        if seen >= STAYS_MS:
            self._finish()
        else:
            self._end.start(STAYS_MS - seen)

    def _appear(self) -> None:
        self._seen.start()
        self.show()
        self.appeared.emit()

    def _finish(self) -> None:
        self.hide()
        then, self._then = self._then, None
        if then is not None:
            then()

    def _timer(self, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(act)
        return timer
