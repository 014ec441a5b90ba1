"""The log with what a person needs to find something in it: level, filter, search, copy, save, its folder."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ollama_desk.domain.server_log import LogLevel, LogPiece
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.server.find_bar import FindBar
from ollama_desk.ui.server.log_list import LogList
from ollama_desk.ui.server.log_model import LogModel
from ollama_desk.ui.settings.controls import Choice
from ollama_desk.ui.shortcuts import Key, hint, install
from ollama_desk.ui.text import tooltip
from ollama_desk.ui.theme import Theme

FILTER_MS = 150  # after the last key


class LogPanel(QWidget):
    """Shows lines; asks for them to be saved, and for their folder."""

    save_requested = Signal(str, object)  # path, list of lines
    folder_requested = Signal()
    shown = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.lines = LogModel(parent=self)
        self.log = LogList(theme, self.lines, parent=self)
        self.level = Choice(theme, parent=self)
        self.filter = QLineEdit(self)
        self.newest = QPushButton(self.tr("Newest"), self)
        self.search = self._tool("search", hint(self.tr("Search in the log"), Key.FIND))
        self.copy = self._tool("copy", self.tr("Copy all lines"))
        self.save = self._tool("save", self.tr("Save as…"))
        self.folder = self._tool("folder", self.tr("Open folder"))
        self.bar = FindBar(theme, self.log, self.lines, parent=self)
        self._nothing = QLabel(self)
        self._stack = QStackedWidget(self)
        self._tools = QHBoxLayout()
        self._layout = QVBoxLayout(self)
        self._wait = QTimer(self)
        self._prepare()
        self._arrange()
        self._connect()
        theme.changed.connect(self._space)
        self._space()
        self._follow_rows()

    def append(self, piece: LogPiece) -> None:
        """Take over what came."""
        self.lines.append(piece)
        self._follow_rows()
        self.bar.refresh()

    def stand_in(self, texts: Sequence[str]) -> None:
        """Show these lines until the log itself has been read."""
        if texts:
            self.lines.stand_in(texts)
            self._follow_rows()

    def controls(self) -> list[QWidget]:
        """What the keyboard reaches, in reading order."""
        return [self.level, self.filter, self.newest, self.search, self.copy, self.save, self.folder, self.log]

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.shown.emit()

    def _prepare(self) -> None:
        self.level.name(self.tr("Lines to show"))
        self.level.show_choices(
            (
                (LogLevel.DEBUG, self.tr("All lines")),
                (LogLevel.INFO, self.tr("Without debugging")),
                (LogLevel.WARNING, self.tr("Warnings and errors")),
                (LogLevel.ERROR, self.tr("Errors only")),
            )
        )
        self.level.show_value(LogLevel.DEBUG)
        self.filter.setPlaceholderText(self.tr("Filter lines"))
        self.filter.setAccessibleName(self.tr("Filter lines"))
        self.filter.setClearButtonEnabled(True)
        self.newest.setProperty("kind", "quiet")
        self.newest.setAccessibleName(self.tr("Go to the newest line"))
        self.newest.setToolTip(self.tr("Go to the newest line and follow"))
        IconSetter(self.newest, theme=self._theme, name="down", size=16)
        self.newest.hide()
        self.bar.hide()
        self._nothing.setTextFormat(Qt.TextFormat.PlainText)
        self._nothing.setProperty("role", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        self._wait.setSingleShot(True)
        self._wait.setInterval(FILTER_MS)

    def _arrange(self) -> None:
        self.level.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._tools.addWidget(self.level, 1)
        self._tools.addSpacing(self._theme.px(4))
        self._tools.addWidget(self.filter, 2)
        self._tools.addStretch(1)
        for widget in (self.newest, self.search, self.copy, self.save, self.folder):
            self._tools.addWidget(widget)
        self._stack.addWidget(self.log)
        self._stack.addWidget(self._nothing)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addLayout(self._tools)
        self._layout.addWidget(self.bar)
        self._layout.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.level.picked.connect(self._on_level_picked)
        self.filter.textChanged.connect(lambda _: self._wait.start())
        self._wait.timeout.connect(self._sift)
        self.newest.clicked.connect(self.log.go_to_end)
        self.log.at_end_changed.connect(self._follow_rows)
        self.log.selectionModel().selectionChanged.connect(self._name_copy)
        self.search.clicked.connect(self.bar.open)
        self.copy.clicked.connect(self._on_copy_clicked)
        self.save.clicked.connect(self._on_save_clicked)
        self.folder.clicked.connect(self.folder_requested)
        install(Key.FIND, self, self.bar.open, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _on_level_picked(self, level: object) -> None:
        self.level.show_value(level)
        self._sift()

    def _sift(self) -> None:
        """Show what the filters let through."""
        level = self.level.value
        self.lines.show_only(level if isinstance(level, LogLevel) else LogLevel.DEBUG, self.filter.text())
        self._follow_rows()
        self.bar.refresh()

    def _follow_rows(self) -> None:
        rows = self.lines.rowCount()
        self._stack.setCurrentWidget(self.log if rows else self._nothing)
        kept = self.lines.kept_count
        self._nothing.setText(
            self.tr("None of %n lines is like that.", "", kept) if kept else self.tr("The log is empty so far.")
        )
        for button in (self.search, self.copy, self.save):
            button.setEnabled(bool(rows))
        self.newest.setVisible(bool(rows) and not self.log.is_at_end)

    def _name_copy(self) -> None:
        some = self.log.selectionModel().hasSelection()
        _name(self.copy, self.tr("Copy the selected lines") if some else self.tr("Copy all lines"))

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.log.selected_text() or "\n".join(self.lines.texts()))

    def _on_save_clicked(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the log as"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("log")
        dialog.selectFile("ollama-desk-server.log")
        dialog.fileSelected.connect(lambda path: self.save_requested.emit(path, self.lines.texts()))
        dialog.open()

    def _tool(self, icon: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("kind", "quiet")
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        IconSetter(button, theme=self._theme, name=icon)
        _name(button, name)
        return button

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setSpacing(px(8))
        self._tools.setSpacing(px(4))
        self.level.setMinimumWidth(px(80))
        self.level.setMaximumWidth(px(170))
        self.filter.setMinimumWidth(px(60))
        self.filter.setMaximumWidth(px(320))


def _name(button: QToolButton, name: str) -> None:
    button.setAccessibleName(name.removesuffix("…"))
    button.setToolTip(tooltip(name))
