"""Controls for a folder and for the server's program: written as a path or chosen in a dialog, never waited for."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ollama_desk.ui.settings.controls import Choice, TextField
from ollama_desk.ui.theme import Theme

BUILT_IN = "built-in"
FILE = "file"


class FolderField(QWidget):
    """A folder. ``picked`` carries its path as it was written or chosen; empty for the default."""

    picked = Signal(object)
    restored = Signal()
    open_requested = Signal()
    move_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.field = TextField(parent=self)
        self.field.picked.connect(self.picked)
        self.field.restored.connect(self.restored)
        self.choose = QPushButton(self.tr("Choose…"), self)
        self.choose.clicked.connect(self._on_choose_clicked)
        self.open = QPushButton(self.tr("Open"), self)
        self.open.clicked.connect(self.open_requested)
        self.move_models = QPushButton(self.tr("Move models…"), self)
        self.move_models.setToolTip(self.tr("Take all models along to another folder or disk"))
        self.move_models.clicked.connect(self.move_requested)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._buttons = QHBoxLayout()
        self._buttons.addWidget(self.choose, 1)
        self._buttons.addWidget(self.open, 1)
        self._layout.addWidget(self.field)
        self._layout.addLayout(self._buttons)
        self._layout.addWidget(self.move_models)
        self.setFocusProxy(self.field)
        theme.changed.connect(self._space)
        self._space()

    def show_value(self, value: object) -> None:
        self.field.show_value(value)

    def name(self, label: str) -> None:
        self.field.name(label)
        self.choose.setAccessibleName(self.tr("Choose: %1").replace("%1", label))
        self.open.setAccessibleName(self.tr("Open: %1").replace("%1", label))
        self.move_models.setAccessibleName(self.tr("Move: %1").replace("%1", label))

    def lock(self, *, locked: bool) -> None:
        """What hides the setting leaves the folder to be looked at."""
        self.field.setEnabled(not locked)
        self.choose.setEnabled(not locked)

    def _on_choose_clicked(self) -> None:
        dialog = QFileDialog(self.window(), self.tr("Choose a folder for models"), self.field.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._on_file_selected)
        dialog.open()

    def _on_file_selected(self, path: str) -> None:
        self.field.setText(path)
        self.picked.emit(path)

    def _space(self) -> None:
        self._layout.setSpacing(self._theme.px(8))
        self._buttons.setSpacing(self._theme.px(8))


class ProgramField(QWidget):
    """Which program is the server. ``picked`` carries "", "built-in" or a path."""

    picked = Signal(object)
    restored = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.choice = Choice(theme, parent=self)
        self.choice.show_choices(
            [
                ("", self.tr("Find automatically")),
                (BUILT_IN, self.tr("Built-in engine")),
                (FILE, self.tr("A file")),
            ]
        )
        self.field = TextField(parent=self)
        self.field.setPlaceholderText(self.tr("Path of a program"))
        self.choose = QPushButton(self.tr("Choose…"), self)
        self._row = QHBoxLayout()
        self._row.addWidget(self.field, 1)
        self._row.addWidget(self.choose)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self.choice)
        self._layout.addLayout(self._row)
        self.choice.picked.connect(self._on_choice_picked)
        self.field.picked.connect(self._on_path_picked)
        self.field.restored.connect(self.restored)
        self.choose.clicked.connect(self._on_choose_clicked)
        self.setFocusProxy(self.choice)
        theme.changed.connect(self._space)
        self._space()
        self.show_value("")

    def show_value(self, value: object) -> None:
        is_path = value not in ("", BUILT_IN)
        self.choice.show_value(FILE if is_path else value)
        self.field.show_value(value if is_path else "")
        self._show_path(shown=is_path)

    def name(self, label: str) -> None:
        self.choice.name(label)
        self.field.name(self.tr("Path of the program"))
        self.choose.setAccessibleName(self.tr("Choose: %1").replace("%1", label))

    def lock(self, *, locked: bool) -> None:
        self.setEnabled(not locked)

    def _show_path(self, *, shown: bool) -> None:
        self.field.setVisible(shown)
        self.choose.setVisible(shown)

    def _on_choice_picked(self, value: object) -> None:
        self._show_path(shown=value == FILE)
        if value == FILE:
            self.field.show_value("")
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.picked.emit(value)

    def _on_path_picked(self, value: object) -> None:
        if value:
            self.picked.emit(value)

    def _on_choose_clicked(self) -> None:
        dialog = QFileDialog(self.window(), self.tr("Choose the server's program"), self.field.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._on_file_selected)
        dialog.open()

    def _on_file_selected(self, path: str) -> None:
        self.field.setText(path)
        self.picked.emit(path)

    def _space(self) -> None:
        self._layout.setSpacing(self._theme.px(8))
        self._row.setSpacing(self._theme.px(8))
