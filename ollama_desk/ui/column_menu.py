"""The menu in which a person chooses the columns of a table."""

from PySide6.QtCore import QCoreApplication, QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu

from ollama_desk.ui.column_choice import ColumnChoice
from ollama_desk.ui.row_table import RowTable


class ColumnMenu(QObject):
    """Opens over the header of a table. What has no room is not marked, and gets the room first when it is chosen."""

    chosen = Signal()

    def __init__(self, table: RowTable) -> None:
        super().__init__(table)
        self._table = table
        header = table.horizontalHeader()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._on_context_menu_requested)

    def menu(self) -> QMenu:
        """The columns by name; it goes when it closes."""
        menu = QMenu(self._table)
        menu.setAccessibleName(_tr("Columns"))
        menu.aboutToHide.connect(menu.deleteLater)
        for at, column in enumerate(self._table.columns):
            if not column.key:
                continue
            is_shown = not self._table.isColumnHidden(at)
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(is_shown)
            action.setEnabled(at > 0)
            action.triggered.connect(lambda wanted, key=column.key: self._choose(key, wanted=wanted))
        menu.addSeparator()
        self._add_orders(menu.addMenu(_tr("Sort by")))
        reset = menu.addAction(_tr("As at first"))
        reset.setEnabled(self._table.choice != ColumnChoice())
        reset.triggered.connect(self._reset)
        return menu

    def _add_orders(self, menu: QMenu) -> None:
        """For those who do not click on the header; the column that is sorted by already turns round."""
        header = self._table.horizontalHeader()
        for at, column in enumerate(self._table.columns):
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(at == header.sortIndicatorSection())
            action.triggered.connect(lambda _checked, at=at: self._sort(at))

    def _sort(self, at: int) -> None:
        header, orders = self._table.horizontalHeader(), Qt.SortOrder
        turns = at == header.sortIndicatorSection() and header.sortIndicatorOrder() is orders.AscendingOrder
        self._table.sortByColumn(at, orders.DescendingOrder if turns else orders.AscendingOrder)

    def _choose(self, key: str, *, wanted: bool) -> None:
        choice = self._table.choice
        self._table.choose_columns(choice.with_wanted(key) if wanted else choice.with_unwanted(key))
        self.chosen.emit()

    def _reset(self) -> None:
        self._table.choose_columns(ColumnChoice())
        self.chosen.emit()

    def _on_context_menu_requested(self, at: QPoint) -> None:
        self.menu().popup(self._table.horizontalHeader().viewport().mapToGlobal(at))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Columns", text)
