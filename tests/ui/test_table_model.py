"""The table's model tells the view what changed and nothing more."""

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from ollama_desk.ui.sorted_rows import SortedRows
from ollama_desk.ui.table_model import BADGES_ROLE, KEY_ROLE, SORT_ROLE, Badge, Cell, Column, TableModel
from ollama_desk.ui.theme import Theme


@dataclass(frozen=True)
class Fruit:
    name: str
    count: int


def fruit_model() -> TableModel[Fruit]:
    columns: tuple[Column[Fruit], ...] = (
        Column("Name", lambda fruit: Cell(fruit.name, fruit.name), "pear"),
        Column("Count", lambda fruit: Cell(f"{fruit.count}", fruit.count, "exactly"), "99", number=True),
    )
    return TableModel(columns, key=lambda fruit: fruit.name)


def shown(model: TableModel[Fruit]) -> list[tuple[str, str]]:
    return [(model.index(row, 0).data(), model.index(row, 1).data()) for row in range(model.rowCount())]


def test_rows_come_go_and_change(theme: Theme) -> None:
    model = fruit_model()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show_rows([Fruit("pear", 1), Fruit("fig", 2), Fruit("plum", 3)])
    model.show_rows([Fruit("plum", 4), Fruit("lime", 5), Fruit("pear", 1)])
    assert shown(model) == [("pear", "1"), ("plum", "4"), ("lime", "5")]
    model.show_rows([])
    assert model.rowCount() == 0
    assert tester.model() is model


def test_only_the_changed_cell_is_announced_and_only_what_changed_of_it(theme: Theme) -> None:
    model = fruit_model()
    model.show_rows([Fruit("pear", 1), Fruit("fig", 2)])
    changes: list[tuple[int, int, list[int]]] = []

    def note(first: QModelIndex, last: QModelIndex, roles: list[int]) -> None:
        assert first == last
        changes.append((first.row(), first.column(), sorted(roles)))

    model.dataChanged.connect(note)
    model.show_rows([Fruit("pear", 1), Fruit("fig", 9)])
    assert changes == [(1, 1, sorted([Qt.ItemDataRole.DisplayRole, SORT_ROLE]))]


def test_the_same_rows_again_announce_nothing(theme: Theme, qtbot: QtBot) -> None:
    model = fruit_model()
    model.show_rows([Fruit("pear", 1)])
    with qtbot.assertNotEmitted(model.dataChanged), qtbot.assertNotEmitted(model.modelReset):
        model.show_rows([Fruit("pear", 1)])


def test_a_cell_is_known_by_its_key_and_numbers_stand_at_the_right(theme: Theme) -> None:
    model = fruit_model()
    model.show_rows([Fruit("pear", 1)])
    assert model.index(0, 1).data(KEY_ROLE) == "pear"
    assert model.index(0, 1).data(Qt.ItemDataRole.ToolTipRole) == "exactly"
    assert model.index(0, 1).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Count"
    assert model.headerData(0, Qt.Orientation.Vertical) is None


def test_a_row_that_is_the_same_is_not_read_again(theme: Theme) -> None:
    read: list[str] = []

    def cell(fruit: Fruit) -> Cell:
        read.append(fruit.name)
        return Cell(fruit.name)

    model = TableModel((Column("Name", cell, "pear"),), key=lambda fruit: fruit.name)
    model.show_rows([Fruit("pear", 1), Fruit("fig", 2)])
    read.clear()
    model.show_rows([Fruit("pear", 1), Fruit("fig", 3)])
    model.show_row(Fruit("pear", 1))
    model.show_row(Fruit("not here", 1))
    assert read == ["fig"]


def test_neighbours_that_go_are_removed_together(theme: Theme) -> None:
    model = fruit_model()
    model.show_rows([Fruit(name, 1) for name in "abcdefg"])
    removed: list[tuple[int, int]] = []
    model.rowsRemoved.connect(lambda _parent, first, last: removed.append((first, last)))
    model.show_rows([Fruit(name, 1) for name in "adg"])
    assert removed == [(4, 5), (1, 2)]
    model.show_row(Fruit("g", 7))
    assert shown(model) == [("a", "1"), ("d", "1"), ("g", "7")]


def test_marks_and_what_is_spoken_have_roles_of_their_own(theme: Theme) -> None:
    def cell(fruit: Fruit) -> Cell:
        ripe = fruit.count > 1
        return Cell("pear", badges=(Badge("star", "muted"),) if ripe else (), spoken="pear, ripe" if ripe else "")

    model = TableModel((Column("Name", cell, "pear"),), key=lambda fruit: fruit.name)
    model.show_rows([Fruit("pear", 1)])
    roles: list[list[int]] = []
    model.dataChanged.connect(lambda _first, _last, which: roles.append(sorted(which)))
    assert model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "pear"
    model.show_row(Fruit("pear", 2))
    assert roles == [sorted([Qt.ItemDataRole.AccessibleTextRole, BADGES_ROLE])]
    assert model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "pear, ripe"
    assert model.index(0, 0).data(BADGES_ROLE) == (Badge("star", "muted"),)
    assert model.index(0, 0).data(Qt.ItemDataRole.DecorationRole) is None


class CountingRows(SortedRows):
    """Counts what it compares."""

    compared = 0

    def lessThan(self, left: QModelIndex | QPersistentModelIndex, right: QModelIndex | QPersistentModelIndex) -> bool:
        self.compared += 1
        return super().lessThan(left, right)


def test_only_a_change_of_what_is_sorted_by_sorts_again_and_only_that_row(theme: Theme) -> None:
    model = fruit_model()
    model.show_rows([Fruit(f"{number:03}", number) for number in range(500)])
    rows = CountingRows(model)
    rows.sort(0)
    rows.compared = 0
    model.show_row(Fruit("200", 9))
    assert rows.compared == 0
    rows.sort(1, Qt.SortOrder.DescendingOrder)
    assert rows.index(0, 1).data() == "499"
    rows.compared = 0
    model.show_row(Fruit("200", 1000))
    assert rows.index(0, 1).data() == "1000"
    assert rows.compared < 60
