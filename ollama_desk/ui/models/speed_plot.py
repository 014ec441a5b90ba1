"""How fast a model has answered, answer by answer, with the median as a line; the arrow keys go from point to point."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ollama_desk.domain.speed import Speed
from ollama_desk.ui.models.speed_text import figure_text, point_text, rate_text
from ollama_desk.ui.text import age_text
from ollama_desk.ui.theme import Theme

ROOM = 1.25  # of the highest value, at the top
DOT_PX = 4


class SpeedPlot(QWidget):
    """Points from left to right in the order of the answers; those of an earlier version are grey."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._speeds: list[Speed] = []
        self._is_old: list[bool] = []
        self._median: float | None = None
        self._now: datetime | None = None
        self._pointed = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Tokens a second, answer by answer"))
        theme.changed.connect(self.updateGeometry)
        theme.changed.connect(self.update)

    def show_speeds(self, speeds: Sequence[Speed], *, digest: str, median: float | None, now: datetime) -> None:
        """What answers told, oldest first; those that are too short to tell are left out."""
        self._speeds = [speed for speed in speeds if speed.tokens_per_s is not None]
        self._is_old = [bool(digest and speed.digest and speed.digest != digest) for speed in self._speeds]
        self._median = median
        self._now = now
        self._point(-1)

    def value_text(self) -> str:
        """The point under the pointer or the keyboard; without one the median."""
        if 0 <= self._pointed < len(self._speeds) and self._now is not None:
            return point_text(self._speeds[self._pointed], self._now)
        return "" if self._median is None else self.tr("median %1").replace("%1", rate_text(self._median))

    def dots(self) -> list[QPoint]:
        """The middles of the points, in pixels of the widget."""
        frame, count, top = self._inner(), len(self._speeds), self._top()
        across = frame.width() / max(count, 1)
        return [
            QPoint(
                round(frame.left() + across * (at + 0.5)),
                frame.bottom() - round((speed.tokens_per_s or 0.0) / top * (frame.height() - 1)),
            )
            for at, speed in enumerate(self._speeds)
        ]

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(220), self._theme.px(112) + 2 * self._line_px())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self.sizeHint().height())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        frame = self._inner()
        at = (event.position().x() - frame.left()) / max(frame.width(), 1) * len(self._speeds)
        self._point(min(max(int(at), 0), len(self._speeds) - 1))

    def leaveEvent(self, event: QEvent) -> None:
        self._point(-1)
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._point(-1)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._speeds) - 1
        start = self._pointed if self._pointed >= 0 else last + 1
        places = {
            Qt.Key.Key_Left: max(start - 1, 0),
            Qt.Key.Key_Right: min(start + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if key in places and last >= 0:
            self._point(places[key])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens, painter = self._theme.tokens, QPainter(self)
        frame = self._frame()
        painter.setPen(QColor(tokens.accent if self.hasFocus() else tokens.border))
        painter.drawRect(frame.adjusted(0, 0, -1, -1))
        self._write(painter, frame)
        self._draw_median(painter)
        size = self._theme.px(DOT_PX)
        for at, dot in enumerate(self.dots()):
            wide = size + 2 * self._theme.px(2) if at == self._pointed else size
            color = tokens.strong if self._is_old[at] else tokens.accent
            painter.fillRect(QRect(dot.x() - wide // 2, dot.y() - wide // 2, wide, wide), QColor(color))
        painter.end()

    def _draw_median(self, painter: QPainter) -> None:
        if self._median is None or not self._speeds:
            return
        inner = self._inner()
        high = inner.bottom() - round(self._median / self._top() * (inner.height() - 1))
        painter.setPen(QPen(QColor(self._theme.tokens.muted), 1, Qt.PenStyle.DashLine))
        painter.drawLine(inner.left(), high, inner.right(), high)

    def _write(self, painter: QPainter, frame: QRect) -> None:
        """The value above, the scale in the corner, the first and the last moment below."""
        align, tokens = Qt.AlignmentFlag, self._theme.tokens
        font = self._theme.note_font()
        metrics, line = QFontMetrics(font), self._line_px()
        painter.setFont(font)
        painter.setPen(QColor(tokens.text))
        head = QRect(0, 0, self.width(), line)
        text = metrics.elidedText(self.value_text(), Qt.TextElideMode.ElideRight, head.width())
        painter.drawText(head, align.AlignLeft | align.AlignVCenter, text)
        painter.setPen(QColor(tokens.muted))
        scale = frame.adjusted(self._theme.px(4), 1, -self._theme.px(4), -1)
        painter.drawText(scale, align.AlignLeft | align.AlignTop, figure_text(self._top()))
        foot = QRect(0, frame.bottom() + self._theme.px(2), self.width(), line)
        first, last = self._ends()
        painter.drawText(foot, align.AlignLeft | align.AlignVCenter, first)
        if metrics.horizontalAdvance(first + last) + self._theme.px(8) <= foot.width():
            painter.drawText(foot, align.AlignRight | align.AlignVCenter, last)

    def _ends(self) -> tuple[str, str]:
        if not self._speeds or self._now is None:
            return "", ""
        first, last = (age_text(each.at, self._now) for each in (self._speeds[0], self._speeds[-1]))
        return (first, last) if len(self._speeds) > 1 else ("", last)

    def _point(self, at: int) -> None:
        self._pointed = at
        spoken = self.value_text()
        if at < 0 and self._speeds:
            count = self.tr("%n points", "", len(self._speeds))
            spoken = ", ".join(text for text in (count, spoken) if text)
        self.setAccessibleDescription(spoken)
        self.update()

    def _top(self) -> float:
        values = [speed.tokens_per_s or 0.0 for speed in self._speeds]
        return max([*values, self._median or 0.0], default=0.0) * ROOM or 1.0

    def _line_px(self) -> int:
        return QFontMetrics(self._theme.note_font()).height()

    def _frame(self) -> QRect:
        line, gap = self._line_px(), self._theme.px(2)
        return self.rect().adjusted(0, line + gap, 0, -line - gap)

    def _inner(self) -> QRect:
        pad = self._theme.px(DOT_PX)
        return self._frame().adjusted(pad, pad, -pad, -pad)
