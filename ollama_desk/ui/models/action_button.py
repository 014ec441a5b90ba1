"""A quiet button with an icon for one of the things that can be done with what is selected."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QToolButton, QWidget

from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.text import tooltip
from ollama_desk.ui.theme import Theme


class ActionButton(QToolButton):
    """Follows its action: whether it is enabled, its words, its key, and why it cannot be done (its status tip)."""

    def __init__(self, action: QAction, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._action = action
        self.setProperty("kind", "quiet")
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCheckable(action.isCheckable())
        self.clicked.connect(action.trigger)
        action.changed.connect(self._tell)
        self._tell()

    def _tell(self) -> None:
        action = self._action
        words, why = action.text(), action.statusTip()
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        self.setEnabled(action.isEnabled())
        self.setChecked(action.isChecked())
        self.setAccessibleName(words.removesuffix("…"))
        self.setAccessibleDescription(why)
        hint = f"{words} ({keys})" if keys else words
        self.setToolTip(tooltip(f"{hint}\n{why}" if why else hint))


def action_button(action: QAction, *, icon: str, theme: Theme, parent: QWidget) -> QToolButton:
    """It triggers ``action``, is enabled as that is, and tells its words and its key."""
    button = ActionButton(action, parent=parent)
    IconSetter(button, theme=theme, name=icon, on="accent" if action.isCheckable() else None)
    return button
