"""What Qt says is logged; where it gives up before there is a window, a sentence says why."""

import logging

import pytest
from PySide6.QtCore import qWarning

from ollama_desk.bridge.qt_messages import NO_WINDOW_CODE, QtMessages


def test_what_qt_says_while_it_starts_is_held_back_until_it_has(caplog: pytest.LogCaptureFixture) -> None:
    with QtMessages() as messages:
        qWarning("one")
        assert caplog.records == []
        messages.started()
        qWarning("two")
    assert [(record.name, record.levelno, record.message) for record in caplog.records] == [
        ("qt", logging.WARNING, "one"),
        ("qt", logging.WARNING, "two"),
    ]
    caplog.clear()


def test_what_a_window_system_cannot_do_is_no_warning() -> None:
    with QtMessages() as messages:
        messages.started()
        qWarning("This plugin does not support raise()")


def test_ui10_qt_gives_up_in_one_sentence_with_its_first_reason(capsys: pytest.CaptureFixture[str]) -> None:
    codes: list[int] = []
    messages = QtMessages(leave=codes.append)
    with messages:
        qWarning("could not connect to display :77")
        qWarning("Install something.")
        messages.give_up("This application failed to start.\n\nAvailable platform plugins are: none.")
    assert codes == [NO_WINDOW_CODE]
    said = capsys.readouterr().err
    assert "The window system says: could not connect to display :77. " in said
    assert said.count("\n") == 1
