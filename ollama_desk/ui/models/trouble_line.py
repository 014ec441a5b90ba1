"""What went wrong, in one sentence, with a button to try again; hidden while nothing is wrong."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme

SENTENCE_PX = 180  # what the sentence has to have beside the button


class TroubleLine(QWidget):
    """One at a time."""

    again_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = wrapping_label("problem", parent=self)
        self.again = QPushButton(self.tr("Try again"), self)
        self.again.clicked.connect(self.again_requested)
        row = BendingRow(theme, self.sentence, self.again, stretch=self.sentence, least_px=SENTENCE_PX, parent=self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(row)
        self.hide()

    def show_sentence(self, sentence: str) -> None:
        self.sentence.setText(one_line(sentence))
        self.show()
