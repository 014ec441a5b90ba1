"""The keyboard: every shortcut is written once, is listed, has a meaning, and works."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.domain.pulls import PullJob, PullState
from ollama_desk.ui.about.keys_dialog import KeysDialog
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.models.page import ModelsPage
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.server.log_panel import LogPanel
from ollama_desk.ui.shortcuts import Key, hint, install, meaning, place, working
from ollama_desk.ui.text import utc_now
from ollama_desk.ui.theme import Theme
from tests.support.whole_window import WholeWindow, play

PACKAGE = Path(__file__).resolve().parents[2] / "ollama_desk"
PAGES = {
    Key.CHAT_PAGE: "chat",
    Key.MODELS_PAGE: "models",
    Key.SERVER_PAGE: "server",
    Key.SETTINGS_PAGE: "settings",
}


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
    install(Key.RENAME, widget, widget.show, context=Qt.ShortcutContext.WidgetShortcut)
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
    assert rows == [["Quit", "Ctrl+Q", "Everywhere"], ["Start a new chat", "Ctrl+N", "Everywhere"]]
    assert dialog.table.accessibleName()


class Hands:
    """Press keys in the whole window, and see what each does."""

    def __init__(self, whole: WholeWindow) -> None:
        self.whole = whole
        self.window = whole.window
        self.tried: set[Key] = set()

    async def press(self, key: Key, effect: Callable[[], object], *, at: QWidget | None = None) -> None:
        """With the focus in ``at``, or anywhere in the window."""
        self.window.activateWindow()
        await self.whole.until(lambda: QApplication.activeWindow() is self.window)
        (at or self.window).setFocus()
        assert not effect(), f"{key} has nothing to do"
        QTest.keySequence(at or self.window, key.sequence)
        await self.whole.until(effect)
        self.tried.add(key)

    async def press_everywhere(self) -> None:
        window, quits = self.window, list[None]()
        await self.press(Key.SHORTCUTS, lambda: window.findChild(KeysDialog))
        self.dismiss(KeysDialog)
        await self.press(Key.IMPORT, lambda: window.findChild(QFileDialog))
        self.dismiss(QFileDialog)
        for key, page in PAGES.items():
            window.show_page("chat" if page != "chat" else "models")
            await self.press(key, partial(_shows, window, page))
        window.show_page("models")
        chat = self.whole.chat
        await self.press(Key.NEW_CHAT, lambda: window.current_page() == "chat" and not chat.transcript.has_messages)
        window.quit_requested.connect(lambda: quits.append(None))
        await self.press(Key.QUIT, lambda: quits)

    async def press_in_the_chat(self) -> None:
        chat, titles, editor = self.whole.chat, self.whole.chat.chats.list, self.whole.chat.composer.editor
        self.window.show_page("chat")
        await self.press(Key.CHAT_LIST, chat.chats.isHidden)
        chat.toggle_list()
        await self.press(Key.INSPECTOR, lambda: not chat.inspector.isHidden())
        chat.toggle_inspector()
        await self.press(Key.RENAME, lambda: _edits(titles), at=titles)
        QTest.keyClick(QApplication.focusWidget() or titles, Qt.Key.Key_Escape)
        await self.press(Key.EDIT_LAST, chat.composer.text, at=editor)
        await self.press(Key.STOP, lambda: not chat.composer.text(), at=editor)
        await self.press(Key.CHOOSE_MODEL, lambda: QApplication.activePopupWidget() is not None)
        popup = QApplication.activePopupWidget()
        assert popup is not None
        popup.close()

    async def press_on_the_other_pages(self) -> None:
        self.window.show_page("models")
        models, log = self.window.findChild(ModelsPanel), self.window.findChild(LogPanel)
        assert isinstance(models, ModelsPanel)
        assert isinstance(log, LogPanel)
        models.table.selectRow(0)
        name, renamed, deleted = models.table.current_key(), list[str](), list[tuple[str, ...]]()
        await self.press(Key.DETAILS, lambda: not models.place.is_open, at=models.table)
        models.rename_requested.connect(renamed.append)
        await self.press(Key.RENAME, lambda: renamed == [name], at=models.table)
        models.delete_requested.connect(deleted.append)
        await self.press(Key.DELETE, lambda: deleted == [(name,)], at=models.table)
        await self.press_in_the_downloads()
        self.window.show_page("server")
        await self.press(Key.FIND, log.bar.isVisible, at=log.filter)

    async def press_in_the_downloads(self) -> None:
        page = self.window.findChild(ModelsPage)
        assert isinstance(page, ModelsPage)
        page.show_view("downloads")
        page.downloads.show_jobs([PullJob(at, f"m{at}", PullState.QUEUED, utc_now()) for at in (1, 2, 3)])
        page.downloads.select(2)
        wishes = list[object]()
        for wish in (page.downloads.pause_requested, page.downloads.move_requested):
            wish.disconnect()  # the service knows nothing of these
            wish.connect(lambda *what: wishes.append(what))
        for key in (Key.PAUSE, Key.MOVE_UP, Key.MOVE_DOWN):
            wishes.clear()
            await self.press(key, lambda: wishes, at=page.downloads.table)

    def dismiss(self, kind: type[QDialog]) -> None:
        dialog = self.window.findChild(kind)
        assert isinstance(dialog, QDialog)
        dialog.reject()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # menus, without a screen
def test_every_listed_key_works(tmp_path: Path, theme: Theme) -> None:
    async def scene(whole: WholeWindow) -> None:
        await whole.ask()
        hands = Hands(whole)
        await hands.press_in_the_chat()
        await hands.press_on_the_other_pages()
        await hands.press_everywhere()
        assert hands.tried == set(working(whole.window)) == set(Key)

    play(tmp_path, theme, scene)


def _shows(window: MainWindow, page: str) -> bool:
    return window.current_page() == page


def _edits(widget: QWidget) -> bool:
    focus = QApplication.focusWidget()
    return focus is not None and focus is not widget and widget.isAncestorOf(focus)
