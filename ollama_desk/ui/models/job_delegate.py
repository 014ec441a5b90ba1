"""Paints a list of downloads: a state in its colour, and a bar over the words on how far it is."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from ollama_desk.ui.icons import tone_color
from ollama_desk.ui.row_table import PADDING, RowDelegate, RowTable
from ollama_desk.ui.table_model import SORT_ROLE

BAR = 4  # pixels high, as the groove of a slider
NAME, STATE, PROGRESS = range(3)


class JobDelegate(RowDelegate):
    """For the columns of ``job_columns``: the state's sort value is its tone, the progress's how much is done."""

    def __init__(self, table: RowTable) -> None:
        super().__init__(table)
        self._jobs = table

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        if index.column() == NAME:
            super().paint(painter, option, index)
            return
        selected = self.paint_row(painter, option, index)
        px = self._jobs.theme.px
        rect: QRect = option.rect
        inner = rect.adjusted(px(PADDING), 0, -px(PADDING), 0)
        if index.column() == STATE:
            self._paint_words(painter, inner, index, tone_color(self._jobs.theme.tokens, index.data(SORT_ROLE)))
        else:
            self._paint_progress(painter, inner, index, selected=selected)

    def _paint_progress(
        self, painter: QPainter, inner: QRect, index: QModelIndex | QPersistentModelIndex, *, selected: bool
    ) -> None:
        """The bar and the words stand together in the middle of the row."""
        tokens, px = self._jobs.theme.tokens, self._jobs.theme.px
        bar, gap = px(BAR), px(5)
        words = QFontMetrics(self._jobs.theme.note_font()).height()
        top = inner.top() + (inner.height() - bar - gap - words) // 2
        groove = QRect(inner.left(), top, inner.width(), bar)
        tone = index.sibling(index.row(), STATE).data(SORT_ROLE)
        colour = tokens.accent if tone == "text" else tone_color(tokens, tone)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        _pill(painter, groove, QColor(tokens.handle if selected else tokens.border))  # seen on both grounds
        done = QRect(groove)
        done.setWidth(round(groove.width() * float(index.data(SORT_ROLE))))
        _pill(painter, QStyle.visualRect(self._jobs.layoutDirection(), groove, done), QColor(colour))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        under = QRect(inner.left(), top + bar + gap, inner.width(), words)
        plain = tokens.text if selected else tokens.muted
        self._paint_words(painter, under, index, tone_color(tokens, tone) if tone == "danger" else plain, note=True)

    def _paint_words(
        self,
        painter: QPainter,
        rect: QRect,
        index: QModelIndex | QPersistentModelIndex,
        colour: str,
        *,
        note: bool = False,
    ) -> None:
        font = self._jobs.theme.note_font() if note else self._jobs.font()
        painter.setFont(font)
        painter.setPen(QColor(colour))
        text = QFontMetrics(font).elidedText(str(index.data() or ""), Qt.TextElideMode.ElideRight, rect.width())
        start = QStyle.visualAlignment(self._jobs.layoutDirection(), Qt.AlignmentFlag.AlignLeft)
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        painter.drawText(rect, start | Qt.AlignmentFlag.AlignVCenter, text)


def _pill(painter: QPainter, rect: QRect, colour: QColor) -> None:
    if rect.width() > 0:
        painter.setBrush(colour)
        painter.drawRoundedRect(QRectF(rect), rect.height() / 2, rect.height() / 2)
