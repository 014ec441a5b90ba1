"""A button that gives way: where its words have no room they end in an ellipsis, and nothing scrolls sideways."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter, QWidget

LEAST_EM = 3  # of its width, in heights of a letter


class YieldingButton(QPushButton):
    """Wants the room for all its words, and makes do with less. ``text()`` is always the whole."""

    def __init__(self, text: str = "", *, primary: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        if primary:
            self.setProperty("kind", "primary")

    def minimumSizeHint(self) -> QSize:
        wish = super().minimumSizeHint()
        return QSize(min(wish.width(), LEAST_EM * self.fontMetrics().height()), wish.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        room = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self)
        option.text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter.end()
