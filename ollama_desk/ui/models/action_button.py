"""A quiet button with an icon for one of the things that can be done with what is selected."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QToolButton, QWidget

from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.text import tooltip
from ollama_desk.ui.theme import Theme


def action_button(action: QAction, *, icon: str, theme: Theme, parent: QWidget) -> QToolButton:
    """It triggers ``action``, is enabled as that is, and tells its words and its key."""
    button = QToolButton(parent)
    button.setProperty("kind", "quiet")
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setEnabled(action.isEnabled())
    button.setAccessibleName(action.text().removesuffix("…"))
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    button.setToolTip(tooltip(f"{action.text()} ({keys})" if keys else action.text()))
    button.clicked.connect(action.trigger)
    action.enabledChanged.connect(button.setEnabled)
    IconSetter(button, theme=theme, name=icon)
    return button
