"""An answer that does not come says so, and no longer than it does not come."""

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ollama_desk.ui.chat.patience import Patience


def made(qtbot: QtBot, line: Patience) -> Patience:
    qtbot.addWidget(line)
    return line


def text(line: QLabel) -> str:
    return "" if line.isHidden() else line.text()


def test_hs08_a_wait_is_said_and_a_long_one_in_more_words(qtbot: QtBot) -> None:
    line = made(qtbot, Patience(first_ms=1, long_ms=30))
    line.begin()
    assert text(line) == ""
    qtbot.waitUntil(lambda: text(line) == "Waiting for the model …")
    qtbot.waitUntil(lambda: "may be loading" in text(line))
    line.hear()
    assert text(line) == ""


def test_hs09_silence_in_the_middle_is_said_until_more_comes(qtbot: QtBot) -> None:
    line = made(qtbot, Patience(silent_ms=5))
    line.begin()
    line.hear()
    qtbot.waitUntil(lambda: "half a minute" in text(line))
    line.hear()
    assert text(line) == ""
    line.end()


def test_an_answer_that_has_ended_waits_for_nothing(qtbot: QtBot) -> None:
    line = made(qtbot, Patience(first_ms=1))
    line.begin()
    line.end()
    qtbot.wait(20)
    assert text(line) == ""
