"""The line below the settings that says that the server has to be started again."""

from collections.abc import Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from ollama_desk.domain.settings import Restart
from ollama_desk.ui.theme import Theme


class RestartBar(QFrame):
    """Hidden while everything that is set is in force."""

    restart_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settingsbar")
        self._theme = theme
        self.text = QLabel(self, textFormat=Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setText(self.tr("The server still runs with the earlier settings."))
        self.button = QPushButton(self.tr("Restart server"), self)
        self.button.setProperty("kind", "primary")
        self.button.setToolTip(self.tr("Ends answers that are being given"))
        self.button.clicked.connect(self.restart_requested)
        self._layout = QHBoxLayout(self)
        self._layout.addWidget(self.text, 1)
        self._layout.addWidget(self.button)
        theme.changed.connect(self._space)
        self._space()
        self.hide()

    def show_restart(self, needed: Collection[Restart]) -> None:
        """Offer a restart where one is needed. Another start of the app is for the person to choose, and said there."""
        self.setVisible(Restart.SERVER in needed)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(24), px(8), px(24), px(8))
        self._layout.setSpacing(px(12))
