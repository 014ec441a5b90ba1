"""The last minute of a measurement as a line. Not smoothed: with a pen of one pixel a paint takes 0.7 ms, not 20."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ollama_desk.ui.theme import Theme

KEPT = 60  # samples
FULL = 100.0  # per cent of one core reaches the top, unless more was used


class Sparkline(QWidget):
    """Newest at the right."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._values: tuple[float, ...] = ()
        theme.changed.connect(self.updateGeometry)
        theme.changed.connect(self.update)

    def show_values(self, values: Sequence[float]) -> None:
        """Newest last."""
        self._values = tuple(values[-KEPT:])
        self.update()

    def points(self) -> list[QPoint]:
        """The line, in pixels of the widget."""
        top = max(FULL, *self._values) if self._values else FULL
        step = (self.width() - 1) / (KEPT - 1)
        height = self.height() - 2
        first = KEPT - len(self._values)
        return [
            QPoint(round((first + at) * step), 1 + round(height * (1 - value / top)) - (value <= 0))
            for at, value in enumerate(self._values)
        ]

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(60), self._theme.px(18))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(self._theme.tokens.accent))
        painter.drawPolyline(self.points())
        painter.end()
