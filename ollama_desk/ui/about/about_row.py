"""The way from the settings to what tells about the program."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from ollama_desk.ui.shortcuts import Key, hint
from ollama_desk.ui.theme import Theme


class AboutRow(QWidget):
    """Two buttons."""

    about_requested = Signal()
    keys_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.about = QPushButton(self.tr("About Ollama Desk"), self)
        self.about.setToolTip(self.tr("Version, folders and licences"))
        self.about.clicked.connect(self.about_requested)
        self.keys = QPushButton(self.tr("Keyboard shortcuts"), self)
        self.keys.setToolTip(hint(self.tr("Keyboard shortcuts"), Key.SHORTCUTS))
        self.keys.clicked.connect(self.keys_requested)
        self._layout = QVBoxLayout(self)  # beside each other large letters would not leave them room
        for button in (self.about, self.keys):
            self._layout.addWidget(button, 0, Qt.AlignmentFlag.AlignLeading)
        theme.changed.connect(self._space)
        self._space()

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(16), px(12), px(16), px(12))
        self._layout.setSpacing(px(8))
