"""A question before a registry is asked that nobody vouches for, or over a line that others can read."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from ollama_desk.ui.models.bending_row import BendingRow
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme


class ConsentCard(QFrame):
    """Says what is at stake; nothing is sent before the person agrees."""

    agreed = Signal()
    declined = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._theme = theme
        self._title = wrapping_label("title", parent=self)
        self._text = wrapping_label("", parent=self)
        self.yes = QPushButton(self)
        self.yes.clicked.connect(self.agreed)
        self.no = QPushButton(self.tr("Cancel"), self)
        self.no.clicked.connect(self.declined)
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self._title)
        self._layout.addWidget(self._text)
        self._layout.addWidget(BendingRow(theme, self.yes, self.no, parent=self))
        theme.changed.connect(self._space)
        self._space()

    def ask(self, host: str, *, insecure: bool) -> None:
        """Ask about the registry of this name; ``insecure``: over plain HTTP."""
        name = one_line(host, 120) or self.tr("the registry")
        self._title.setText(self.tr("Ask %1?").replace("%1", name))
        text = self.tr(
            "Ollama Desk does not know this registry. It learns the address of this machine and what you look for, and "
            "what it sends is checked only against what it says itself."
        )
        if insecure:
            text = self.tr(
                "The name begins with http://: nothing on the way is encrypted. Anybody on the way can read "
                "what you look for and change what comes."
            )
        self._text.setText(text)
        self.yes.setText(self.tr("Ask without encryption") if insecure else self.tr("Ask this registry"))

    def words(self) -> str:
        """What is said to those who do not see it."""
        return f"{self._title.text()} {self._text.text()}"

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(20), px(16), px(20), px(16))
        self._layout.setSpacing(px(8))
