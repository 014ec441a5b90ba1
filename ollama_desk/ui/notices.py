"""Notices: a line above the page, one at a time, each with at most one thing to do about it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.language import said
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme

KEPT = 20  # older ones are dropped: a person who left the window alone reads the newest
LONG = 2000  # characters of a notice that the tooltip has no room for either


@dataclass(frozen=True, slots=True)
class Notice:
    """What the line says."""

    text: str
    action_label: str = ""
    on_action: Callable[[], None] | None = None


class Notices(QFrame):
    """The line; hidden while there is nothing to say."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setAccessibleName(self.tr("Notices"))
        self._theme = theme
        self._queue: deque[Notice] = deque(maxlen=KEPT)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._more = QLabel(self)
        self._more.setProperty("role", "note")
        self._action = QPushButton(self)
        self._action.clicked.connect(self._on_action_clicked)
        self._close = QToolButton(self)
        self._close.setProperty("kind", "quiet")
        self._close.setAutoRaise(True)
        self._close.setAccessibleName(self.tr("Close this notice"))
        self._close.setToolTip(self.tr("Close"))
        self._close.clicked.connect(self._on_close_clicked)
        IconSetter(self._close, theme=theme, name="close", size=16)
        self._layout = QHBoxLayout(self)
        self._layout.addWidget(self._text, 1)
        for widget in (self._more, self._action, self._close):
            self._layout.addWidget(widget)
        theme.changed.connect(self._space)
        self._space()
        self.hide()

    def notify(
        self,
        text: str,
        action_label: str | None = None,
        on_action: Callable[[], None] | None = None,
        *,
        for_s: float | None = None,
    ) -> None:
        """Say something; what is being said already is not said twice.

        ``for_s`` seconds later it goes by itself, and stands before what waits; None: when it is closed.
        """
        notice = Notice(said(text[:LONG]).strip(), action_label or "", on_action)
        if not notice.text or any(waiting.text == notice.text for waiting in self._queue):
            return
        if for_s is None:
            self._queue.append(notice)
        else:
            self._queue.appendleft(notice)
            QTimer.singleShot(round(for_s * 1000), self, lambda: self._drop(notice))
        self._show()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, notice.text))

    def current_text(self) -> str:
        """What is being said; empty for nothing."""
        return self._queue[0].text if self._queue else ""

    def clear(self) -> None:
        self._queue.clear()
        self._show()

    def _show(self) -> None:
        if self._queue:
            notice = self._queue[0]
            self._text.setText(one_line(notice.text))
            self._more.setText(self.tr("1 of %n", "", len(self._queue)) if len(self._queue) > 1 else "")
            self._more.setVisible(len(self._queue) > 1)
            self._action.setText(notice.action_label)
            self._action.setVisible(bool(notice.action_label))
        self.setVisible(bool(self._queue))

    def _drop(self, notice: Notice) -> None:
        if notice in self._queue:
            self._queue.remove(notice)
            self._show()

    def _on_action_clicked(self) -> None:
        notice = self._queue.popleft()
        self._show()
        if notice.on_action is not None:
            notice.on_action()

    def _on_close_clicked(self) -> None:
        self._queue.popleft()
        self._show()

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(24), px(6), px(12), px(6))
        self._layout.setSpacing(px(8))
