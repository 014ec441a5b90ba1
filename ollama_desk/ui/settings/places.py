"""Where the settings file and the rest of the program's data are, each with a way there."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSizePolicy, QWidget

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
        self._grid = QGridLayout(self)
        for line, (caption, path) in enumerate(
            ((self.tr("Settings file"), self.file), (self.tr("Data folder"), self.data_folder))
        ):
            path.setProperty("role", "note")
            path.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(QLabel(caption, self), 2 * line, 0)
            self._grid.addWidget(path, 2 * line, 1)
        self._grid.addWidget(self.open_file, 0, 2)
        self._grid.addWidget(self.open_file_folder, 0, 3)
        self._grid.addWidget(about, 1, 0, 1, 4)
        self._grid.addWidget(self.open_data, 2, 3)
        self._grid.addWidget(self.override, 3, 0, 1, 4)
        self._grid.setColumnStretch(1, 1)
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

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def _space(self) -> None:
        px = self._theme.px
        self._grid.setContentsMargins(px(16), px(12), px(16), px(12))
        self._grid.setHorizontalSpacing(px(8))
        self._grid.setVerticalSpacing(px(8))
