"""A quiet table: whole rows under the pointer and in the selection, lines between them, widths from the text."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFontMetrics, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ollama_desk.ui.column_choice import ColumnChoice
from ollama_desk.ui.icons import icon_pixmap, tone_color
from ollama_desk.ui.sort_header import SortHeader
from ollama_desk.ui.table_model import BADGES_ROLE, KEY_ROLE, MUTED_ROLE, Badge, Column
from ollama_desk.ui.theme import Theme

BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
MOST = 0.6  # of the table's width, for one column with a share
PADDING = 11  # left and right of a cell's text, as in the header
BADGE, BADGE_GAP = 15, 6


class RowTable(QTableView):
    """Shows a proxy over a ``TableModel``.

    Args:
        theme: of its colours and measures.
        row_px: height of a row, of the design.
        several: whether more than one row can be selected.
    """

    def __init__(self, theme: Theme, *, row_px: int = 36, several: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._row_px = row_px
        self.hovered_row = -1
        self.choice = ColumnChoice()
        self.columns: tuple[Column[Any], ...] = ()
        self._widths: dict[int, int] = {}  # a hidden column says 0
        self._longest: dict[str, str] = {}  # by the keys of columns
        self.setItemDelegate(RowDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        modes = QAbstractItemView.SelectionMode
        self.setSelectionMode(modes.ExtendedSelection if several else modes.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalHeader(SortHeader(self, theme=theme, padding=PADDING))
        self.setSortingEnabled(True)
        self.setMouseTracking(True)
        self.verticalHeader().hide()
        theme.changed.connect(self._fit)

    def show_columns(self, model: QSortFilterProxyModel, columns: tuple[Column[Any], ...]) -> None:
        """Show ``model``; the first column takes the room that the others leave."""
        self.columns = columns
        self.setModel(model)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self._fit()

    def choose_columns(self, choice: ColumnChoice) -> None:
        """Show these columns, as far as there is room."""
        self.choice = choice
        self._choose_columns()

    def widen(self, key: str, text: str) -> None:
        """Give the column of this key room for a text, from now on: it grows with what it shows, and never jumps back.

        A text counts by its length; a shorter one changes nothing.
        """
        if len(text) > len(self._longest.get(key, "")):
            self._longest[key] = text
            self._fit()

    def current_key(self) -> str:
        """The key of the row that alone is selected; empty for none and for several."""
        keys = self.selected_keys()
        return keys[0] if len(keys) == 1 else ""

    def selected_keys(self) -> tuple[str, ...]:
        """The keys of the selected rows, from above."""
        rows = sorted(self.selectionModel().selectedRows(), key=QModelIndex.row)
        return tuple(str(row.data(KEY_ROLE)) for row in rows)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Who comes by the keyboard sees where: a table without a selected row takes the first."""
        if not self.selectionModel().hasSelection() and event.reason() in BY_KEYBOARD:
            self.selectRow(0)
        super().focusInEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._choose_columns()
        super().resizeEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.rowAt(event.position().toPoint().y()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        if row == self.hovered_row:
            return
        for each in (self.hovered_row, row):
            top = self.rowViewportPosition(each)
            if each >= 0 and top >= 0:
                self.viewport().update(QRect(0, top, self.viewport().width(), self.rowHeight(each)))
        self.hovered_row = row

    def _fit(self) -> None:
        """Row height and widths from the text's size; never by asking every row."""
        metrics = self.fontMetrics()
        self.verticalHeader().setDefaultSectionSize(
            max(self.theme.px(self._row_px), metrics.height() + self.theme.px(12))
        )
        bold = self.theme.note_font()
        bold.setBold(True)
        titles, pad = QFontMetrics(bold), 2 * self.theme.px(PADDING)
        arrow, slack = self.theme.px(12), 2  # advances are rounded, an ellipsis is not
        for at, column in enumerate(self.columns[1:], start=1):
            title = titles.horizontalAdvance(column.title) + arrow
            texts = (*column.sample.split("\n"), self._longest.get(column.key, ""))
            samples = max(map(metrics.horizontalAdvance, texts))
            self._widths[at] = max(samples, title) + pad + slack
        self._choose_columns()

    def _wide(self, at: int) -> int:
        """What its sample needs, or its share; a column with a share never takes the table from the others."""
        share, whole = self.columns[at].share, self.viewport().width()
        wide = max(self._widths[at], round(share * whole))
        return min(wide, round(MOST * whole)) if share else wide

    def _choose_columns(self) -> None:
        """Hide what matters least until the rest fits."""
        if not self.columns:
            return
        room = self.viewport().width() - self.fontMetrics().horizontalAdvance(self.columns[0].sample)
        widths = [0, *(self._wide(at) for at in range(1, len(self.columns)))]
        shown = self.choice.fitting(self.columns, widths, room)
        for at in range(1, len(self.columns)):
            self.setColumnWidth(at, widths[at])
            if self.isColumnHidden(at) == (at in shown):
                self.setColumnHidden(at, at not in shown)


class RowDelegate(QStyledItemDelegate):
    """Paints a cell as a part of its row; the style sheet's hover would be a cell's."""

    def __init__(self, table: RowTable) -> None:
        super().__init__(table)
        self._table = table

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        selected = self.paint_row(painter, option, index)
        tokens, px = self._table.theme.tokens, self._table.theme.px
        rect: QRect = option.rect
        muted = index.data(MUTED_ROLE) and not selected
        painter.setPen(QColor(tokens.muted if muted else tokens.text))
        painter.setFont(self._table.font())
        inner = rect.adjusted(px(PADDING), 0, -px(PADDING), 0)
        badges: tuple[Badge, ...] = index.data(BADGES_ROLE) or ()
        room = inner.width() - len(badges) * px(BADGE + BADGE_GAP)
        metrics = self._table.fontMetrics()
        text = metrics.elidedText(str(index.data() or ""), Qt.TextElideMode.ElideMiddle, room)
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)  # 986 KB stays in that order
        alignment = Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole))
        painter.drawText(inner, QStyle.visualAlignment(self._table.layoutDirection(), alignment), text)
        if badges:
            self._paint_badges(painter, inner, badges, after=metrics.horizontalAdvance(text))

    def _paint_badges(self, painter: QPainter, inner: QRect, badges: Sequence[Badge], *, after: int) -> None:
        """Behind a text that begins at the leading edge and is ``after`` pixels wide."""
        theme = self._table.theme
        side = theme.px(BADGE)
        left = inner.left() + after
        for badge in badges:
            left += theme.px(BADGE_GAP)
            place = QRect(left, inner.center().y() - side // 2, side, side)
            picture = icon_pixmap(
                badge.icon,
                color=tone_color(theme.tokens, badge.tone),
                size_px=side,
                ratio=self._table.devicePixelRatioF(),
            )
            painter.drawPixmap(QStyle.visualRect(self._table.layoutDirection(), inner, place), picture)
            left += side

    def paint_row(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> bool:
        """Paint what lies under the text of a cell; whether its row is selected."""
        tokens = self._table.theme.tokens
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or index.row() == self._table.hovered_row:
            painter.fillRect(rect, QColor(tokens.selected if selected else tokens.surface))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), QColor(tokens.border))
        if selected and self._table.hasFocus() and index.column() == 0:
            edge = rect.right() - 2 if self._table.isRightToLeft() else rect.left()
            painter.fillRect(QRect(edge, rect.top(), 3, rect.height() - 1), QColor(tokens.accent))
        return selected

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, self._table.verticalHeader().defaultSectionSize())
