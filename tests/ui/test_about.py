"""About: the parts and licences as the packages tell them, the folders, and both dialogs in the window."""

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk import __version__
from ollama_desk.ui.about.about_dialog import AboutDialog
from ollama_desk.ui.about.keys_dialog import KeysDialog
from ollama_desk.ui.about.parts import Part, parts, version_of
from ollama_desk.ui.settings.panel import SettingsPanel
from ollama_desk.ui.theme import Theme
from tests.support.whole_window import WholeWindow, play

FOLDERS = {"Settings": Path("/home/me/.config/ollama-desk"), "Log": Path("/var/" + "long/" * 40)}


def dialog_with(theme: Theme, qtbot: QtBot) -> AboutDialog:
    dialog = AboutDialog(theme, versions={"Ollama Desk": "1.2", "Qt": "6.9"}, folders=FOLDERS)
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    dialog.show_parts([Part("one", "1", "MIT"), Part("two", "2", "")])
    return dialog


def button(widget: QWidget, name: str) -> QPushButton:
    return next(each for each in widget.findChildren(QPushButton) if name in (each.accessibleName(), each.text()))


def test_every_package_that_the_program_needs_is_a_part_with_its_licence() -> None:
    found = {part.name.lower().replace("_", "-"): part for part in parts()}
    needed = {
        name[0].lower()
        for wanted in distribution("ollama-desk").requires or ()
        if "extra" not in wanted and "win32" not in wanted and (name := re.match(r"[\w.-]+", wanted))
    }
    assert needed <= set(found)
    assert all(part.version and part.licence for part in found.values())
    assert "shiboken6" in found, "what the parts need is a part, too"


def test_the_program_and_python_come_first() -> None:
    names = [part.name.lower() for part in parts()]
    assert names[:2] == ["ollama-desk", "python"]
    assert names[2:] == sorted(names[2:])
    assert "pytest" not in names


def test_a_licence_can_be_read_where_the_package_brings_it() -> None:
    by_name = {part.name: part for part in parts()}
    assert "Permission" in by_name["httpx"].text() or "Redistribution" in by_name["httpx"].text()
    assert not Part("none", "1", "MIT", (Path("/no/such/file"),)).text()


def test_a_package_that_is_not_there_has_no_version() -> None:
    assert version_of("ollama-desk") == __version__
    assert not version_of("no-such-package-anywhere")


def test_the_licence_of_the_program_is_in_its_package() -> None:
    files = distribution("ollama-desk").files or []
    assert any(file.name == "LICENSE" for file in files)


def test_a_folder_can_be_opened_and_its_path_copied(theme: Theme, qtbot: QtBot) -> None:
    dialog = dialog_with(theme, qtbot)
    with qtbot.waitSignal(dialog.open_requested) as asked:
        button(dialog, "Open: Settings").click()
    assert asked.args == [FOLDERS["Settings"]]
    button(dialog, "Copy path: Log").click()
    assert QGuiApplication.clipboard().text() == str(FOLDERS["Log"])


def test_the_text_of_a_licence_is_asked_for_when_its_part_is_chosen(theme: Theme, qtbot: QtBot) -> None:
    dialog = dialog_with(theme, qtbot)
    assert dialog.parts.item(0).text() == "one 1 · MIT"
    assert dialog.parts.item(1).text() == "two 2"
    with qtbot.waitSignal(dialog.text_requested) as asked:
        dialog.parts.setCurrentRow(1)
    assert asked.args == [1]
    dialog.show_text("You may.")
    assert dialog.licence.toPlainText() == "You may."
    dialog.show_text("")
    assert "does not bring" in dialog.licence.toPlainText()


@pytest.mark.parametrize("pt", [9.0, 18.0])
def test_it_fits_a_small_screen(theme: Theme, qtbot: QtBot, pt: float) -> None:
    theme.resize_text(pt)
    dialog = dialog_with(theme, qtbot)
    assert dialog.minimumSizeHint().width() <= 760
    assert dialog.minimumSizeHint().height() <= 620


def test_both_dialogs_open_from_the_settings_once_each(tmp_path: Path, theme: Theme) -> None:
    async def scene(whole: WholeWindow) -> None:
        window = whole.window
        window.show_page("settings")
        settings = window.findChild(SettingsPanel)
        assert isinstance(settings, SettingsPanel)
        for _ in range(2):
            settings.about.about.click()
        about = window.findChildren(AboutDialog)
        assert len(about) == 1
        assert any(__version__ in label.text() for label in about[0].findChildren(QLabel))
        places = [label.text() for label in about[0].findChildren(QLabel) if "/" in label.text()]
        assert len(places) == 4
        await whole.until(about[0].parts.count)
        about[0].parts.setCurrentRow(0)
        await whole.until(about[0].licence.toPlainText)
        QTest.keyClick(about[0], Qt.Key.Key_Escape)
        await whole.until(lambda: not window.findChildren(AboutDialog))
        settings.about.keys.click()
        assert len(window.findChildren(KeysDialog)) == 1
        QTest.keyClick(window.findChildren(KeysDialog)[0], Qt.Key.Key_Escape)
        await whole.until(lambda: not window.findChildren(KeysDialog))

    play(tmp_path, theme, scene)
