"""The list of the keyboard shortcuts that work in this window."""

from collections.abc import Sequence

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from ollama_desk.ui.row_table import RowTable
from ollama_desk.ui.shortcuts import Key, meaning, place
from ollama_desk.ui.table_model import Cell, Column, TableModel
from ollama_desk.ui.theme import Theme


class KeysDialog(QDialog):
    """Destroys itself when closed."""

    def __init__(self, theme: Theme, keys: Sequence[Key], *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        title = QLabel(self.tr("Keyboard shortcuts"), self)
        title.setProperty("role", "title")
        wide = self.fontMetrics().horizontalAdvance
        widest = max((key.native for key in keys), key=wide, default="")
        widest_place = max((place(key) for key in keys), key=wide, default="")
        columns = (
            Column(self.tr("What it does"), _meaning, "Show or hide"),
            Column(self.tr("Keys"), _keys, widest),
            Column(self.tr("Where"), _place, widest_place, muted=True),
        )
        rows = TableModel(columns, key=lambda key: key.name, parent=self)
        rows.show_rows(list(keys))
        proxy = QSortFilterProxyModel(self)
        proxy.setSourceModel(rows)
        self.table = RowTable(theme, parent=self)
        self.table.setAccessibleName(self.tr("Keyboard shortcuts"))
        self.table.show_columns(proxy, rows.columns)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)  # as they are listed
        buttons = QDialogButtonBox(self)
        buttons.addButton(QPushButton(self.tr("Close")), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.px(24), theme.px(20), theme.px(24), theme.px(16))
        layout.setSpacing(theme.px(12))
        for widget in (title, self.table, buttons):
            layout.addWidget(widget)
        self.resize(theme.px(640), theme.px(560))
        self.table.setFocus()


def _meaning(key: Key) -> Cell:
    return Cell(meaning(key), meaning(key))


def _keys(key: Key) -> Cell:
    return Cell(key.native, list(Key).index(key))


def _place(key: Key) -> Cell:
    return Cell(place(key), place(key))
