"""The mark of the sorting stands beside the title that it is about."""

from dataclasses import dataclass

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from ollama_desk.ui.row_table import PADDING, RowTable
from ollama_desk.ui.sorted_rows import SortedRows
from ollama_desk.ui.table_model import Cell, Column, TableModel
from ollama_desk.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Row:
    name: str


def _changed(before: QImage, after: QImage) -> set[int]:
    """The columns of pixels in which two pictures differ."""
    size = before.size()
    return {x for x in range(size.width()) for y in range(size.height()) if before.pixel(x, y) != after.pixel(x, y)}


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
@pytest.mark.parametrize("number", [False, True])
def test_the_mark_of_the_sorting_never_covers_the_title(
    qtbot: QtBot, theme: Theme, direction: Qt.LayoutDirection, *, number: bool
) -> None:
    columns: tuple[Column[Row], ...] = (
        Column("Name", lambda row: Cell(row.name, row.name), "a name"),
        Column("Own", lambda row: Cell(row.name, row.name), "999 MB", number=number),
    )
    rows = TableModel(columns, key=lambda row: row.name)
    rows.show_rows([Row("a"), Row("b")])
    proxy = SortedRows(rows)
    table = RowTable(theme)
    qtbot.addWidget(table)
    table.setLayoutDirection(direction)
    table.resize(600, 200)
    table.show_columns(proxy, columns)
    table.show()
    header = table.horizontalHeader()
    place = QRect(header.sectionViewportPosition(1), 0, header.sectionSize(1), header.height())

    def picture(section: int) -> QImage:
        table.sortByColumn(section, Qt.SortOrder.DescendingOrder)
        return header.viewport().grab(place).toImage().convertToFormat(QImage.Format.Format_RGB32)

    marked = _changed(picture(0), picture(1))
    is_right = number is (direction is Qt.LayoutDirection.LeftToRight)
    titled = theme.px(PADDING) + 12
    assert marked
    if is_right:
        assert max(marked) < place.width() - titled
    else:
        assert min(marked) > titled
