"""Who starts the program from a menu reads why it does not start."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from ollama_desk.ui.last_words import last_words, show_last_words


def test_the_sentence_is_shown_as_it_is_with_a_way_to_close_it(qtbot: QtBot) -> None:
    box = last_words("The folder <b>/data & more</b> cannot be used.")
    qtbot.addWidget(box)
    assert box.text() == "The folder <b>/data & more</b> cannot be used."
    assert box.textFormat() is Qt.TextFormat.PlainText
    assert box.standardButtons() == QMessageBox.StandardButton.Close
    assert box.windowTitle()


def test_nothing_waits_where_nobody_would_see_it(qapp: QApplication) -> None:
    show_last_words(qapp, "Nobody reads this.")
