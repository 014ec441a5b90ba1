"""The welcome page: what was found, one button, and a question before a foreign server is touched."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from ollama_desk.domain.server import ServerKind, ServerState, ServerStatus
from ollama_desk.ui.confirm import Confirm
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.welcome.panel import WelcomePanel

READY = ServerStatus(ServerState.READY, kind=ServerKind.BUILT_IN)
EXTERNAL = ServerStatus(ServerState.EXTERNAL, kind=ServerKind.OLLAMA)


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> WelcomePanel:
    made = WelcomePanel(theme)
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show_server(READY)
    made.show()
    return made


def question(panel: WelcomePanel) -> Confirm:
    dialog = panel.window().findChild(QDialog)
    assert isinstance(dialog, Confirm)
    return dialog


def test_it_says_which_server_was_found_and_how_it_is(panel: WelcomePanel) -> None:
    assert panel.server.text() == "Built-in engine running at 127.0.0.1:11434"
    panel.show_server(EXTERNAL)
    assert panel.server.text() == "Ollama running at 127.0.0.1:11434"
    assert "not started by Ollama Desk" in panel.reason.text()


def test_the_button_waits_for_a_server_and_says_so(panel: WelcomePanel, qtbot: QtBot) -> None:
    panel.show_server(ServerStatus(ServerState.STOPPED))
    assert not panel.button.isEnabled()
    assert panel.button.toolTip()
    with qtbot.waitSignal(panel.start_server_requested):
        QTest.mouseClick(panel.start, Qt.MouseButton.LeftButton)
    panel.show_server(READY)
    assert panel.start.isHidden()
    with qtbot.waitSignal(panel.demo_requested):
        QTest.mouseClick(panel.button, Qt.MouseButton.LeftButton)


def test_a_foreign_server_is_touched_only_after_a_yes(panel: WelcomePanel, qtbot: QtBot) -> None:
    panel.show_server(EXTERNAL)
    with qtbot.assertNotEmitted(panel.demo_requested):
        QTest.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    dialog = question(panel)
    assert "did not start" in " ".join(label.text() for label in dialog.findChildren(QLabel))
    with qtbot.waitSignal(panel.demo_requested):
        dialog.yes.click()


def test_a_no_leaves_the_foreign_server_alone(panel: WelcomePanel, qtbot: QtBot) -> None:
    panel.show_server(EXTERNAL)
    panel.button.click()
    with qtbot.assertNotEmitted(panel.demo_requested):
        question(panel).no.click()


def test_what_takes_longer_is_marked_and_the_button_waits(panel: WelcomePanel, qtbot: QtBot) -> None:
    panel.show_busy("Installing…")
    assert panel.progress.isHidden(), "nothing flickers for what is over at once"
    assert not panel.button.isEnabled()
    qtbot.waitUntil(panel.progress.isVisible)
    assert panel.busy_text.text() == "Installing…"
    panel.show_busy("")
    assert panel.progress.isHidden()
    assert panel.button.isEnabled()


def test_a_failure_is_said_on_the_page_as_plain_text(panel: WelcomePanel) -> None:
    panel.show_error("<b>No room</b>\x1b[0m left.")
    assert panel.problem.text() == "<b>No room</b> left."
    assert panel.problem.textFormat() is Qt.TextFormat.PlainText
    panel.show_error("")
    assert panel.problem.isHidden()


def test_memory_is_named_where_it_is_known(panel: WelcomePanel) -> None:
    assert panel.memory.isHidden()
    panel.show_memory(16_000_000_000)
    assert panel.memory.text() == "16 GB"
    assert not panel.memory.isHidden()


def test_a_model_of_ones_own_can_be_got_or_imported_whatever_the_server_does(panel: WelcomePanel, qtbot: QtBot) -> None:
    panel.show_server(ServerStatus(ServerState.STOPPED))
    with qtbot.waitSignal(panel.get_models_requested):
        QTest.mouseClick(panel.get_models, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(panel.import_requested):
        QTest.mouseClick(panel.imports, Qt.MouseButton.LeftButton)
    primary = [button for button in panel.findChildren(QPushButton) if button.property("kind") == "primary"]
    assert primary == [panel.button]
