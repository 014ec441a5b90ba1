"""The header of a table, with the mark of the sorting beside the title and never over it."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPolygon
from PySide6.QtWidgets import QHeaderView, QStyle, QStyleOptionHeader, QTableView

from ollama_desk.ui.theme import Theme

GAP, HALF, HIGH = 5, 4, 4  # between title and mark; half of the mark's width; its height


class SortHeader(QHeaderView):
    """Its style leaves the mark out, which it would paint over a title at the right.

    Args:
        table: that it heads.
        theme: of its colours and measures.
        padding: of the design, beside a title.
    """

    def __init__(self, table: QTableView, *, theme: Theme, padding: int) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._theme = theme
        self._padding = padding
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(1)

    def initStyleOptionForIndex(self, option: QStyleOptionHeader, index: int) -> None:
        super().initStyleOptionForIndex(option, index)
        option.sortIndicator = QStyleOptionHeader.SortIndicator.None_

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        painter.save()
        super().paintSection(painter, rect, section)
        painter.restore()
        if self.isSortIndicatorShown() and section == self.sortIndicatorSection():
            self._paint_mark(painter, self._mark_place(rect, section))

    def _mark_place(self, rect: QRect, section: int) -> QPoint:
        """The middle of the mark: behind a title at the left, before one at the right."""
        px, model = self._theme.px, self.model()
        title = str(model.headerData(section, Qt.Orientation.Horizontal) or "")
        wide = QFontMetrics(self._title_font()).horizontalAdvance(title)
        role = Qt.ItemDataRole.TextAlignmentRole
        alignment = Qt.AlignmentFlag(model.headerData(section, Qt.Orientation.Horizontal, role))
        at_right = QStyle.visualAlignment(self.layoutDirection(), alignment) & Qt.AlignmentFlag.AlignRight
        away = px(self._padding) + wide + px(GAP) + px(HALF)
        return QPoint(rect.right() - away if at_right else rect.left() + away, rect.center().y())

    def _title_font(self) -> QFont:
        font = self._theme.note_font()
        font.setBold(True)
        return font

    def _paint_mark(self, painter: QPainter, middle: QPoint) -> None:
        px = self._theme.px
        up = self.sortIndicatorOrder() is Qt.SortOrder.AscendingOrder
        tip = -px(HIGH) // 2 if up else px(HIGH) // 2
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.tokens.muted))
        corners = (QPoint(-px(HALF), -tip), QPoint(px(HALF), -tip), QPoint(0, tip))
        painter.drawPolygon(QPolygon([middle + corner for corner in corners]))
        painter.restore()
