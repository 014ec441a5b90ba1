"""Bench: what one flush of 16 tokens costs, by the length of the answer and against the least text widget.

A flush is the append, the layout and the paint: everything until the event loop has nothing left to do. A transcript
shows the first page of a very long answer and offers the rest, so that length costs nothing there.

Where a flush goes (2 to 4 ms at any length, against 1 to 1.7): layout and paint of the open tail, once for each line of
new text, and at every fifteenth flush the rendering of a passage that is finished. What it took to get there, from 5 to
7 ms: a style sheet's background does not count as opaque, so that every scroll by a line painted the whole window; a
tail that was a ``QLabel`` was shaped eight times a flush; and layouts that grow from the inside out squeeze what does
not fit yet, which moved each of sixty passages twice. ``ui/chat/transcript.py`` and ``tail.py`` say how it is avoided.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QMainWindow, QPlainTextEdit, QWidget

from ollama_desk.domain.chat import Message, MessageState, Role
from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.ui.chat.transcript import Transcript
from ollama_desk.ui.theme import Theme
from tests.bench.figures import Figure, hand_over, interleaved
from tests.support.long_answers import SHAPES, tokens

FLUSH_TOKENS = 16
FLUSHES = 40  # a round: 640 tokens, so that two segments end in it, however long the answer is
LONG, SHORT, MIDDLE = 50_000, 1_000, 10_000
GROWTH_LIMIT, BARE_LIMIT = 2.0, 2.5
TURNS = 4
SETTLE_TURNS = 100  # of those: the head of a long answer is laid out a slice a turn


class Answer:
    """A transcript in a window of its own, with one answer of this shape that has come to ``start`` tokens."""

    def __init__(self, shape: str, start: int, theme: Theme) -> None:
        self._tokens = tokens(shape)
        self._transcript = Transcript(theme)
        self._window = shown(self._transcript)
        at = datetime(2026, 1, 1, tzinfo=UTC)
        self._transcript.add_message(Message(1, 1, None, Role.ASSISTANT, "", at, state=MessageState.STREAMING))
        self._transcript.append_text(1, taken(self._tokens, start), "")
        settle()

    def grow(self) -> float:
        """The CPU seconds of a round of flushes."""
        pieces = [taken(self._tokens, FLUSH_TOKENS) for _ in range(FLUSHES)]
        began = time.process_time()
        for piece in pieces:
            self._transcript.append_text(1, piece, "")
            turn()
        return time.process_time() - began

    def close(self) -> None:
        dispose(self._window)


class BareText:
    """The least widget that shows growing text, with the same text in it."""

    def __init__(self, start: int) -> None:
        self._tokens = tokens("mixed")
        self._edit = QPlainTextEdit()
        self._edit.setReadOnly(True)
        self._window = shown(self._edit)
        self._insert(taken(self._tokens, start))
        settle()

    def grow(self) -> float:
        pieces = [taken(self._tokens, FLUSH_TOKENS) for _ in range(FLUSHES)]
        began = time.process_time()
        for piece in pieces:
            self._insert(piece)
            turn()
        return time.process_time() - began

    def close(self) -> None:
        dispose(self._window)

    def _insert(self, text: str) -> None:
        cursor = self._edit.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text)
        self._edit.setTextCursor(cursor)


def shown(widget: QWidget) -> QMainWindow:
    window = QMainWindow()
    window.setCentralWidget(widget)
    window.resize(1100, 740)
    window.show()
    settle()
    return window


def dispose(window: QObject) -> None:
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def taken(source: Iterator[str], count: int) -> str:
    return "".join(islice(source, count))


def turn() -> None:
    """The turns of the event loop until nothing is left: layout, timers of 0 ms, paint."""
    for _ in range(TURNS):
        QCoreApplication.processEvents()


def settle() -> None:
    for _ in range(SETTLE_TURNS):
        turn()


def growth(shape: str, theme: Theme) -> Figure:
    long = Answer(shape, LONG, theme)

    def short() -> float:
        answer = Answer(shape, SHORT, theme)
        cost = answer.grow()
        answer.close()
        return cost

    ratio = interleaved(long.grow, short)
    long.close()
    detail = f"{1000 * ratio.first / FLUSHES:.1f} ms against {1000 * ratio.second / FLUSHES:.1f} ms"
    return ratio.figure(f"flush at 50k tokens / flush at 1k, {shape}", GROWTH_LIMIT, detail=detail)


def against_bare(theme: Theme) -> Figure:
    answer, bare = Answer("mixed", MIDDLE, theme), BareText(MIDDLE)
    ratio = interleaved(answer.grow, bare.grow)
    answer.close()
    bare.close()
    detail = f"{1000 * ratio.first / FLUSHES:.2f} ms against {1000 * ratio.second / FLUSHES:.2f} ms"
    return ratio.figure("flush / bare QPlainTextEdit.insertText flush, 10k", BARE_LIMIT, detail=detail)


def measure() -> list[Figure]:
    app = QApplication([])
    theme = Theme(app)
    theme.apply(ThemeChoice.LIGHT)
    return [*(growth(shape, theme) for shape in SHAPES), against_bare(theme)]


if __name__ == "__main__":
    hand_over(measure())
