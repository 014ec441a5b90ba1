"""About the program: its version, its folders, and the licence of every part that it is made of."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ollama_desk.ui.about.parts import Part
from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.text import clean, one_line
from ollama_desk.ui.theme import Theme


class AboutDialog(QDialog):
    """Asks to open folders and for the text of a licence; destroys itself when closed.

    Args:
        theme: for its measures.
        versions: of the program and of what carries it, by name.
        folders: what a person calls them, and where they are.
        parent: the window.
    """

    open_requested = Signal(Path)
    text_requested = Signal(int)  # of the part in this place
    keys_requested = Signal()

    def __init__(
        self, theme: Theme, *, versions: Mapping[str, str], folders: Mapping[str, Path], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("About Ollama Desk"))
        self._theme = theme
        title = self._label("Ollama Desk", "title")
        self.versions = self._label(" · ".join(f"{name} {version}" for name, version in versions.items()), "muted")
        self.versions.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.parts = QListWidget(self)
        self.parts.setAccessibleName(self.tr("Parts and their licences"))
        self.parts.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.parts.currentRowChanged.connect(self._on_part_changed)
        self.licence = QPlainTextEdit(self)
        self.licence.setProperty("role", "log")
        self.licence.setReadOnly(True)
        self.licence.setTabChangesFocus(True)
        self.licence.setAccessibleName(self.tr("Text of the licence"))
        self.licence.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.licence.setPlaceholderText(self.tr("Choose a part to read its licence."))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.px(24), theme.px(20), theme.px(24), theme.px(16))
        layout.setSpacing(theme.px(8))
        for widget in (title, self.versions, self._label(self.tr("Folders"), "caption"), self._folders(folders)):
            layout.addWidget(widget)
        layout.addWidget(self._label(self.tr("Parts and their licences"), "caption"))
        layout.addWidget(self.parts, 2)
        layout.addWidget(self.licence, 3)
        layout.addWidget(self._buttons())
        for widget in (self.parts, self.licence):
            widget.setMinimumHeight(theme.px(40))  # large letters on a small screen
        self.resize(theme.px(640), theme.px(620))

    def show_parts(self, parts: Sequence[Part]) -> None:
        """List what the program is made of."""
        self.parts.clear()
        self.parts.addItems([one_line(" · ".join(filter(None, (f"{p.name} {p.version}", p.licence)))) for p in parts])

    def show_text(self, text: str) -> None:
        """The licence of the part that is chosen."""
        self.licence.setPlainText(clean(text) or self.tr("This package does not bring the text of its licence."))

    def _folders(self, folders: Mapping[str, Path]) -> QWidget:
        box = QWidget(self)
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(self._theme.px(8))
        grid.setVerticalSpacing(self._theme.px(4))
        grid.setColumnStretch(1, 1)
        for row, (name, path) in enumerate(folders.items()):
            place = ElidedLabel(box)
            place.setProperty("role", "note")
            place.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            place.show_text(str(path))
            opens, copies = QPushButton(self.tr("Open"), box), QPushButton(self.tr("Copy path"), box)
            opens.setAccessibleName(self.tr("Open: %1").replace("%1", name))
            copies.setAccessibleName(self.tr("Copy path: %1").replace("%1", name))
            opens.clicked.connect(lambda _=False, path=path: self.open_requested.emit(path))
            copies.clicked.connect(lambda _=False, path=path: QGuiApplication.clipboard().setText(str(path)))
            for column, widget in enumerate((self._label(name, ""), place, opens, copies)):
                grid.addWidget(widget, row, column)
        return box

    def _buttons(self) -> QWidget:
        row = QWidget(self)
        across = QHBoxLayout(row)
        across.setContentsMargins(0, self._theme.px(8), 0, 0)
        keys, close = QPushButton(self.tr("Keyboard shortcuts"), row), QPushButton(self.tr("Close"), row)
        keys.clicked.connect(self.keys_requested)
        close.clicked.connect(self.reject)
        close.setDefault(True)
        across.addWidget(keys)
        across.addStretch(1)
        across.addWidget(close)
        return row

    def _label(self, text: str, role: str) -> QLabel:
        label = QLabel(text, self, textFormat=Qt.TextFormat.PlainText)
        label.setProperty("role", role)
        label.setWordWrap(role == "muted")
        return label

    def _on_part_changed(self, row: int) -> None:
        if row >= 0:
            self.text_requested.emit(row)
