"""Longer words and the other direction of reading, on the smallest screen: nothing is cut."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.domain.settings import Language
from ollama_desk.ui.language import install_language
from ollama_desk.ui.settings.panel import SettingsPanel
from ollama_desk.ui.theme import Theme
from tests.support.pseudo import LongWords, cut
from tests.support.whole_window import WholeWindow, play

SMALLEST = (760, 520)


@pytest.fixture(params=["long", "long, from right to left", "German"])
def speech(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[str]:
    """The application speaks like this."""
    before, locale = set(qapp.findChildren(QTranslator)), QLocale()
    if request.param == "German":
        install_language(qapp, Language.GERMAN, QLocale())
    else:
        qapp.installTranslator(LongWords(qapp))
        right_to_left = "right" in request.param
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight)
    yield request.param
    for translator in set(qapp.findChildren(QTranslator)) - before:
        qapp.removeTranslator(translator)
        translator.deleteLater()
    QLocale.setDefault(locale)
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def sideways(window: QWidget) -> list[str]:
    """What would have to be scrolled sideways."""
    found = []
    for area in window.findChildren(QScrollArea):
        content = area.widget()
        if area.isVisible() and content is not None and content.width() > area.viewport().width():
            found.append(f"{type(area).__name__} scrolls sideways")
    return found


def test_every_page_fits_the_smallest_screen(tmp_path: Path, theme: Theme, speech: str) -> None:
    async def scene(whole: WholeWindow) -> None:
        window, found = whole.window, {}
        await whole.ask()
        window.resize(*SMALLEST)

        async def look(what: str) -> None:
            await whole.pump(5)
            assert (window.width(), window.height()) == SMALLEST, what
            found[what] = cut(window) + sideways(window)

        for key in whole.each_page():
            await look(key)
        window.show_page("chat")
        whole.chat.toggle_inspector()
        await look("inspector")
        whole.chat.toggle_inspector()
        window.dock.open(opened=True)
        await look("dock")
        window.dock.open(opened=False)
        whole.chat.show_welcome()
        await look("welcome")
        assert not any(found.values()), {what: each for what, each in found.items() if each}

    play(tmp_path, theme, scene)


def test_both_dialogs_about_the_program_fit_it(tmp_path: Path, theme: Theme, speech: str) -> None:
    async def scene(whole: WholeWindow) -> None:
        settings = whole.window.findChild(SettingsPanel)
        assert isinstance(settings, SettingsPanel)
        for button in (settings.about.about, settings.about.keys):
            button.click()
            await whole.pump(5)
            dialog = whole.window.findChild(QDialog)
            assert dialog is not None
            assert not cut(dialog)
            assert dialog.minimumSizeHint().width() <= SMALLEST[0]
            assert dialog.minimumSizeHint().height() <= SMALLEST[1]
            dialog.reject()
            await whole.until(lambda: whole.window.findChild(QDialog) is None)

    play(tmp_path, theme, scene)


def test_what_is_cut_is_found(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    button, label = QPushButton("A long text", window), QLabel("Words that go on and on", window)
    button.setFixedWidth(30)
    label.setWordWrap(True)
    label.setGeometry(0, 50, 60, 12)
    window.show()
    assert len(cut(window)) == 2
    button.setFixedWidth(300)
    label.setGeometry(0, 50, 300, 80)
    window.resize(400, 200)
    assert not cut(window)
