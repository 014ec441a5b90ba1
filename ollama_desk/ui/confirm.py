"""A question before something that cannot be undone. It opens; it never runs a loop of its own."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from ollama_desk.ui.text import clean
from ollama_desk.ui.theme import Theme


class Confirm(QDialog):
    """Asks; destroys itself when answered.

    Args:
        parent: the window that waits.
        theme: for its measures.
        question: one line.
        explanation: what is lost, what is gained.
        verb: on the button that does it.
        on_yes: called once if the person agrees.
        danger: whether something is lost.
    """

    def __init__(
        self,
        parent: QWidget,
        *,
        theme: Theme,
        question: str,
        explanation: str,
        verb: str,
        on_yes: Callable[[], None],
        danger: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(verb)
        self.setMinimumWidth(theme.px(380))
        self.setMaximumWidth(theme.px(520))
        title = self._label(question, "title")
        text = self._label(explanation, "")
        buttons = QDialogButtonBox(self)
        self.yes = QPushButton(verb)
        self.yes.setProperty("kind", "danger" if danger else "primary")
        self.no = QPushButton(self.tr("Cancel"))
        buttons.addButton(self.yes, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.no, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(on_yes)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.px(24), theme.px(20), theme.px(24), theme.px(16))
        layout.setSpacing(theme.px(12))
        layout.addWidget(title)
        layout.addWidget(text)
        layout.addSpacing(theme.px(8))
        layout.addWidget(buttons)
        (self.no if danger else self.yes).setDefault(True)
        (self.no if danger else self.yes).setFocus()

    def _label(self, text: str, role: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setProperty("role", role)
        label.setText(clean(text))
        return label
