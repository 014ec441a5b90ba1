"""The table of installed models: several of them selected, and what can be done with them."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QToolButton
from pytestqt.qtbot import QtBot

from ollama_desk.domain.models import Model
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.theme import Theme
from tests.support.models_table import LARGE, LOADED, MIDDLE, READY, SMALL, focus, many_models, names, select


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> Iterator[ModelsPanel]:
    made = ModelsPanel(theme)
    qtbot.addWidget(made)
    made.resize(1100, 600)
    made.show_server(READY)
    made.show_models((SMALL, LARGE, MIDDLE), (LOADED,))
    made.show()
    yield made
    made.hide()


def entries(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def shown_buttons(panel: ModelsPanel) -> set[str]:
    return {each.accessibleName() for each in panel.findChildren(QToolButton) if each.isVisible()}


def test_keys_select_several_and_all(panel: ModelsPanel, qtbot: QtBot) -> None:
    focus(panel.table)
    panel.table.selectRow(0)
    shift = Qt.KeyboardModifier.ShiftModifier
    with qtbot.waitSignal(panel.selected_changed) as told:
        QTest.keyClick(panel.table, Qt.Key.Key_Down, shift)
    assert told.args == [("Large:70b", "middle:900m")]
    QTest.keyClick(panel.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert panel.selected_names() == ("Large:70b", "middle:900m", "small:1b")


def test_only_the_one_that_alone_is_selected_is_the_current_one(panel: ModelsPanel) -> None:
    heard: list[str] = []
    panel.current_changed.connect(heard.append)
    panel.select("Large:70b")
    panel.table.selectAll()
    panel.select("small:1b")
    panel.table.clearSelection()
    assert heard == ["Large:70b", "", "small:1b", ""]


def test_words_say_for_how_many_an_action_is(panel: ModelsPanel) -> None:
    select(panel, "Large:70b")
    assert {"Delete model", "Load into memory", "Chat with this model"} <= shown_buttons(panel)
    panel.table.selectAll()
    assert {"Delete 3 models", "Unload from memory"} <= shown_buttons(panel)
    assert entries(panel.actions_row.menu()) == ["Unload from memory", "Delete 3 models"]
    panel.show_models((SMALL, LARGE, MIDDLE), (LOADED, type(LOADED)("Large:70b")))
    assert entries(panel.actions_row.menu())[0] == "Unload 2 models"


def test_many_are_deleted_and_unloaded_at_once(panel: ModelsPanel, qtbot: QtBot) -> None:
    unloaded: list[str] = []
    panel.unload_requested.connect(unloaded.append)
    panel.table.selectAll()
    with qtbot.waitSignal(panel.delete_requested) as wish:
        panel.actions_row.delete.trigger()
    panel.actions_row.unload.trigger()
    assert wish.args == [("Large:70b", "middle:900m", "small:1b")]
    assert unloaded == ["small:1b"]


def test_the_keyboard_chats_renames_and_deletes(panel: ModelsPanel) -> None:
    heard: list[object] = []
    for signal in (panel.chat_requested, panel.rename_requested, panel.delete_requested):
        signal.connect(heard.append)
    focus(panel.table)
    select(panel, "Large:70b")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_F2, Qt.Key.Key_Delete):
        QTest.keyClick(panel.table, key)
    assert heard == ["Large:70b", "Large:70b", ("Large:70b",)]


def test_what_cannot_be_done_says_why(panel: ModelsPanel) -> None:
    panel.show_models((MIDDLE, Model("far:1t", remote_host="ollama.com")), ())
    buttons = {each.accessibleName(): each for each in panel.findChildren(QToolButton)}
    select(panel, "middle:900m")
    chat = buttons["Chat with this model"]
    assert not chat.isEnabled()
    assert "not one to chat with" in chat.toolTip()
    assert chat.accessibleDescription() == "This model is not one to chat with."
    select(panel, "far:1t")
    assert "ollama.com" in buttons["Load into memory"].toolTip()
    assert not chat.accessibleDescription()


def test_an_added_action_is_a_button_and_an_entry_and_is_enabled_by_the_selection(panel: ModelsPanel) -> None:
    one, many, done = QAction("Export…", panel), QAction("Update", panel), list[tuple[str, ...]]()
    fresh = {"small:1b"}
    panel.add_action(one, icon="save", for_many=False)
    panel.add_action(many, icon="update", for_many=True, is_possible=lambda chosen: not fresh.issuperset(chosen))
    many.triggered.connect(lambda: done.append(panel.selected_names()))
    assert not one.isEnabled()
    select(panel, "small:1b")
    assert (one.isEnabled(), many.isEnabled()) == (True, False)
    fresh.clear()
    panel.enable_actions()
    assert many.isEnabled()
    panel.table.selectAll()
    assert (one.isEnabled(), many.isEnabled()) == (False, True)
    assert "Update" in entries(panel.actions_row.menu())
    many.trigger()
    assert done == [("Large:70b", "middle:900m", "small:1b")]
    assert {"Export", "Update"} <= shown_buttons(panel)


def test_added_buttons_give_way_where_it_is_narrow_and_an_invisible_action_has_none(
    panel: ModelsPanel, qtbot: QtBot
) -> None:
    action = QAction("Update", panel)
    panel.add_action(action, icon="update", for_many=True)
    select(panel, "small:1b")
    qtbot.waitUntil(lambda: "Update" in shown_buttons(panel), timeout=20_000)
    action.setVisible(False)
    qtbot.waitUntil(lambda: "Update" not in shown_buttons(panel), timeout=20_000)
    assert "Update" not in entries(panel.actions_row.menu())
    action.setVisible(True)
    panel.actions_row.setFixedWidth(panel.actions_row.minimumSizeHint().width())
    qtbot.waitUntil(lambda: "Update" not in shown_buttons(panel), timeout=20_000)
    assert "Delete model" in shown_buttons(panel)


def test_a_server_that_falls_leaves_nothing_to_do(panel: ModelsPanel) -> None:
    panel.table.selectAll()
    panel.show_server(ServerStatus(ServerState.FAILED))
    assert not panel.actions_row.delete.isEnabled()
    assert not panel.actions_row.unload.isEnabled()


def test_a_selection_of_many_outlives_a_refresh_without_those_that_went(panel: ModelsPanel) -> None:
    panel.table.selectAll()
    panel.show_models((SMALL, MIDDLE), ())
    assert panel.selected_names() == ("middle:900m", "small:1b")
    panel.show_models((), ())
    assert panel.selected_names() == ()


def test_a_model_is_selected_by_name_and_an_unknown_one_changes_nothing(panel: ModelsPanel) -> None:
    panel.show_models(many_models(300), ())
    panel.select("model-0250:8b")
    assert panel.selected_names() == ("model-0250:8b",)
    assert panel.table.visualRect(panel.table.currentIndex()).intersects(panel.table.viewport().rect())
    panel.select("nobody")
    assert panel.selected_names() == ("model-0250:8b",)
    assert len(names(panel)) == 300
