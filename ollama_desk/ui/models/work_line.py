"""A calm line over the table: what is being done with the models and how far it is, or how it ended."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.text import one_line, tooltip
from ollama_desk.ui.theme import Theme

STEPS = 1000  # of the bar: bytes are too many for its numbers


class Words(ElidedLabel):
    """Wraps where it tells a result; what changes ten times a second stays on one line, so that nothing jumps."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.wordWrap():
            QLabel.paintEvent(self, event)
        else:
            super().paintEvent(event)


class WorkLine(QFrame):
    """Hidden while there is nothing to tell. A result stays until it is sent away.

    Args:
        theme: for its measures.
        name: what the work is, for screen readers.
        parent: who owns it.
    """

    cancel_requested = Signal()
    act_requested = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setAccessibleName(name)
        self._theme = theme
        self.text = Words(self)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(name)
        self.act = self._button("", self.act_requested)
        self.cancel = self._button(self.tr("Cancel"), self.cancel_requested)
        self.cancel.setAccessibleDescription(name)
        self.close_button = QToolButton(self)
        self.close_button.setProperty("kind", "quiet")
        self.close_button.setAutoRaise(True)
        self.close_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.close_button.setAccessibleName(self.tr("Close"))
        self.close_button.setAccessibleDescription(name)
        self.close_button.setToolTip(self.tr("Close"))
        self.close_button.clicked.connect(self._on_close_clicked)
        IconSetter(self.close_button, theme=theme, name="close", size=16)
        self._row = QHBoxLayout()
        self._row.addWidget(self.text, 1)
        for button in (self.act, self.cancel, self.close_button):
            self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(self._row)
        self._layout.addWidget(self.bar)
        theme.changed.connect(self._space)
        self._space()
        self.hide()

    def show_work(self, text: str, *, share: float | None = None) -> None:
        """It is under way; ``share`` from 0 to 1 is done, None: that cannot be told."""
        self.text.setWordWrap(False)
        self.text.setText(one_line(text))
        self.text.setToolTip(tooltip(one_line(text)))
        self.bar.setRange(0, 0 if share is None else STEPS)
        self.bar.setValue(0 if share is None else round(max(0.0, min(share, 1.0)) * STEPS))
        self._show(is_work=True)

    def show_result(self, text: str, *, act: str = "") -> None:
        """How it ended, with one thing to do about it."""
        line = one_line(text)
        is_news = self.isHidden() or line != self.text.text()
        self.text.setWordWrap(True)
        self.text.setText(line)
        self.text.setToolTip("")
        self.act.setText(act)
        self.act.setAccessibleName(act)
        self._show(is_work=False)
        if is_news and self.isVisible():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, line))

    def _show(self, *, is_work: bool) -> None:
        had_focus = any(button.hasFocus() for button in (self.act, self.cancel, self.close_button))
        self.bar.setVisible(is_work)
        self.cancel.setVisible(is_work)
        self.act.setVisible(not is_work and bool(self.act.text()))
        self.close_button.setVisible(not is_work)
        self.show()
        if had_focus and self.isVisible():
            (self.cancel if is_work else self.close_button).setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_close_clicked(self) -> None:
        self.hide()
        self.closed.emit()

    def _button(self, label: str, wish: object) -> QPushButton:
        button = QPushButton(label, self)
        button.setAccessibleName(label)
        button.clicked.connect(wish)
        return button

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(16), px(8), px(12), px(8))
        self._layout.setSpacing(px(6))
        self._row.setSpacing(px(8))
        self.bar.setFixedHeight(px(6))
