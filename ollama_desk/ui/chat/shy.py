"""Buttons and words that keep their place and are seen only while the pointer or the keyboard is there."""

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QWidget


class ShyButton(QPushButton):
    """Can be reached and read aloud at any time; ``revealed`` says whether it is painted."""

    focus_changed = Signal()

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.revealed = False
        self.setProperty("kind", "quiet")

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.revealed:
            super().paintEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit()


class ShyLabel(QLabel):
    """Words beside such buttons."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.revealed = False

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.revealed:
            super().paintEvent(event)


class Place(QFrame):
    """Tells when the pointer comes and goes. Not by an event filter: that costs Python a call for every event."""

    pointed = Signal(bool)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.pointed.emit(True)  # noqa: FBT003 - a Qt signal's argument

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(False)  # noqa: FBT003 - a Qt signal's argument


class Reveal(QObject):
    """Shows them while the pointer is on ``place`` or one of them has the focus."""

    def __init__(self, place: Place, *shy: ShyButton | ShyLabel) -> None:
        super().__init__(place)
        self._shy = shy
        self._pointed = False
        self._always: frozenset[QWidget] = frozenset()
        place.pointed.connect(self._on_pointed)
        for each in shy:
            if isinstance(each, ShyButton):
                each.focus_changed.connect(self._refresh)

    def keep(self, *shy: ShyButton | ShyLabel) -> None:
        """Show these always: they are what is to be done now."""
        self._always = frozenset(shy)
        self._refresh()

    def _on_pointed(self, pointed: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        self._pointed = pointed
        self._refresh()

    def _refresh(self) -> None:
        there = self._pointed or any(each.hasFocus() for each in self._shy)
        for each in self._shy:
            revealed = there or each in self._always
            if each.revealed is not revealed:
                each.revealed = revealed
                each.update()
