"""The field of the composer: plain text that knows which keys send and which break the line."""

import re

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

PASTE_LIMIT = 100_000  # characters; a field of a million without a break takes minutes to lay out
UNBROKEN = re.compile(r"\S{2000}")  # looking for a place to break 100 000 of these takes 0.3 s a key, WrapAnywhere 0.02
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Editor(QPlainTextEdit):
    """Enter sends and Shift+Enter breaks the line, or the other way round with Ctrl+Enter.

    A composition of an input method never sends: its keys do not arrive here.
    """

    submitted = Signal()
    escaped = Signal()
    clipped = Signal()
    up_in_nothing = Signal()  # the Up key while nothing is written

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.enter_sends = True
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER and self._sends(event):
            self.submitted.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.key() == Qt.Key.Key_Up and not self.toPlainText():
            self.up_in_nothing.emit()
        else:
            super().keyPressEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text()
        if len(text) > PASTE_LIMIT:
            self.clipped.emit()
        self._wrap_for(self.toPlainText() + text)
        self.insertPlainText(text[:PASTE_LIMIT])

    def set_text(self, text: str) -> None:
        """Another text in place of what is there."""
        self._wrap_for(text)
        self.setPlainText(text)

    def _wrap_for(self, text: str) -> None:
        """Break words where one is so long that the search for a better place would hold up every key."""
        modes = QTextOption.WrapMode
        self.setWordWrapMode(modes.WrapAnywhere if UNBROKEN.search(text) else modes.WrapAtWordBoundaryOrAnywhere)

    def _sends(self, event: QKeyEvent) -> bool:
        held = event.modifiers()
        if held & Qt.KeyboardModifier.ControlModifier:
            return True
        return self.enter_sends and not held & Qt.KeyboardModifier.ShiftModifier
