"""Where the settings file and the rest of the program's data are, each with a way there."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.theme import Theme


class Places(QWidget):
    """Shows two paths; asks to open "file", "file_folder" or "data_folder"."""

    open_requested = Signal(str)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.file = ElidedLabel(self)
        self.data_folder = ElidedLabel(self)
        for path in (self.file, self.data_folder):
            path.setProperty("role", "note")
            path.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.override = QLabel(self, textFormat=Qt.TextFormat.PlainText)
        self.override.setProperty("role", "note")
        self.override.setWordWrap(True)
        self.override.hide()
        self.open_file = self._button(self.tr("Open"), self.tr("Open the settings file"), "file")
        self.open_file_folder = self._button(
            self.tr("Open folder"), self.tr("Open the folder of the settings file"), "file_folder"
        )
        self.open_data = self._button(self.tr("Open folder"), self.tr("Open the data folder"), "data_folder")
        about = QLabel(
            self.tr("Settings can be changed in their file, too. A change is taken over while the app runs."),
            self,
            textFormat=Qt.TextFormat.PlainText,
        )
        about.setProperty("role", "note")
        about.setWordWrap(True)
        self._rows: list[tuple[QHBoxLayout, QVBoxLayout]] = []
        self._layout = QVBoxLayout(self)
        self._add(self.tr("Settings file"), [self.file, about], [self.open_file, self.open_file_folder])
        line = QFrame(self)
        line.setObjectName("divider")
        self._layout.addWidget(line)
        self._add(self.tr("Data folder"), [self.data_folder, self.override], [self.open_data])
        theme.changed.connect(self._space)
        self._space()

    def show_paths(self, file: Path, data_folder: Path) -> None:
        self.file.show_text(str(file))
        self.data_folder.show_text(str(data_folder))

    def show_override(self, sentence: str) -> None:
        """Who decides where the data is; empty: nobody but the platform."""
        self.override.setText(sentence)
        self.override.setVisible(bool(sentence))

    def _button(self, text: str, name: str, key: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.clicked.connect(lambda: self.open_requested.emit(key))
        return button

    def _add(self, caption: str, below: Sequence[QLabel], buttons: Sequence[QPushButton]) -> None:
        words, row = QVBoxLayout(), QHBoxLayout()
        words.addWidget(QLabel(caption, self, textFormat=Qt.TextFormat.PlainText))
        for label in below:
            words.addWidget(label)
        words.addStretch(1)
        row.addLayout(words, 1)
        for button in buttons:
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._rows.append((row, words))
        self._layout.addLayout(row)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        for row, words in self._rows:
            row.setContentsMargins(px(16), px(12), px(16), px(12))
            row.setSpacing(px(8))
            words.setSpacing(px(2))
