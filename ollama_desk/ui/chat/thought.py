"""The thinking of an answer, folded into one line."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from ollama_desk.ui.chat.plain_text import PlainText
from ollama_desk.ui.chat.slices import Slices
from ollama_desk.ui.text import span_text
from ollama_desk.ui.theme import Theme


class Thought(QWidget):
    """Says that the model thinks, or how long it did; unfolded it shows what."""

    def __init__(self, theme: Theme, slices: Slices) -> None:
        super().__init__()
        self.text = ""
        self._over = False
        self._seconds = 0.0
        self._fold = QPushButton()
        self._fold.setProperty("kind", "quiet")
        self._fold.setCheckable(True)
        self._fold.setAccessibleName(self.tr("Show the thoughts"))
        self._fold.toggled.connect(lambda _: self._show())
        self._words = PlainText(self.tr("Thoughts"), theme=theme, muted=True, slices=slices)
        self._words.setContentsMargins(theme.px(12), 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._words)
        self._show()

    def grow(self, text: str) -> None:
        self.text += text
        self._show()

    def end(self) -> None:
        """The answer itself has begun."""
        if not self._over:
            self._over = True
            self._show()

    def show_text(self, text: str, seconds: float) -> None:
        """All of it, and how long it took; 0.0: not known."""
        self.text, self._over, self._seconds = text, True, seconds
        self._show()

    def restyle(self) -> None:
        self._words.restyle()

    def _show(self) -> None:
        self.setVisible(bool(self.text.strip()))
        self._fold.setText(self._title())
        self._words.setVisible(self._fold.isChecked())
        if self._fold.isChecked():
            self._words.show_text(self.text.strip())

    def _title(self) -> str:
        if not self._over:
            return self.tr("Thinking …")
        if self._seconds <= 0:
            return self.tr("Thoughts")
        return self.tr("Thought for %1").replace("%1", span_text(max(self._seconds, 1)))
