"""One line above the catalogue: which model is recommended for this machine and why, with one button."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from ollama_desk.domain.catalogue import Task
from ollama_desk.domain.recommendation import Recommendation
from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.models.offer_card import leading
from ollama_desk.ui.models.recommend_text import line_text, nothing_text, reason_tone
from ollama_desk.ui.state_dot import StateDot
from ollama_desk.ui.theme import Theme

LINE_PX = 300  # what the line has to have beside the button


class RecommendRow(QFrame):
    """Shows a recommendation; hidden until there is one."""

    look_up_requested = Signal(str)
    chat_requested = Signal(str)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._theme = theme
        self._name = ""
        self._installed = ""  # the name of the model that is there already
        self.dot = StateDot(theme, parent=self)
        self.line = wrapping_label("", parent=self)
        self.line.setAlignment(leading())
        self.button = QPushButton(self)
        self.button.clicked.connect(self._on_clicked)
        self._row = BendingRow(theme, self.line, self.button, stretch=self.line, least_px=LINE_PX, parent=self)
        self._layout = QHBoxLayout(self)
        self._layout.addWidget(self.dot)
        self._layout.addWidget(self._row, 1)
        theme.changed.connect(self._space)
        self._space()
        self.hide()

    def show_recommendation(self, recommended: Recommendation, *, installed: str) -> None:
        """Show it; ``installed`` is the name of the model under which it is there already, if it is."""
        self._name, self._installed = recommended.name, installed
        self.dot.show_tone(reason_tone(recommended))
        text = line_text(recommended)
        self.line.setText(f"{text} {self.tr('It is installed.')}" if installed else text)
        self.button.setText(self.tr("Chat") if installed else self.tr("Look up…"))
        name = self.tr("Chat with %1") if installed else self.tr("Look up %1")
        self.button.setAccessibleName(name.replace("%1", recommended.title))
        self.button.setVisible(bool(not installed or "completion" in recommended.size.capabilities))
        self.show()

    def show_nothing(self, task: Task) -> None:
        """Nothing can be recommended."""
        self.dot.show_tone("muted")
        self.line.setText(nothing_text(task))
        self.button.hide()
        self.show()

    def _on_clicked(self) -> None:
        if self._installed:
            self.chat_requested.emit(self._installed)
        else:
            self.look_up_requested.emit(self._name)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(20), px(10), px(20), px(10))
        self._layout.setSpacing(px(10))
        self.line.setMinimumHeight(px(32))  # as high as the button beside it
