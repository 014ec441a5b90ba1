"""A button that copies a text and says for a moment that it has."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton, QWidget

from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.text import tooltip
from ollama_desk.ui.theme import Theme

COPIED_MS = 1500


class CopyButton(QToolButton):
    """Quiet, with an icon.

    Args:
        theme: for the icon.
        label: what is copied, in words: the accessible name and the tooltip.
        text: gives what is copied.
        size: of the icon in pixels of the design.
    """

    def __init__(
        self, theme: Theme, *, label: str, text: Callable[[], str], size: int = 16, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._label = label
        self._text = text
        self.setProperty("kind", "quiet")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._icon = IconSetter(self, theme=theme, name="copy", size=size)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(COPIED_MS)
        self._rest.timeout.connect(self._say_label)
        self.clicked.connect(self._on_clicked)
        self._say_label()

    def _say_label(self) -> None:
        self._icon.show("copy", tone="muted")
        self._say(self._label)

    def _on_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._text())
        self._icon.show("check", tone="ok")
        self._say(self.tr("Copied"))
        self._rest.start()

    def _say(self, words: str) -> None:
        self.setAccessibleName(words)
        self.setToolTip(tooltip(words))
