"""What stands where there is nothing to show: what the place is for, and one thing to do."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ollama_desk.ui.text import clean
from ollama_desk.ui.theme import Theme


class Blank(QWidget):
    """A title, a sentence and at most one primary button, centred a little above the middle."""

    requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = self._label("title")
        self._text = self._label("muted")
        self.button = QPushButton(self)
        self.button.setProperty("kind", "primary")
        self.button.clicked.connect(self.requested)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.button)
        row.addStretch(1)
        self._layout = QVBoxLayout(self)
        self._layout.addStretch(2)
        self._layout.addWidget(self._title)
        self._layout.addWidget(self._text)
        self._layout.addLayout(row)
        self._layout.addStretch(3)
        theme.changed.connect(self._space)
        self._space()

    def show_words(self, title: str, text: str, button: str = "") -> None:
        """Say this; without the label of a button there is none."""
        self._title.setText(clean(title))
        self._text.setText(clean(text))
        self.button.setText(button)
        self.button.setVisible(bool(button))

    def _label(self, role: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setWordWrap(True)
        label.setProperty("role", role)
        return label

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(24), px(24), px(24), px(24))
        self._layout.setSpacing(px(12))
