"""The keyboard: every shortcut is written once, is listed, has a meaning, and works."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.ui.about.keys_dialog import KeysDialog
from ollama_desk.ui.confirm import Confirm
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.shortcuts import Key, hint, install, meaning, place, working
from ollama_desk.ui.theme import Theme
from tests.support.whole_window import WholeWindow, play

PACKAGE = Path(__file__).resolve().parents[2] / "ollama_desk"
PAGES = {
    Key.CHAT_PAGE: "chat",
    Key.MODELS_PAGE: "models",
    Key.SERVER_PAGE: "server",
    Key.SETTINGS_PAGE: "settings",
}


def press(key: Key, widget: QWidget) -> None:
    """As a person does: the key goes to the widget with the focus."""
    QTest.keySequence(widget, key.sequence)


def test_no_shortcut_is_written_anywhere_but_in_the_list() -> None:
    sources = [path for path in PACKAGE.rglob("*.py") if path.name != "shortcuts.py"]
    made = re.compile(r"QShortcut\(|setShortcut\((?!Key\.)|QKeySequence\(\"")
    assert not [path.name for path in sources if made.search(path.read_text(encoding="utf-8"))]


def test_no_two_shortcuts_have_the_same_keys() -> None:
    assert len({key.sequence.toString() for key in Key}) == len(Key)


def test_every_shortcut_has_a_meaning_and_a_place() -> None:
    for key in Key:
        assert meaning(key)
        assert place(key)
        assert key.native


def test_a_tooltip_names_its_keys() -> None:
    assert hint("New chat", Key.NEW_CHAT) == "New chat (Ctrl+N)"


def test_only_keys_that_are_installed_are_listed(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    install(Key.RENAME, widget, widget.show, focused=True)
    listed = working(widget)
    assert Key.RENAME in listed
    assert Key.NEW_CHAT not in listed
    shortcut = widget.findChild(QShortcut)
    assert isinstance(shortcut, QShortcut)
    assert shortcut.context() is Qt.ShortcutContext.WidgetShortcut


def test_the_list_shows_each_key_with_what_it_does(theme: Theme, qtbot: QtBot) -> None:
    dialog = KeysDialog(theme, [Key.QUIT, Key.NEW_CHAT])
    qtbot.addWidget(dialog)
    model = dialog.table.model()
    rows = [[model.index(row, column).data() for column in range(3)] for row in range(model.rowCount())]
    assert rows == [["Quit", "Ctrl+Q", "Everywhere"], ["Start a new chat", "Ctrl+N", "Chat"]]
    assert dialog.table.accessibleName()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # menus, without a screen
def test_every_listed_key_works(tmp_path: Path, theme: Theme) -> None:
    async def scene(whole: WholeWindow) -> None:
        window, chat = whole.window, whole.chat
        await whole.ask()
        quits: list[None] = []
        window.quit_requested.connect(lambda: quits.append(None))
        tried: set[Key] = set()

        async def works(key: Key, at: QWidget, effect: Callable[[], object]) -> None:
            window.activateWindow()
            await whole.until(lambda: QApplication.activeWindow() is window)
            at.setFocus()
            assert not effect(), f"{key} has nothing to do"
            press(key, at)
            await whole.until(effect)
            tried.add(key)

        await works(Key.SHORTCUTS, window, lambda: window.findChild(KeysDialog))
        dialog = window.findChild(KeysDialog)
        assert dialog is not None
        dialog.reject()
        for key in working(window):
            if key in PAGES:
                window.show_page("chat" if key is not Key.CHAT_PAGE else "models")
                await works(key, window, partial(_shows, window, PAGES[key]))
        window.show_page("chat")
        await works(Key.CHAT_LIST, window, chat.chats.isHidden)
        press(Key.CHAT_LIST, window)
        await works(Key.INSPECTOR, window, lambda: not chat.inspector.isHidden())
        press(Key.INSPECTOR, window)
        chat.chats.list.setFocus()
        await works(Key.RENAME, chat.chats.list, lambda: _edits(chat.chats.list))
        QTest.keyClick(QApplication.focusWidget() or chat.chats.list, Qt.Key.Key_Escape)
        await works(Key.EDIT_LAST, chat.composer.editor, chat.composer.text)
        await works(Key.STOP, chat.composer.editor, lambda: not chat.composer.text())
        await works(Key.NEW_CHAT, window, lambda: not chat.transcript.has_messages)
        window.show_page("models")
        models = window.findChild(ModelsPanel)
        assert isinstance(models, ModelsPanel)
        models.table.selectRow(0)
        models.table.setFocus()
        await works(Key.DELETE, models.table, lambda: window.findChild(Confirm))
        confirm = window.findChild(Confirm)
        assert confirm is not None
        confirm.reject()
        await works(Key.QUIT, window, lambda: quits)
        window.show_page("chat")
        await works(Key.CHOOSE_MODEL, window, lambda: QApplication.activePopupWidget() is not None)
        popup = QApplication.activePopupWidget()
        assert popup is not None
        popup.close()
        assert tried == set(working(window))

    play(tmp_path, theme, scene)


def _shows(window: MainWindow, page: str) -> bool:
    return window.current_page() == page


def _edits(widget: QWidget) -> bool:
    focus = QApplication.focusWidget()
    return focus is not None and focus is not widget and widget.isAncestorOf(focus)
