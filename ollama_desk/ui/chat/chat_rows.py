"""How a row of the chat list is painted: its title, and at the right a mark for what goes on in it."""

from enum import StrEnum

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ollama_desk.ui.icons import icon_pixmap
from ollama_desk.ui.theme import Theme

MARK = Qt.ItemDataRole.UserRole + 1
RIGHT = 20  # design pixels that a mark takes
DOT = 3.5


class Mark(StrEnum):
    """What is worth seeing of a chat that is not on screen; the first that holds is shown."""

    STREAMING = "streaming"
    UNREAD = "unread"
    PINNED = "pinned"
    NONE = ""


class ChatRowDelegate(QStyledItemDelegate):
    """Leaves room for the mark and paints it; the rest is Qt's and the stylesheet's."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        mark = index.data(MARK) or Mark.NONE
        if mark is Mark.UNREAD:
            option.font.setBold(True)
        super().paint(painter, option, index)
        if mark is not Mark.NONE:
            area: QRect = option.rect
            side = self._theme.px(RIGHT)
            self._paint_mark(painter, mark, QRect(area.right() - side, area.top(), side, area.height()))

    def _paint_mark(self, painter: QPainter, mark: Mark, area: QRect) -> None:
        tokens, middle = self._theme.tokens, QPointF(area.center())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        match mark:
            case Mark.STREAMING:
                painter.setBrush(QColor(tokens.accent))
                for step in (-1, 0, 1):
                    painter.drawEllipse(middle + QPointF(step * self._theme.px(5), 0), 1.5, 1.5)
            case Mark.UNREAD:
                painter.setBrush(QColor(tokens.accent))
                painter.drawEllipse(middle, DOT, DOT)
            case Mark.PINNED:
                side = self._theme.px(13)
                ratio = painter.device().devicePixelRatio()
                picture = icon_pixmap("pin", color=tokens.muted, size_px=side, ratio=ratio)
                painter.drawPixmap(middle - QPointF(side / 2, side / 2), picture)
            case Mark.NONE:
                pass
        painter.restore()
