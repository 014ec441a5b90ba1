"""A field for a text that came from elsewhere: what was not edited comes back letter by letter."""

from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from ollama_desk.ui.chat.editor import UNBROKEN
from ollama_desk.ui.chat.segments import letters
from ollama_desk.ui.models.long_text import affordable

MOST_WEIGHT = 40_000  # in letters of plain text: more holds up the keys
SAMPLE_CHARS = 1_000


class KeptText(QPlainTextEdit):
    """Qt's document knows no carriage returns, no hard spaces and no line separators, and would give others back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._given = self._seen = ""
        self.setProperty("role", "field")
        self.setTabChangesFocus(True)

    @property
    def is_locked(self) -> bool:
        """Whether the text is too long to be edited here: then it stays as it is."""
        return self.isReadOnly()

    def show_text(self, text: str) -> None:
        """Show a text; of one that is too long its beginning, read only."""
        is_long = letters(text) > MOST_WEIGHT
        self._given = text
        self.setReadOnly(is_long)
        text = text[: affordable(text[:SAMPLE_CHARS], SAMPLE_CHARS)] + "…" if is_long else text
        option = QTextOption.WrapMode.WrapAnywhere if UNBROKEN.search(text) else None
        self.setWordWrapMode(option or QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setPlainText(text)
        self._seen = self.toPlainText()

    def text(self) -> str:
        """What stands there."""
        shown = self.toPlainText()
        return self._given if shown == self._seen else shown

    def show_lines(self, count: int, *, above_px: int) -> None:
        """Be at least so many lines high, with so much around them."""
        self.setMinimumHeight(count * self.fontMetrics().lineSpacing() + above_px)
