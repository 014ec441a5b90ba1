"""A ring that fills clockwise, as the icon of a button."""

from PySide6.QtCore import QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton

from ollama_desk.ui.icons import RATIOS
from ollama_desk.ui.theme import Theme

SIDE = 16
PEN = 2.2
TOP = 90 * 16  # sixteenths of a degree, from three o'clock against the clock
ROUND = 360 * 16


class ProgressRing(QObject):
    """Gives a button its ring, anew for each whole per cent and each look."""

    def __init__(self, button: QAbstractButton, *, theme: Theme) -> None:
        super().__init__(button)
        self._button = button
        self._theme = theme
        self._percent = 0
        theme.changed.connect(self._draw)
        self._draw()

    @property
    def percent(self) -> int:
        return self._percent

    def show_percent(self, percent: int) -> None:
        """0 to 100."""
        if percent != self._percent:
            self._percent = percent
            self._draw()

    def _draw(self) -> None:
        side = self._theme.px(SIDE)
        made = QIcon()
        for ratio in RATIOS:
            made.addPixmap(self._pixmap(side, ratio))
        self._button.setIconSize(QSize(side, side))
        self._button.setIcon(made)

    def _pixmap(self, side: int, ratio: float) -> QPixmap:
        tokens = self._theme.tokens
        pixmap = QPixmap(round(side * ratio), round(side * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        wide = self._theme.px(PEN * 10) / 10
        circle = QRectF(wide, wide, side - 2 * wide, side - 2 * wide)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tokens.handle), wide))
        painter.drawEllipse(circle)
        painter.setPen(QPen(QColor(tokens.accent), wide, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawArc(circle, TOP, -ROUND * self._percent // 100)
        painter.end()
        return pixmap
