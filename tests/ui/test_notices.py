"""Notices: one at a time, none twice, plain text."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from ollama_desk.ui.notices import Notices
from ollama_desk.ui.theme import Theme


def notices(theme: Theme, qtbot: QtBot) -> Notices:
    made = Notices(theme)
    qtbot.addWidget(made)
    return made


def close_button(line: Notices) -> QToolButton:
    button = line.findChild(QToolButton)
    assert isinstance(button, QToolButton)
    return button


def test_nothing_to_say_takes_no_room(theme: Theme, qtbot: QtBot) -> None:
    line = notices(theme, qtbot)
    assert line.isHidden()
    line.notify("The disk is full.")
    assert not line.isHidden()
    QTest.mouseClick(close_button(line), Qt.MouseButton.LeftButton)
    assert line.isHidden()


def test_several_are_said_one_after_the_other_and_none_twice(theme: Theme, qtbot: QtBot) -> None:
    line = notices(theme, qtbot)
    for text in ("one", "two", "one", "  ", "two"):
        line.notify(text)
    assert line.current_text() == "one"
    QTest.mouseClick(close_button(line), Qt.MouseButton.LeftButton)
    assert line.current_text() == "two"
    QTest.mouseClick(close_button(line), Qt.MouseButton.LeftButton)
    assert line.current_text() == ""


def test_the_action_is_done_once_and_the_notice_goes(theme: Theme, qtbot: QtBot) -> None:
    line = notices(theme, qtbot)
    done: list[str] = []
    line.notify("It fell.", "Start server", lambda: done.append("started"))
    button = line.findChild(QPushButton)
    assert isinstance(button, QPushButton)
    assert button.text() == "Start server"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == ["started"]
    assert line.isHidden()


def test_markup_in_an_error_is_shown_and_not_obeyed(theme: Theme, qtbot: QtBot) -> None:
    line = notices(theme, qtbot)
    line.notify("<img src='file:///dev/zero'>\u202e \x1b[1mx")
    label = next(label for label in line.findChildren(QLabel) if label.text())
    assert label.text() == "<img src='file:///dev/zero'> x"
    assert label.textFormat() is Qt.TextFormat.PlainText


def test_a_flood_keeps_the_newest(theme: Theme, qtbot: QtBot) -> None:
    line = notices(theme, qtbot)
    for number in range(1000):
        line.notify(f"notice {number}")
    assert line.current_text() == "notice 980"
