"""A card with advice: what was found, why it matters, and what can be done about it. It can be sent away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.text import clean
from ollama_desk.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Step:
    """Something that can be done about it."""

    label: str
    act: Callable[[], None]
    tip: str = ""


class Advice(QFrame):
    """Hidden while there is nothing to advise."""

    def __init__(self, theme: Theme, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setAccessibleName(name)
        self._theme = theme
        self._name = name
        self._on_closed: Callable[[], None] | None = None
        self._steps: list[QPushButton] = []
        self.text = QLabel(self, textFormat=Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.close_button = QToolButton(self)
        self.close_button.setProperty("kind", "quiet")
        self.close_button.setAutoRaise(True)
        self.close_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.close_button.setAccessibleName(self.tr("Do not show this again"))
        self.close_button.setToolTip(self.tr("Do not show this again"))
        self.close_button.clicked.connect(self._on_close_clicked)
        IconSetter(self.close_button, theme=theme, name="close", size=16)
        self._head = QHBoxLayout()
        self._head.addWidget(self.text, 1)
        self._head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self._buttons = QHBoxLayout()
        self._buttons.addStretch(1)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(self._head)
        self._layout.addLayout(self._buttons)
        theme.changed.connect(self._space)
        self._space()
        self.hide()

    def steps(self) -> list[QPushButton]:
        """The buttons, in their order."""
        return list(self._steps)

    def advise(self, text: str, steps: Sequence[Step], *, on_closed: Callable[[], None]) -> None:
        """Say it, until it is sent away or ``withdraw``n."""
        self.text.setText(clean(text))
        self._on_closed = on_closed
        for old in self._steps:
            old.hide()
            old.deleteLater()
        self._steps = [self._step(step) for step in steps]
        for at, button in enumerate(self._steps):
            self._buttons.insertWidget(at, button)
        self.show()

    def withdraw(self) -> None:
        """There is nothing to advise any more."""
        self.hide()

    def _step(self, step: Step) -> QPushButton:
        button = QPushButton(step.label, self)
        button.setAccessibleName(step.label)
        button.setToolTip(step.tip)
        button.clicked.connect(lambda _checked: step.act())
        return button

    def _on_close_clicked(self) -> None:
        self.hide()
        if self._on_closed is not None:
            self._on_closed()

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(16), px(10), px(10), px(12))
        self._layout.setSpacing(px(8))
        self._buttons.setSpacing(px(8))
