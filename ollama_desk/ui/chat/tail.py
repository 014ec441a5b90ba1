"""The open end of a growing answer: words as they came, laid out once each time that they or the width change.

A ``QLabel`` shapes its text again at every question of a layout, eight times for each flush, and asks all layouts
above it to begin anew even where it stays as tall as it was: half of what a flush cost.
"""

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontInfo, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

LINE = 1.5  # em, as in the finished text
LINE_SEPARATOR = "\u2028"  # what QTextLayout breaks a line at


class Tail(QWidget):
    """Plain text, wrapped; nothing in it is markup."""

    room_wanted = Signal(int)  # so many pixels more

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._layout = QTextLayout()
        self._layout.setCacheEnabled(True)
        self._laid_out = -1  # the width that the layout is for
        self._height = 0
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def text(self) -> str:
        return self._text

    def show_text(self, text: str, font: QFont) -> None:
        """Show ``text``; empty hides it."""
        if text != self._text or font != self.font():
            self._text = text
            self.setFont(font)
            self.setAccessibleName(text)
            self._laid_out, before = -1, self._height
            missing = self._lay_out(self.width()) - before
            if missing:
                self.updateGeometry()
            if missing > 0 and self.isVisible():
                self.room_wanted.emit(missing)
            self.update()  # not earlier: what has to be painted cannot be scrolled
        self.setVisible(bool(text.strip()))

    def heightForWidth(self, width: int) -> int:
        return self._lay_out(width)

    def sizeHint(self) -> QSize:
        return QSize(0, self._lay_out(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._laid_out = -1
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        self._lay_out(self.width())
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        painter.setPen(self.palette().color(self.foregroundRole()))
        self._layout.draw(painter, QPointF())

    def _lay_out(self, width: int) -> int:
        """The height for this width."""
        if width == self._laid_out:
            return self._height
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout.setTextOption(option)
        self._layout.setFont(self.font())
        self._layout.setText(self._text.replace("\n", LINE_SEPARATOR))
        height, pitch = 0.0, LINE * QFontInfo(self.font()).pixelSize()
        self._layout.beginLayout()
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(max(1, width))
            line.setPosition(QPointF(0, height))
            height += max(line.height(), pitch)
        self._layout.endLayout()
        self._laid_out, self._height = width, round(height)
        return self._height
