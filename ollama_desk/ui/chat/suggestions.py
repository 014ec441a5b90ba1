"""What an empty chat shows: whom one talks to, and for the demonstration model what it can be asked."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ollama_desk.domain.demo import DEMO_MODEL_NAME, DEMO_NOTE, DEMO_QUESTIONS
from ollama_desk.ui.language import said
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme

COLUMNS = 3


class Suggestions(QWidget):
    """Centred and calm."""

    asked = Signal(str)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._title.setProperty("role", "title")
        self._note = QLabel(said(DEMO_NOTE), textFormat=Qt.TextFormat.PlainText)
        self._note.setProperty("role", "muted")
        self._note.setWordWrap(True)
        self._buttons = QWidget()
        grid = QGridLayout(self._buttons)
        grid.setSpacing(theme.px(8))
        for index, (label, question) in enumerate(DEMO_QUESTIONS):
            button = QPushButton(said(label))
            button.setToolTip(said(question))
            button.clicked.connect(lambda _=False, text=question: self.asked.emit(text))
            grid.addWidget(button, index // COLUMNS, index % COLUMNS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.px(24), theme.px(24), theme.px(24), theme.px(24))
        layout.setSpacing(theme.px(12))
        layout.addStretch(2)
        for line in (self._title, self._note):
            line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(line)
        layout.addWidget(self._buttons, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def show_model(self, name: str) -> None:
        self._title.setText(
            self.tr("Ask %1 something").replace("%1", one_line(name.removesuffix(":latest"), 60)) if name else ""
        )
        demo = name.partition(":")[0] == DEMO_MODEL_NAME
        self._note.setVisible(demo)
        self._buttons.setVisible(demo)
