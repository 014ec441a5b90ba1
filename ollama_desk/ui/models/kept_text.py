"""A field for a text that came from elsewhere: what was not edited comes back letter by letter."""

from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from ollama_desk.ui.chat.editor import UNBROKEN


class KeptText(QPlainTextEdit):
    """Qt's document knows no carriage returns, no hard spaces and no line separators, and would give others back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._given = self._seen = ""
        self.setProperty("role", "field")
        self.setTabChangesFocus(True)

    def show_text(self, text: str) -> None:
        option = QTextOption.WrapMode.WrapAnywhere if UNBROKEN.search(text) else None
        self.setWordWrapMode(option or QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._given = text
        self.setPlainText(text)
        self._seen = self.toPlainText()

    def text(self) -> str:
        """What stands there."""
        shown = self.toPlainText()
        return self._given if shown == self._seen else shown

    def show_lines(self, count: int, *, above_px: int) -> None:
        """Be at least so many lines high, with so much around them."""
        self.setMinimumHeight(count * self.fontMetrics().lineSpacing() + above_px)
