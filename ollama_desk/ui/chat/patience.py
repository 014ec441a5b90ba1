"""What an answer says while nothing comes: that it is waited for, that this takes long, and how to end it."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

# A short wait needs no words; a model that loads takes seconds; half a minute without a token is unusual.
FIRST_MS, LONG_MS, SILENT_MS = 400, 5_000, 30_000


class Patience(QLabel):
    """A muted line, hidden while text comes. No timer runs once the answer has ended."""

    def __init__(
        self,
        *,
        first_ms: int = FIRST_MS,
        long_ms: int = LONG_MS,
        silent_ms: int = SILENT_MS,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._heard_anything = False
        self._steps = ((first_ms, self.tr("Waiting for the model …")), (long_ms - first_ms, self._long()))
        self._silent_ms = silent_ms
        self._next = 0
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", "note")
        self.setWordWrap(True)
        self.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)

    def begin(self) -> None:
        """The model was asked."""
        self._heard_anything, self._next = False, 0
        self._timer.start(self._steps[0][0])

    def hear(self) -> None:
        """Text came."""
        self._heard_anything = True
        self.hide()
        self._timer.start(self._silent_ms)

    def end(self) -> None:
        """The answer has ended."""
        self._timer.stop()
        self.hide()

    def _on_timeout(self) -> None:
        if self._heard_anything:
            self._say(self.tr("Nothing has come for half a minute. Wait, or stop the answer with Esc."))
            return
        text = self._steps[self._next][1]
        self._say(text)
        self._next += 1
        if self._next < len(self._steps):
            self._timer.start(self._steps[self._next][0])

    def _long(self) -> str:
        return self.tr("Still waiting: the model may be loading, or busy with another answer. Esc stops this one.")

    def _say(self, text: str) -> None:
        self.setText(text)
        self.show()
