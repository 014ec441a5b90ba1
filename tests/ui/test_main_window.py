"""The window: pages, shortcuts, what it remembers, and that it decides nothing."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QSplitter, QToolButton
from pytestqt.qtbot import QtBot

from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.rail import Rail
from ollama_desk.ui.reading_order import reading_order
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.window_place import as_bytes, corrected_place

SCREEN = QRect(0, 0, 1920, 1080)


def two_pages(theme: Theme, qtbot: QtBot) -> MainWindow:
    window = MainWindow(theme)
    qtbot.addWidget(window, before_close_func=lambda widget: widget.hide())
    chat = QSplitter()
    chat.setObjectName("chat")
    for _ in range(2):
        chat.addWidget(QLineEdit())
    window.add_page("chat", "Chat", "chat", chat, "Ctrl+1")
    window.add_page("settings", "Settings", "settings", QLineEdit(), "Ctrl+,", at_bottom=True)
    window.add_page("models", "Models", "models", QLineEdit(), "Ctrl+2")
    return window


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> MainWindow:
    made = two_pages(theme, qtbot)
    made.show()
    qtbot.waitExposed(made)
    return made


def entries(window: MainWindow) -> dict[str, QToolButton]:
    rail = window.findChild(Rail)
    assert isinstance(rail, Rail)
    return {button.text(): button for button in rail.findChildren(QToolButton) if button.text()}


def test_the_rail_has_an_entry_for_each_page_and_no_other(window: MainWindow) -> None:
    assert set(entries(window)) == {"Chat", "Models", "Settings"}


def test_a_click_in_the_rail_shows_the_page(window: MainWindow, qtbot: QtBot) -> None:
    assert window.current_page() == "chat"
    QTest.mouseClick(entries(window)["Models"], Qt.MouseButton.LeftButton)
    assert window.current_page() == "models"
    assert entries(window)["Models"].accessibleDescription()
    assert not entries(window)["Chat"].accessibleDescription()


def test_an_unknown_page_changes_nothing(window: MainWindow) -> None:
    window.show_page("hardware")
    assert window.current_page() == "chat"


def test_pages_have_shortcuts_that_the_rail_names(window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.current_page() == "models"
    assert "2" in entries(window)["Models"].toolTip()


def test_closing_is_only_a_wish(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.close_requested):
        assert not window.close()
    assert window.isVisible()


def test_control_q_is_only_a_wish(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.quit_requested):
        QTest.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)


def test_the_settings_stand_at_the_bottom_of_the_rail(window: MainWindow, qtbot: QtBot) -> None:
    places = {name: button.geometry() for name, button in entries(window).items()}
    assert places["Settings"].top() > places["Models"].bottom() + 100
    QTest.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    assert window.current_page() == "settings"


def test_size_splitters_page_and_dock_come_back(theme: Theme, qtbot: QtBot, window: MainWindow) -> None:
    window.resize(700, 500)
    splitter = window.findChild(QSplitter)
    assert isinstance(splitter, QSplitter)
    splitter.setSizes([100, 600])
    window.show_page("models")
    window.dock.open(opened=True)
    state = window.save_state()
    again = two_pages(theme, qtbot)
    again.restore_state(state)
    assert (again.width(), again.height()) == (700, 500)
    assert again.current_page() == "models"
    assert again.dock.opened
    assert again.save_state()["splitter.chat"] == state["splitter.chat"]


@pytest.mark.parametrize("rubbish", ["", "no base64 ✗", "AAAA"])
def test_rubbish_in_what_was_remembered_does_no_harm(theme: Theme, qtbot: QtBot, rubbish: str) -> None:
    made = two_pages(theme, qtbot)
    made.restore_state({"geometry": rubbish, "docks": rubbish, "splitter.chat": rubbish, "page": rubbish})
    assert (made.width(), made.height()) == (1200, 780)
    assert made.current_page() == "chat"
    assert as_bytes("✗").isEmpty()


def test_a_window_whose_screen_is_gone_comes_back_where_one_is() -> None:
    assert SCREEN.contains(corrected_place(QRect(4000, 300, 1200, 780), [SCREEN]))
    assert SCREEN.contains(corrected_place(QRect(100, -900, 3000, 2000), [SCREEN]))


def test_a_window_that_can_be_reached_stays_where_it_was() -> None:
    for place in (QRect(-600, 200, 1200, 780), QRect(100, 1000, 1200, 780), QRect(0, 0, 1920, 1080)):
        assert corrected_place(place, [SCREEN]) == place


def test_the_keyboard_goes_through_rail_page_and_dock_in_reading_order(window: MainWindow) -> None:
    order = list(reading_order(window))
    names = [widget.accessibleName() for widget in order]
    fields = [at for at, widget in enumerate(order) if isinstance(widget, QLineEdit)]
    assert names.index("Chat") < names.index("Models") < names.index("Settings") < min(fields)
    assert max(fields) < names.index("Start server")


def test_the_rail_is_as_wide_as_its_longest_label(window: MainWindow) -> None:
    narrow = {button.width() for button in entries(window).values()}
    window.add_page("server", "Einstellungen und mehr", "server", QLineEdit(), "Ctrl+3")
    wide = entries(window)
    assert len(narrow) == 1
    assert {button.width() for button in wide.values()} != narrow
    longest = wide["Einstellungen und mehr"]
    assert longest.fontMetrics().horizontalAdvance(longest.text()) < longest.width()


def test_every_control_says_its_name(window: MainWindow) -> None:
    buttons = [*window.findChildren(QToolButton), *window.dock.controls()]
    nameless = [
        button for button in buttons if not button.objectName().startswith("qt_") and not button.accessibleName()
    ]
    assert not nameless
    assert all(action.text() for action in window.actions())


def test_it_can_be_made_as_small_as_promised(window: MainWindow) -> None:
    window.resize(760, 520)
    assert (window.width(), window.height()) == (760, 520)
    window.dock.open(opened=True)
    assert window.minimumSizeHint().width() <= 760
    assert window.minimumSizeHint().height() <= 520
