"""A table of rows that know their key: the view is told of the cells that changed, never of more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()

SORT_ROLE = Qt.ItemDataRole.UserRole
KEY_ROLE = Qt.ItemDataRole.UserRole + 1
MUTED_ROLE = Qt.ItemDataRole.UserRole + 2
NUMBER_ALIGNMENT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
TEXT_ALIGNMENT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows, sorts by and explains."""

    text: str
    sort: Any = ""  # anything that orders; the same kind in the whole column
    tip: str = ""  # safe rich text


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column: its title and how it reads a row.

    Args:
        title: of the header.
        cell: what a row has here.
        sample: a text as wide as this column usually needs; of several lines the widest counts.
        number: whether it is aligned right.
        muted: whether it is of less weight.
        rank: columns of a higher rank are hidden first where the window is narrow; 0: never.
        share: of the table's width, which it takes where that is more than its sample needs.
    """

    title: str
    cell: Callable[[Row], Cell]
    sample: str
    number: bool = False
    muted: bool = False
    rank: int = 0
    share: float = 0.0


class TableModel(QAbstractTableModel, Generic[Row]):
    """Rows in the order in which they came; sorting is the proxy's.

    Args:
        columns: from left to right.
        key: what tells one row from another.
    """

    def __init__(
        self, columns: Sequence[Column[Row]], *, key: Callable[[Row], str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._key = key
        self._keys: list[str] = []
        self._cells: list[list[Cell]] = []

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Become these rows: the gone ones are removed, the known ones changed, the new ones appended."""
        wanted = {self._key(row): [column.cell(row) for column in self.columns] for row in rows}
        for at in reversed(range(len(self._keys))):
            if self._keys[at] not in wanted:
                self._remove(at)
        for at, key in enumerate(self._keys):
            self._change(at, wanted.pop(key))
        if wanted:
            first = len(self._keys)
            self.beginInsertRows(NOWHERE, first, first + len(wanted) - 1)
            self._keys += wanted.keys()
            self._cells += wanted.values()
            self.endInsertRows()

    def show_row(self, row: Row) -> None:
        """Change the row with this key; a key that is not here changes nothing."""
        key = self._key(row)
        if key in self._keys:
            self._change(self._keys.index(key), [column.cell(row) for column in self.columns])

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._keys)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: PLR0911 - a line for each role
        if not index.isValid():
            return None
        cell, column = self._cells[index.row()][index.column()], self.columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell.text
            case Qt.ItemDataRole.ToolTipRole:
                return cell.tip
            case Qt.ItemDataRole.TextAlignmentRole:
                return NUMBER_ALIGNMENT if column.number else TEXT_ALIGNMENT
            case Qt.ItemDataRole.UserRole:  # SORT_ROLE
                return cell.sort
        if role == KEY_ROLE:
            return self._keys[index.row()]
        return column.muted if role == MUTED_ROLE else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return NUMBER_ALIGNMENT if self.columns[section].number else TEXT_ALIGNMENT
        return None

    def _remove(self, at: int) -> None:
        self.beginRemoveRows(NOWHERE, at, at)
        del self._keys[at], self._cells[at]
        self.endRemoveRows()

    def _change(self, at: int, cells: list[Cell]) -> None:
        before, self._cells[at] = self._cells[at], cells
        for column, (old, new) in enumerate(zip(before, cells, strict=True)):
            if old == new:
                continue
            roles = [SORT_ROLE] if old.sort != new.sort else []
            roles += [Qt.ItemDataRole.DisplayRole] if old.text != new.text else []
            roles += [Qt.ItemDataRole.ToolTipRole] if old.tip != new.tip else []
            index = self.index(at, column)
            self.dataChanged.emit(index, index, roles)
