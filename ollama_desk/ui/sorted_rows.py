"""Puts the rows of a ``TableModel`` in order and leaves some out."""

from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel

from ollama_desk.ui.table_model import SORT_ROLE, TableModel


class SortedRows(QSortFilterProxyModel):
    """Compares cells where they lie: through ``data`` a thousand rows take a fifth of a second, so a twentieth."""

    def __init__(self, rows: TableModel[Any], *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows = rows
        self.setSortRole(SORT_ROLE)  # a change of another role does not sort again
        self.setSourceModel(rows)

    def lessThan(self, left: QModelIndex | QPersistentModelIndex, right: QModelIndex | QPersistentModelIndex) -> bool:
        column = left.column()
        one, other = self.rows.cell_at(left.row(), column), self.rows.cell_at(right.row(), column)
        return bool(one.sort < other.sort)
