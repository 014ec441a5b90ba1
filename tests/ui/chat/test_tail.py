"""The open end of a growing answer keeps its place and costs little."""

from datetime import UTC, datetime

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ollama_desk.domain.chat import Message, MessageState, Role
from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.ui.chat.body import Body
from ollama_desk.ui.chat.slices import Slices
from ollama_desk.ui.chat.tail import Tail
from ollama_desk.ui.chat.transcript import Transcript
from ollama_desk.ui.theme import Theme

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


class Moves(QObject):
    """Counts how often parts of an answer are moved or get another size."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize) and isinstance(watched.parent(), Body):
            self.count += 1
        return False


def come_to_rest(app: QApplication) -> None:
    """Every layout that asked for another, and the timers of 0 ms."""
    for _ in range(100):
        app.processEvents()


def test_it_is_as_tall_as_its_lines(qtbot: QtBot) -> None:
    tail = Tail()
    qtbot.addWidget(tail)
    tail.resize(200, 20)
    tail.show_text("one", QFont())
    one = tail.heightForWidth(200)
    tail.show_text("one\ntwo", QFont())
    assert tail.heightForWidth(200) == 2 * one
    assert tail.heightForWidth(20) >= tail.heightForWidth(200)
    assert tail.sizeHint() == QSize(0, 2 * one)


def test_nothing_is_shown_of_nothing(qtbot: QtBot) -> None:
    tail = Tail()
    qtbot.addWidget(tail)
    tail.show_text(" \n", QFont())
    assert tail.isHidden()


def test_a_new_line_moves_nothing_of_what_stands_above_it(qtbot: QtBot, qapp: QApplication) -> None:
    theme = Theme(qapp)
    theme.apply(ThemeChoice.LIGHT)
    transcript = Transcript(theme)
    qtbot.addWidget(transcript)
    transcript.resize(800, 500)
    transcript.show()
    answer = Message(1, 1, None, Role.ASSISTANT, "", NOW, model="demo", state=MessageState.STREAMING)
    transcript.show_messages((answer,))
    transcript.append_text(1, "A finished paragraph of some words.\n\n```\ncode\n```\n\n" * 30 + "The open end", "")
    bar, tail, slices = transcript.verticalScrollBar(), transcript.findChild(Tail), transcript.findChildren(Slices)
    assert tail is not None
    qtbot.waitUntil(lambda: all(each.are_done for each in slices) and tail.isVisible(), timeout=20_000)
    come_to_rest(qapp)
    before, height = bar.maximum(), tail.height()
    moves = Moves()
    qapp.installEventFilter(moves)
    transcript.append_text(1, " goes on with enough words to need one more line of the column" * 2, "")
    qtbot.waitUntil(lambda: tail.height() > height and bar.value() == bar.maximum() > before, timeout=20_000)
    come_to_rest(qapp)
    qapp.removeEventFilter(moves)
    assert moves.count == 0
