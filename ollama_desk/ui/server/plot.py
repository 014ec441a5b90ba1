"""A measurement over the last ten minutes. Not smoothed: with a pen of one pixel a paint takes 0.7 ms, not 20."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ollama_desk.ui.server.curve import WINDOW_S, Point, Reading, ceiling, nearest, runs
from ollama_desk.ui.text import span_text
from ollama_desk.ui.theme import Theme


class Plot(QWidget):
    """Caption and value above, the line below, its scale in the corner.

    Args:
        theme: where colours and sizes come from.
        caption: what is measured.
        say: a value in words.
        least_top: the lowest value that the top of the plot stands for.
    """

    def __init__(
        self,
        theme: Theme,
        *,
        caption: str,
        say: Callable[[float], str],
        least_top: float,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._caption = caption
        self._say = say
        self._least_top = least_top
        self._pieces: list[list[Point]] = []
        self._top = least_top
        self._highest = 0.0
        self._pointed_age_s: float | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(caption)
        theme.changed.connect(self.updateGeometry)
        theme.changed.connect(self.update)
        self.show_readings([])

    def show_readings(self, readings: Sequence[Reading]) -> None:
        """Newest last; the newest stands at the right edge."""
        self._pieces = runs(readings)
        self._highest = max((point.value for piece in self._pieces for point in piece), default=0.0)
        self._top = ceiling(self._highest, self._least_top)
        self.setAccessibleDescription(self._spoken())
        self.update()

    def value_text(self) -> str:
        """What stands beside the caption: the value under the pointer, else the newest."""
        if self._pointed_age_s is not None:
            point = nearest(self._pieces, self._pointed_age_s)
            if point is not None:
                ago = self.tr("%1 ago").replace("%1", span_text(point.age_s))
                return self.tr("%1, %2").replace("%1", self._say(point.value)).replace("%2", ago)
        return self._say(self._pieces[-1][-1].value) if self._pieces else ""

    def highest_text(self) -> str:
        """The highest value of the ten minutes."""
        return self.tr("at most %1").replace("%1", self._say(self._highest)) if self._pieces else ""

    def top_text(self) -> str:
        """What the top of the plot stands for."""
        return self._say(self._top)

    def lines(self) -> list[list[QPoint]]:
        """The pieces of the line, in pixels of the widget."""
        frame = self._frame().adjusted(1, 2, -2, -2)
        right, bottom = frame.right(), frame.bottom()
        across, up = (frame.width() - 1) / WINDOW_S, (frame.height() - 1) / self._top
        return [
            [QPoint(right - round(point.age_s * across), bottom - round(point.value * up)) for point in piece]
            for piece in self._pieces
        ]

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(220), self._theme.px(92))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self._theme.px(48))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        frame = self._frame()
        share = (frame.right() - event.position().x()) / max(frame.width() - 1, 1)
        self._pointed_age_s = min(max(share, 0.0), 1.0) * WINDOW_S
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointed_age_s = None
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens, frame = self._theme.tokens, self._frame()
        painter = QPainter(self)
        self._write(painter, frame)
        painter.setPen(QColor(tokens.border))
        painter.drawRect(frame.adjusted(0, 0, -1, -1))
        painter.setPen(QColor(tokens.accent))
        for line in self.lines():
            painter.drawPolyline(line) if len(line) > 1 else painter.drawPoint(line[0])
        if self._pointed_age_s is not None and nearest(self._pieces, self._pointed_age_s) is not None:
            painter.setPen(QColor(tokens.muted))
            at = frame.right() - 2 - round(self._pointed_age_s / WINDOW_S * (frame.width() - 4))
            painter.drawLine(at, frame.top() + 1, at, frame.bottom() - 1)
        painter.end()

    def _write(self, painter: QPainter, frame: QRect) -> None:
        """Caption, value and scale."""
        align, tokens = Qt.AlignmentFlag, self._theme.tokens
        font = self._theme.note_font()
        high = QFontMetrics(font).height()
        head = QRect(frame.left(), 0, frame.width(), high)
        painter.setFont(font)
        painter.setPen(QColor(tokens.text))
        painter.drawText(head, align.AlignRight | align.AlignVCenter, self.value_text())
        painter.setPen(QColor(tokens.muted))
        inner = frame.adjusted(self._theme.px(4), 1, -self._theme.px(4), -1)
        if inner.height() >= 2 * high:
            painter.drawText(inner, align.AlignLeft | align.AlignTop, self.top_text())
        bold = self._theme.note_font()
        bold.setWeight(bold.Weight.DemiBold)
        wide = QFontMetrics(bold).horizontalAdvance(self._caption) + self._theme.px(8)
        room = head.width() - QFontMetrics(font).horizontalAdvance(self.highest_text() + self.value_text()) - wide
        if room > self._theme.px(8) and self._pointed_age_s is None:
            painter.drawText(head.adjusted(wide, 0, 0, 0), align.AlignLeft | align.AlignVCenter, self.highest_text())
        painter.setFont(bold)
        painter.drawText(head, align.AlignLeft | align.AlignVCenter, self._caption)

    def _frame(self) -> QRect:
        high = QFontMetrics(self._theme.note_font()).height()
        return self.rect().adjusted(0, high + self._theme.px(2), 0, 0)

    def _spoken(self) -> str:
        if not self._pieces:
            return self.tr("Nothing measured yet.")
        words = self.tr("%1 now, at most %2 in the last ten minutes")
        return words.replace("%1", self._say(self._pieces[-1][-1].value)).replace("%2", self._say(self._highest))
