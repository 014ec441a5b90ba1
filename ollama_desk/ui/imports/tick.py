"""A check box whose frame can be seen in every theme: the style's own takes a colour that is none in the dark."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QStyle, QWidget

from ollama_desk.ui.theme import Theme

SIZE, GAP = 16, 8
MARK = ((0.24, 0.52), (0.43, 0.71), (0.77, 0.32))  # the tick, in parts of the box


class Tick(QCheckBox):
    """Behaves as any check box."""

    def __init__(self, theme: Theme, text: str, *, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._theme = theme

    def sizeHint(self) -> QSize:
        px, metrics = self._theme.px, self.fontMetrics()
        width = px(SIZE + 2 * GAP) + metrics.horizontalAdvance(self.text())
        return QSize(width, max(px(SIZE), metrics.height()) + px(GAP))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: object) -> bool:  # noqa: ARG002 - Qt's signature
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens, side = self._theme.tokens, self._theme.px(SIZE)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QStyle.visualRect(self.layoutDirection(), self.rect(), self._box().toRect())
        on, able = self.isChecked(), self.isEnabled()
        frame = QColor(tokens.accent if on or self.hasFocus() else tokens.strong)
        painter.setPen(QPen(frame, 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(tokens.accent if on else tokens.raised))
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if on:
            mark = [QPointF(box.x() + side * x, box.y() + side * y) for x, y in MARK]
            painter.setPen(QPen(QColor(tokens.on_accent), 2, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
            painter.drawPolyline(mark)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens.text if on else tokens.accent), 2))
            painter.drawRoundedRect(QRectF(box).adjusted(-1, -1, 1, 1), 5, 5)
        painter.setPen(QColor(tokens.text if able else tokens.strong))
        words = self.rect().adjusted(self._theme.px(SIZE + GAP) + 1, 0, 0, 0)
        words = QStyle.visualRect(self.layoutDirection(), self.rect(), words)
        aligned = QStyle.visualAlignment(self.layoutDirection(), Qt.AlignmentFlag.AlignLeft)
        painter.drawText(words, aligned | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic, self.text())
        painter.end()

    def _box(self) -> QRectF:
        side = self._theme.px(SIZE)
        return QRectF(2, (self.height() - side) / 2, side, side)
