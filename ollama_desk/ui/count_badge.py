"""A small number in the upper outer corner of a button."""

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from ollama_desk.ui.theme import Theme

MOST = 99


class CountBadge(QWidget):
    """Seen only; what it says is in the accessible name of its button."""

    def __init__(self, theme: Theme, *, parent: QAbstractButton) -> None:
        super().__init__(parent)
        self._theme = theme
        self._button = parent
        self._text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        parent.installEventFilter(self)
        theme.changed.connect(self.place)
        self.hide()

    @property
    def text(self) -> str:
        return self._text

    def show_count(self, count: int) -> None:
        """0: nothing is to be seen."""
        self._text = "" if count <= 0 else str(count) if count <= MOST else f"{MOST}+"
        self.setVisible(bool(self._text))
        self.place()
        self.update()

    def place(self) -> None:
        """Where the button ends."""
        size = self.sizeHint()
        inset = self._theme.px(4)
        left = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        self.resize(size)
        self.move(inset if left else self._button.width() - size.width() - inset, inset)

    def sizeHint(self) -> QSize:
        high = self._theme.px(16)
        return QSize(max(high, QFontMetrics(self._font()).horizontalAdvance(self._text) + self._theme.px(8)), high)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutDirectionChange):
            self.place()
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent))
        painter.drawRoundedRect(QRectF(self.rect()), self.height() / 2, self.height() / 2)
        painter.setFont(self._font())
        painter.setPen(QColor(tokens.on_accent))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()

    def _font(self) -> QFont:
        font = self._theme.note_font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        font.setWeight(QFont.Weight.DemiBold)
        return font
