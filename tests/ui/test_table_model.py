"""The table's model tells the view what changed and nothing more."""

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from ollama_desk.ui.table_model import KEY_ROLE, SORT_ROLE, Cell, Column, TableModel
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
