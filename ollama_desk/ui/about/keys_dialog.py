"""The list of the keyboard shortcuts that work in this window."""

from collections.abc import Sequence

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

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
        order = list(Key)
        columns = (
            Column[Key](self.tr("What it does"), lambda key: Cell(meaning(key), meaning(key)), "Show or hide"),
            Column[Key](
                self.tr("Keys"),
                lambda key: Cell(key.native, order.index(key)),
                max((key.native for key in keys), key=len, default=""),
            ),
            Column[Key](self.tr("Where"), lambda key: Cell(place(key), place(key)), self._widest(keys), muted=True),
        )
        rows = TableModel(columns, key=lambda key: key.name, parent=self)
        rows.show_rows(list(keys))
        proxy = QSortFilterProxyModel(self)
        proxy.setSourceModel(rows)
        self.table = RowTable(theme, parent=self)
        self.table.setAccessibleName(self.tr("Keyboard shortcuts"))
        self.table.show_columns(proxy, rows.columns)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)  # as they are listed
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.px(24), theme.px(20), theme.px(24), theme.px(16))
        layout.setSpacing(theme.px(12))
        for widget in (title, self.table, buttons):
            layout.addWidget(widget)
        self.resize(theme.px(600), theme.px(480))
        self.table.setFocus()

    def _widest(self, keys: Sequence[Key]) -> str:
        return max((place(key) for key in keys), key=len, default="")
