"""Buttons and words that keep their place and are seen only while the pointer or the keyboard is there."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QLabel, QPushButton, QWidget


class ShyButton(QPushButton):
    """Can be reached and read aloud at any time; ``revealed`` says whether it is painted."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.revealed = False
        self.setProperty("kind", "quiet")

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.revealed:
            super().paintEvent(event)


class ShyLabel(QLabel):
    """Words beside such buttons."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.revealed = False

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.revealed:
            super().paintEvent(event)


class Reveal(QObject):
    """Shows them while the pointer is on ``place`` or one of them has the focus."""

    def __init__(self, place: QWidget, *shy: ShyButton | ShyLabel) -> None:
        super().__init__(place)
        self._place = place
        self._shy = shy
        self._always: frozenset[QWidget] = frozenset()
        for each in (place, *shy):
            each.installEventFilter(self)

    def keep(self, *shy: ShyButton | ShyLabel) -> None:
        """Show these always: they are what is to be done now."""
        self._always = frozenset(shy)
        self._refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._place and event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self._refresh(pointed=event.type() is QEvent.Type.Enter)
        elif event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._refresh()
        return False

    def _refresh(self, *, pointed: bool | None = None) -> None:
        there = self._place.underMouse() if pointed is None else pointed
        there = there or any(each.hasFocus() for each in self._shy)
        for each in self._shy:
            revealed = there or each in self._always
            if each.revealed is not revealed:
                each.revealed = revealed
                each.update()
