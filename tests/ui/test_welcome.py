"""The first page: what was found, what works without a download, and a question before a foreign server is touched."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel
from pytestqt.qtbot import QtBot

from ollama_desk.core.resources import resource
from ollama_desk.domain.fit import MachineMemory
from ollama_desk.domain.machine import Gpu, GpuVendor
from ollama_desk.domain.recommendation import recommend
from ollama_desk.domain.server import ServerKind, ServerState, ServerStatus
from ollama_desk.services.catalogue import read_catalogue
from ollama_desk.services.recommendation import Found
from ollama_desk.ui.confirm import Confirm
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.welcome.panel import WelcomePanel
from tests.support.pull_desk import pull_job

READY = ServerStatus(ServerState.READY, kind=ServerKind.BUILT_IN)
LAPTOP = Found(MachineMemory((), 16_000_000_000, 10_000_000_000), (), 120_000_000_000, "/home/ada/models")
RTX = Gpu(GpuVendor.NVIDIA, "RTX 4070", 12 << 30)
RECOMMENDED = recommend(read_catalogue(resource("catalogue.toml")), machine=LAPTOP.memory)
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
    assert panel.found.server.text() == "Built-in engine running at 127.0.0.1:11434"
    panel.show_server(EXTERNAL)
    assert panel.found.server.text() == "Ollama running at 127.0.0.1:11434"
    assert "not started by Ollama Desk" in panel.found.server_note.text()


def test_the_button_waits_for_a_server_and_says_so(panel: WelcomePanel, qtbot: QtBot) -> None:
    panel.show_server(ServerStatus(ServerState.STOPPED))
    assert not panel.demo.isEnabled()
    assert panel.demo.toolTip()
    with qtbot.waitSignal(panel.start_server_requested):
        QTest.mouseClick(panel.found.start, Qt.MouseButton.LeftButton)
    panel.show_server(READY)
    assert panel.found.start.isHidden()
    with qtbot.waitSignal(panel.demo_requested):
        QTest.mouseClick(panel.demo, Qt.MouseButton.LeftButton)


def test_a_foreign_server_is_touched_only_after_a_yes(panel: WelcomePanel, qtbot: QtBot) -> None:
    panel.show_server(EXTERNAL)
    with qtbot.assertNotEmitted(panel.demo_requested):
        QTest.mouseClick(panel.demo, Qt.MouseButton.LeftButton)
    dialog = question(panel)
    assert "did not start" in " ".join(label.text() for label in dialog.findChildren(QLabel))
    with qtbot.waitSignal(panel.demo_requested):
        dialog.yes.click()


def test_a_no_leaves_the_foreign_server_alone(panel: WelcomePanel, qtbot: QtBot) -> None:
    panel.show_server(EXTERNAL)
    panel.demo.click()
    with qtbot.assertNotEmitted(panel.demo_requested):
        question(panel).no.click()


def test_what_takes_longer_is_marked_and_the_button_waits(panel: WelcomePanel, qtbot: QtBot) -> None:
    panel.show_busy("Installing…")
    assert panel.busy.isHidden(), "nothing flickers for what is over at once"
    assert not panel.demo.isEnabled()
    qtbot.waitUntil(panel.busy.isVisible, timeout=20_000)
    panel.show_busy("")
    qtbot.waitUntil(panel.busy.isHidden, timeout=20_000)
    assert panel.demo.isEnabled()


def test_a_failure_is_said_on_the_page_as_plain_text(panel: WelcomePanel) -> None:
    panel.show_error("<b>No room</b>\x1b[0m left.")
    assert panel.problem.text() == "<b>No room</b> left."
    assert panel.problem.textFormat() is Qt.TextFormat.PlainText
    panel.show_error("")
    assert panel.problem.isHidden()


def test_the_version_of_the_server_is_said(panel: WelcomePanel) -> None:
    panel.show_server(replace(EXTERNAL, version="0.24.0"))
    assert panel.found.server.text() == "Ollama 0.24.0 running at 127.0.0.1:11434"


def test_what_was_found_stands_in_rows_and_what_is_not_known_is_left_out(panel: WelcomePanel) -> None:
    found = panel.found
    assert found.gpu.text() == found.memory.text() == found.disk.text() == "…", (
        "the rows have their places from the start"
    )
    found.show_found(LAPTOP)
    assert found.gpu.text() == "None found: models run on the CPU"
    assert found.memory.text() == "16 GB, 10 GB free"
    assert found.disk.text() == "120 GB free in /home/ada/models"
    assert found.gpu_note.isHidden()
    found.show_found(Found(MachineMemory(reason="The server is on another machine, whose memory is not known here.")))
    assert found.gpu.text() == "Not known"
    assert "another machine" in found.gpu_note.text()
    assert found.memory.isHidden()
    assert found.disk.isHidden()


@pytest.mark.parametrize(
    ("gpus", "text"),
    [
        ((RTX,), "RTX 4070, 13 GB"),
        ((RTX, RTX), "2 × RTX 4070, 13 GB"),
        ((RTX, Gpu(GpuVendor.NVIDIA, "GB10")), "RTX 4070, 13 GB · GB10"),
        ((Gpu(GpuVendor.APPLE, "Apple M1 Pro"),), "Apple M1 Pro, works in the memory of the machine"),
    ],
)
def test_each_gpu_is_named_with_its_memory(panel: WelcomePanel, gpus: tuple[Gpu, ...], text: str) -> None:
    panel.found.show_found(replace(LAPTOP, gpus=gpus))
    assert panel.found.gpu.text() == text


def test_a_gpu_that_is_of_no_use_is_shown_with_the_reason(panel: WelcomePanel) -> None:
    idle = replace(LAPTOP.memory, reason="The built-in engine does not use the GPU of this machine; Ollama would.")
    panel.found.show_found(replace(LAPTOP, gpus=(RTX,), memory=idle))
    assert panel.found.gpu.text() == "RTX 4070, 13 GB"
    assert panel.found.gpu_note.text() == idle.reason


def test_a_model_of_ones_own_can_be_imported_or_chosen_whatever_the_server_does(
    panel: WelcomePanel, qtbot: QtBot
) -> None:
    panel.show_server(ServerStatus(ServerState.STOPPED))
    panel.proposal.show_recommendation(None)
    with qtbot.waitSignal(panel.get_models_requested):
        QTest.mouseClick(panel.proposal.another, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(panel.import_requested):
        QTest.mouseClick(panel.imports, Qt.MouseButton.LeftButton)


def test_in_a_small_window_the_button_is_seen_without_scrolling(panel: WelcomePanel, qtbot: QtBot) -> None:
    panel.found.show_found(LAPTOP)
    panel.proposal.show_recommendation(RECOMMENDED)
    panel.resize(440, 432)  # what a window of 760x520 leaves beside the list of chats
    button = panel.proposal.download
    qtbot.waitUntil(lambda: 0 < button.mapTo(panel, button.rect().bottomLeft()).y() < panel.height(), timeout=20_000)
    assert panel.horizontalScrollBar().maximum() == 0
    panel.resize(900, 900)
    qtbot.waitUntil(panel.about.isVisible, timeout=20_000)
    assert panel.proposal.about.isVisible()


def test_large_letters_in_a_small_window_scroll_down_but_never_sideways(
    panel: WelcomePanel, theme: Theme, qtbot: QtBot
) -> None:
    theme.resize_text(18)
    panel.found.show_found(replace(LAPTOP, gpus=(RTX,), folder="/home/ada/" + "models" * 20))
    panel.proposal.show_recommendation(RECOMMENDED)
    panel.show_server(replace(EXTERNAL, state=ServerState.STOPPED))
    panel.resize(320, 380)  # what a window of 760x520 leaves
    sideways = panel.horizontalScrollBar()
    qtbot.waitUntil(lambda: sideways.maximum() == 0 < panel.verticalScrollBar().maximum(), timeout=20_000)
    panel.proposal.show_job(pull_job(1, "x" * 120), "x" * 120)
    qtbot.waitUntil(panel.proposal.progress.isVisible, timeout=20_000)
    qtbot.waitUntil(lambda: sideways.maximum() == 0, timeout=20_000)
