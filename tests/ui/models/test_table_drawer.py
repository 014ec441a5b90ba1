"""The drawer stands beside the table where there is room, and in its place where there is not."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ollama_desk.ui.models.drawer import ModelDrawer
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.theme import Theme
from tests.support.models_table import LARGE, LOADED, MIDDLE, READY, SMALL, focus, select

WIDE, NARROW = 1100, 640


class Page:
    """The panel with a drawer."""

    def __init__(self, theme: Theme, qtbot: QtBot, width: int) -> None:
        self.panel = ModelsPanel(theme)
        qtbot.addWidget(self.panel)
        self.panel.resize(width, 600)
        self.drawer = ModelDrawer(theme, parent=self.panel)
        self.panel.place_drawer(self.drawer)
        self.panel.show_server(READY)
        self.panel.show_models((SMALL, LARGE, MIDDLE), (LOADED,))
        self.panel.show()
        self.table, self.details = self.panel.table, self.panel.place.details


@pytest.fixture
def wide(theme: Theme, qtbot: QtBot) -> Page:
    return Page(theme, qtbot, WIDE)


@pytest.fixture
def narrow(theme: Theme, qtbot: QtBot) -> Page:
    return Page(theme, qtbot, NARROW)


def test_where_it_is_wide_the_drawer_follows_the_selection(wide: Page) -> None:
    assert wide.details.isChecked()
    assert not wide.drawer.isVisible()
    select(wide.panel, "Large:70b")
    assert wide.drawer.isVisible()
    assert wide.table.isVisible()
    assert wide.drawer.name == "Large:70b"
    select(wide.panel, "small:1b")
    assert wide.drawer.name == "small:1b"
    wide.table.clearSelection()
    assert not wide.drawer.isVisible()


def test_while_more_are_selected_the_drawer_stays_with_its_model(wide: Page) -> None:
    wide.table.selectRow(1)
    wide.table.selectAll()
    assert wide.drawer.name == "middle:900m"
    wide.panel.show_models((SMALL, LARGE), ())
    assert wide.drawer.name == ""
    wide.table.clearSelection()
    wide.table.selectAll()
    assert wide.drawer.name == ""


def test_its_close_button_turns_the_toggle_off_and_space_turns_it_on(wide: Page) -> None:
    focus(wide.table)
    wide.table.selectRow(0)
    wide.drawer.closed.emit()
    assert not wide.details.isChecked()
    assert not wide.drawer.isVisible()
    wide.table.selectRow(1)
    assert not wide.drawer.isVisible()
    QTest.keyClick(wide.table, Qt.Key.Key_Space)
    assert wide.drawer.name == "middle:900m"
    assert wide.table.selected_keys() == ("middle:900m",)


def test_where_it_is_narrow_the_drawer_takes_the_place_of_the_table_for_one_look(narrow: Page, qtbot: QtBot) -> None:
    assert not narrow.details.isEnabled()
    focus(narrow.table)
    narrow.table.selectRow(0)
    assert narrow.table.isVisible()
    assert not narrow.drawer.isVisible()
    QTest.keyClick(narrow.table, Qt.Key.Key_Space)
    assert narrow.drawer.isVisible()
    assert not narrow.table.isVisible()
    qtbot.waitUntil(lambda: narrow.drawer.width() > 420, timeout=20_000)
    assert narrow.drawer.isAncestorOf(narrow.panel.window().focusWidget())
    QTest.keyClick(narrow.drawer.tabs, Qt.Key.Key_Escape)
    assert narrow.table.isVisible()
    assert not narrow.drawer.isVisible()
    assert narrow.table.hasFocus()
    assert narrow.panel.selected_names() == ("Large:70b",)


def test_a_window_that_grows_or_shrinks_moves_the_drawer(narrow: Page) -> None:
    narrow.table.selectRow(0)
    narrow.details.trigger()
    narrow.panel.resize(WIDE, 600)
    assert narrow.table.isVisible()
    assert narrow.drawer.isVisible()
    narrow.panel.resize(NARROW, 600)
    assert narrow.table.isVisible()
    assert not narrow.drawer.isVisible()


def test_a_model_that_goes_gives_the_place_back(narrow: Page) -> None:
    narrow.table.selectRow(0)
    narrow.details.trigger()
    assert not narrow.table.isVisible()
    narrow.panel.show_models((SMALL,), ())
    assert narrow.table.isVisible()
    assert not narrow.drawer.isVisible()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_renaming_opens_the_drawer_with_the_field_for_the_name(theme: Theme, qtbot: QtBot, width: int) -> None:
    page = Page(theme, qtbot, width)
    page.panel.place.want(wanted=False)
    page.table.selectRow(0)
    page.panel.place.begin_rename()
    assert page.drawer.isVisible()
    assert page.drawer.name == "Large:70b"
