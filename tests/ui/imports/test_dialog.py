"""The dialog of an import: asks, follows, and tells the end."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.domain.errors import NameTakenError
from ollama_desk.domain.imports import ImportOffer, ImportState, Placing
from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.ui.imports.dialog import ImportDialog
from ollama_desk.ui.imports.import_button import ImportButton
from ollama_desk.ui.imports.tick import Tick
from ollama_desk.ui.theme import Theme
from tests.support.offers import GIGABYTE, job, offer

Wish = tuple[str, bool, Placing]


def check(name: str) -> None:
    if name == "taken":
        raise NameTakenError("A model is called taken already. Choose another name.")


def dialog_of(theme: Theme, qtbot: QtBot, what: ImportOffer) -> tuple[ImportDialog, list[Wish]]:
    window = QWidget()
    qtbot.addWidget(window, before_close_func=lambda kept=window: kept)  # type: ignore[misc] # keeps the window alive
    dialog = ImportDialog(window, theme=theme, offer=what, address="127.0.0.1:11434", check_name=check)
    wishes: list[Wish] = []
    dialog.import_requested.connect(lambda *wish: wishes.append(wish))
    dialog.show()
    return dialog, wishes


def test_enter_imports_under_the_proposed_name(theme: Theme, qtbot: QtBot) -> None:
    dialog, wishes = dialog_of(theme, qtbot, offer())
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    assert wishes == [("llama-3.2:q4_k_m", False, Placing.COPY)]


def test_a_name_that_is_taken_is_said_at_once(theme: Theme, qtbot: QtBot) -> None:
    dialog, wishes = dialog_of(theme, qtbot, offer())
    dialog.name.setText("taken")
    assert dialog.problem.text() == "A model is called taken already. Choose another name."
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    assert not dialog.go.isEnabled()
    assert wishes == []
    dialog.name.setText(" free ")
    assert dialog.problem.isHidden()
    dialog.go.click()
    assert wishes == [("free", False, Placing.COPY)]


def test_projector_and_link_are_offered_where_they_can_be(theme: Theme, qtbot: QtBot) -> None:
    plain, _ = dialog_of(theme, qtbot, offer())
    assert plain.sees.isHidden()
    assert plain.links.isHidden()
    dialog, wishes = dialog_of(theme, qtbot, offer(projector=True, can_link=True))
    assert dialog.sees.isChecked()
    assert not dialog.links.isChecked()
    dialog.go.click()
    QTest.mouseClick(dialog.sees, Qt.MouseButton.LeftButton)
    QTest.mouseClick(dialog.links, Qt.MouseButton.LeftButton)
    assert dialog.place.isHidden()
    dialog.go.click()
    assert wishes == [("llama-3.2:q4_k_m", True, Placing.COPY), ("llama-3.2:q4_k_m", False, Placing.LINK)]


def test_a_disk_without_room_allows_a_link_and_no_copy(theme: Theme, qtbot: QtBot) -> None:
    dialog, _ = dialog_of(theme, qtbot, offer(can_link=True, free_bytes=GIGABYTE))
    assert dialog.problem.text().startswith("There is no room for a copy")
    assert not dialog.go.isEnabled()
    dialog.links.setChecked(True)
    assert dialog.go.isEnabled()


def test_progress_is_followed_and_can_be_cancelled(theme: Theme, qtbot: QtBot) -> None:
    dialog, _ = dialog_of(theme, qtbot, offer())
    cancelled: list[bool] = []
    dialog.cancel_requested.connect(lambda: cancelled.append(True))
    dialog.show_job(job(ImportState.QUEUED))
    assert (dialog.state.text(), dialog.bar.maximum()) == ("Waiting for another import…", 0)
    dialog.show_job(job(ImportState.COPYING, done=GIGABYTE, speed=GIGABYTE))
    assert (dialog.state.text(), dialog.bar.value()) == ("Copying…", 500)
    assert "1 s left" in dialog.progress.text()
    dialog.stop.click()
    assert cancelled == [True]
    dialog.show_job(job(ImportState.CANCELLED))
    assert not dialog.isVisible()


def test_escape_leaves_the_import_running(theme: Theme, qtbot: QtBot) -> None:
    dialog, _ = dialog_of(theme, qtbot, offer())
    left: list[bool] = []
    dialog.left.connect(lambda: left.append(True))
    dialog.show_job(job(ImportState.HASHING))
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert left == [True]
    assert dialog.is_under_way
    again, _ = dialog_of(theme, qtbot, offer())
    again.left.connect(lambda: left.append(False))
    QTest.keyClick(again, Qt.Key.Key_Escape)
    assert left == [True]


def test_the_end_offers_a_chat(theme: Theme, qtbot: QtBot) -> None:
    dialog, _ = dialog_of(theme, qtbot, offer())
    chats: list[str] = []
    dialog.chat_requested.connect(chats.append)
    dialog.show_job(job(ImportState.FINISHED))
    assert dialog.end.text() == "llama-3.2:q4_k_m is ready."
    assert dialog.again.isHidden()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert chats == ["llama-3.2:q4_k_m"]
    assert not dialog.isVisible()


def test_a_failure_says_why_and_can_be_tried_again(theme: Theme, qtbot: QtBot) -> None:
    dialog, wishes = dialog_of(theme, qtbot, offer())
    dialog.show_job(job(ImportState.FAILED, reason="<b>The disk</b> is full."))
    assert dialog.reason.text() == "<b>The disk</b> is full."
    assert dialog.chat.isHidden()
    dialog.again.click()
    dialog.show_refusal("It is taken.")
    assert dialog.problem.text() == "It is taken."
    dialog.name.setText("other")
    dialog.go.click()
    assert wishes == [("other", False, Placing.COPY)]


def test_what_a_file_calls_itself_cannot_stretch_the_dialog(theme: Theme, qtbot: QtBot) -> None:
    usual, _ = dialog_of(theme, qtbot, offer())
    dialog, _ = dialog_of(theme, qtbot, offer(title="<h1>" + "Very long " * 500))
    assert dialog.size() == usual.size()


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_the_frame_of_a_tick_can_be_seen(theme: Theme, qtbot: QtBot, choice: ThemeChoice) -> None:
    theme.apply(choice)
    tick = Tick(theme, "With it")
    qtbot.addWidget(tick)
    tick.resize(tick.sizeHint())
    off = tick.grab().toImage()
    colours = {off.pixelColor(x, off.height() // 2).name().upper() for x in range(24)}
    assert theme.tokens.strong in colours
    tick.setChecked(True)
    on = tick.grab().toImage()
    assert theme.tokens.accent in {on.pixelColor(x, on.height() // 2).name().upper() for x in range(24)}
    tick.show()
    tick.setFocus()
    QTest.keyClick(tick, Qt.Key.Key_Space)
    assert not tick.isChecked()


def test_the_button_beside_other_tools_keeps_its_name_where_there_is_no_room_for_words(
    theme: Theme, qtbot: QtBot
) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    layout = QHBoxLayout(page)
    button = ImportButton(theme, parent=page)
    layout.addWidget(button)
    page.resize(900, 60)
    page.show()
    assert button.text() == "Import a GGUF file…"
    page.resize(300, 60)
    assert button.text() == ""
    assert button.accessibleName() == "Import a GGUF file"
    assert "Import a GGUF file…" in button.toolTip()
    page.resize(900, 60)
    assert button.text() == "Import a GGUF file…"
