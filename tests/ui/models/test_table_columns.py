"""Columns are chosen by the person, and what was chosen is found again after a restart."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.models.drawer import ModelDrawer
from ollama_desk.ui.models.model_filter import Kind
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.models.table_memory import TableMemory
from ollama_desk.ui.theme import Theme
from tests.support.models_table import LARGE, LOADED, MIDDLE, READY, SMALL, columns, names


def opened(theme: Theme, qtbot: QtBot, texts: dict[str, str], width: int = 1100) -> ModelsPanel:
    panel = ModelsPanel(theme)
    qtbot.addWidget(panel)
    panel.resize(width, 600)
    panel.place_drawer(ModelDrawer(theme, parent=panel))
    TableMemory(texts, panel=panel)
    panel.show_server(READY)
    panel.show_models((SMALL, LARGE, MIDDLE), (LOADED,))
    panel.show()
    return panel


def entry(menu: QMenu, text: str) -> QAction:
    return next(action for action in menu.actions() if action.text() == text)


def toggle(panel: ModelsPanel, title: str) -> None:
    entry(panel.columns.menu(), title).trigger()


def close_popup() -> None:
    popup = QApplication.activePopupWidget()
    assert popup is not None
    popup.close()


def test_the_menu_marks_what_is_shown_and_never_hides_the_name(theme: Theme, qtbot: QtBot) -> None:
    panel = opened(theme, qtbot, {})
    menu = panel.columns.menu()
    marked = [action.text() for action in menu.actions() if action.isChecked()]
    assert marked == columns(panel)
    assert not entry(menu, "Name").isEnabled()
    assert not entry(menu, "As at first").isEnabled()


def test_columns_go_and_come_back(theme: Theme, qtbot: QtBot) -> None:
    panel = opened(theme, qtbot, {})
    before = columns(panel)
    toggle(panel, "Size")
    assert "Size" not in columns(panel)
    panel.refresh_times()
    panel.show_models((LARGE,), ())
    assert "Size" not in columns(panel)
    toggle(panel, "As at first")
    assert columns(panel) == before


def test_a_column_that_a_person_asks_for_has_room_before_the_others(theme: Theme, qtbot: QtBot) -> None:
    panel = opened(theme, qtbot, {}, width=560)
    assert "Capabilities" not in columns(panel)
    toggle(panel, "Capabilities")
    assert "Capabilities" in columns(panel)
    assert panel.table.horizontalHeader().length() <= panel.table.viewport().width()


def test_columns_order_and_filters_are_found_again(theme: Theme, qtbot: QtBot) -> None:
    texts: dict[str, str] = {}
    panel = opened(theme, qtbot, texts)
    toggle(panel, "Modified")
    panel.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    panel.filters.show_wish("b", Kind.CHAT)
    assert all(name.startswith("models.") for name in texts)
    again = opened(theme, qtbot, texts)
    assert "Modified" not in columns(again)
    assert names(again) == ["Large:70b", "small:1b"]
    assert (again.filters.text, again.filters.kind) == ("b", Kind.CHAT)
    again.filters.clear()
    assert names(again) == ["Large:70b", "middle:900m", "small:1b"]
    assert set(texts) == {"models.columns", "models.sort"}


def test_the_menu_sorts_and_turns_the_order_round(theme: Theme, qtbot: QtBot) -> None:
    panel = opened(theme, qtbot, {})
    sizes: list[list[str]] = []
    for _ in range(2):
        menu = panel.columns.menu()
        orders = entry(menu, "Sort by").menu()
        assert isinstance(orders, QMenu)
        entry(orders, "Size").trigger()
        sizes.append(names(panel))
    assert sizes == [["small:1b", "middle:900m", "Large:70b"], ["Large:70b", "middle:900m", "small:1b"]]


def test_the_window_keeps_what_the_table_remembers(theme: Theme, qtbot: QtBot) -> None:
    first, second = MainWindow(theme), MainWindow(theme)
    for window in (first, second):
        qtbot.addWidget(window)
    panel = opened(theme, qtbot, first.memory)
    panel.filter.setText("large")
    second.restore_state(first.save_state())
    assert names(opened(theme, qtbot, second.memory)) == ["Large:70b"]


@pytest.mark.parametrize("text", ["", "nobody down", "\x00", "size sideways"])
def test_what_is_not_understood_of_the_memory_changes_nothing(theme: Theme, qtbot: QtBot, text: str) -> None:
    keys = ("models.columns", "models.sort", "models.kind", "models.drawer")
    panel = opened(theme, qtbot, dict.fromkeys(keys, text))
    assert len(names(panel)) == 3
    assert columns(panel)[:2] == ["Name", "Size"]


def test_a_drawer_that_was_closed_stays_closed(theme: Theme, qtbot: QtBot) -> None:
    texts: dict[str, str] = {}
    panel = opened(theme, qtbot, texts)
    panel.place.details.trigger()
    assert texts == {"models.drawer": "closed"}
    again = opened(theme, qtbot, texts)
    assert not again.place.is_open
    again.place.details.trigger()
    assert texts == {}


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # menus, without a screen
def test_the_header_and_the_button_open_the_menu(theme: Theme, qtbot: QtBot) -> None:
    panel = opened(theme, qtbot, {})
    header = panel.table.horizontalHeader()
    header.customContextMenuRequested.emit(QPoint(5, 5))
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu), timeout=20_000)
    close_popup()
    button = next(each for each in panel.findChildren(QToolButton) if each.accessibleName() == "Columns")
    button.click()
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu), timeout=20_000)
    close_popup()
