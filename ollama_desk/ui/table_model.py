"""A table of rows that know their key: the view is told of the cells that changed, never of more."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ollama_desk.ui.icons import Tone

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()

SORT_ROLE = Qt.ItemDataRole.UserRole
KEY_ROLE = Qt.ItemDataRole.UserRole + 1
MUTED_ROLE = Qt.ItemDataRole.UserRole + 2
BADGES_ROLE = Qt.ItemDataRole.UserRole + 3
NUMBER_ALIGNMENT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
TEXT_ALIGNMENT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Badge:
    """A small drawing behind a text; ``Cell.spoken`` and ``Cell.tip`` say the same in words."""

    icon: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows, sorts by and explains."""

    text: str
    sort: Any = ""  # anything that orders; the same kind in the whole column
    tip: str = ""  # safe rich text
    badges: tuple[Badge, ...] = ()
    spoken: str = ""  # what a screen reader says in place of ``text``


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
        key: what it is called where it is remembered; the same in every language.
    """

    title: str
    cell: Callable[[Row], Cell]
    sample: str
    number: bool = False
    muted: bool = False
    rank: int = 0
    share: float = 0.0
    key: str = ""


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
        self._places: dict[str, int] = {}
        self._rows: list[Row] = []
        self._cells: list[list[Cell]] = []

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Become these rows: the gone ones are removed, the known ones changed, the new ones appended."""
        wanted = {self._key(row): row for row in rows}
        if any(key not in wanted for key in self._keys):
            self._remove_others(wanted)
        for at, key in enumerate(self._keys):
            self._change(at, wanted.pop(key))
        if wanted:
            first = len(self._keys)
            self.beginInsertRows(NOWHERE, first, first + len(wanted) - 1)
            self._places |= {key: first + number for number, key in enumerate(wanted)}
            self._keys += wanted.keys()
            self._rows += wanted.values()
            self._cells += map(self._read, wanted.values())
            self.endInsertRows()

    def show_row(self, row: Row) -> None:
        """Change the row with this key; a key that is not here changes nothing."""
        at = self._places.get(self._key(row))
        if at is not None:
            self._change(at, row)

    def find(self, key: str) -> QModelIndex:
        """The first cell of the row with this key; nowhere where it is not here."""
        at = self._places.get(key)
        return QModelIndex() if at is None else self.index(at, 0)

    def row_at(self, at: int) -> Row:
        """What stands at this place."""
        return self._rows[at]

    def cell_at(self, at: int, column: int) -> Cell:
        """What stands at this place in this column."""
        return self._cells[at][column]

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._keys)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
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
            case Qt.ItemDataRole.AccessibleTextRole:
                return cell.spoken or cell.text
        return self._own(role, index.row(), cell, column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return NUMBER_ALIGNMENT if self.columns[section].number else TEXT_ALIGNMENT
        return None

    def _own(self, role: int, at: int, cell: Cell, column: Column[Row]) -> Any:
        match role - SORT_ROLE:
            case 0:
                return cell.sort
            case 1:  # KEY_ROLE
                return self._keys[at]
            case 2:  # MUTED_ROLE
                return column.muted
            case 3:  # BADGES_ROLE
                return cell.badges
            case _:
                return None

    def _read(self, row: Row) -> list[Cell]:
        return [column.cell(row) for column in self.columns]

    def _remove_others(self, wanted: Container[str]) -> None:
        """Remove what is not wanted, neighbours together."""
        end = len(self._keys)
        while end:
            begin = end
            while begin and self._keys[begin - 1] not in wanted:
                begin -= 1
            if begin < end:
                self.beginRemoveRows(NOWHERE, begin, end - 1)
                del self._keys[begin:end], self._rows[begin:end], self._cells[begin:end]
                self.endRemoveRows()
            end = max(begin - 1, 0)
        self._places = {key: at for at, key in enumerate(self._keys)}

    def _change(self, at: int, row: Row) -> None:
        """Tell of the cells that are other than before; a row that is the same is not read again."""
        if self._rows[at] == row:
            return
        before, cells = self._cells[at], self._read(row)
        self._rows[at], self._cells[at] = row, cells
        for column, (old, new) in enumerate(zip(before, cells, strict=True)):
            if old != new:
                index = self.index(at, column)
                self.dataChanged.emit(index, index, _changed_roles(old, new))


def _changed_roles(old: Cell, new: Cell) -> list[int]:
    facets = (
        (SORT_ROLE, old.sort != new.sort),
        (Qt.ItemDataRole.DisplayRole, old.text != new.text),
        (Qt.ItemDataRole.ToolTipRole, old.tip != new.tip),
        (BADGES_ROLE, old.badges != new.badges),
        (Qt.ItemDataRole.AccessibleTextRole, old.spoken != new.spoken),
    )
    return [int(role) for role, is_other in facets if is_other]
