"""Shows the lines of the log: follows them while it is at their end, and stays where a person has scrolled to."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontInfo,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ollama_desk.domain.server_log import LogLevel, LogLine
from ollama_desk.ui.server.log_model import LINE_ROLE, LogModel
from ollama_desk.ui.theme import Theme

MOST_MARKS = 20  # in one line
Index = QModelIndex | QPersistentModelIndex


class LogList(QTableView):
    """Rows of one height in one column: a list view asks for every row when one comes, a table does not."""

    at_end_changed = Signal(bool)

    def __init__(self, theme: Theme, model: LogModel, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "log")
        self._theme = theme
        self._lines = model
        self._at_end = True
        self._removed = 0
        self._delegate = LogDelegate(theme, model, view=self)
        self.setItemDelegate(self._delegate)
        self.setModel(model)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
            header.setMinimumSectionSize(1)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAutoScroll(False)
        self.setTabKeyNavigation(False)
        self.setAccessibleName(self.tr("Log of the server"))
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        model.rowsAboutToBeRemoved.connect(self._on_rows_leaving)
        model.rowsInserted.connect(self._on_rows_inserted)
        model.rowsRemoved.connect(self._on_rows_gone)
        model.modelReset.connect(self._on_reset)
        theme.changed.connect(self._dress)
        self._dress()

    @property
    def is_at_end(self) -> bool:
        """Whether it follows."""
        return self._at_end

    def go_to_end(self) -> None:
        self._at_end = True
        self.scrollToBottom()
        self.at_end_changed.emit(True)  # noqa: FBT003 - a Qt signal's argument

    def go_to(self, row: int) -> None:
        """Select a row and bring it to the middle, and what is marked in it into view."""
        index, across = self._lines.index(row), self.horizontalScrollBar()
        aside = across.value()
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        place, wide = self._delegate.marked_at(row), self.viewport().width()
        across.setValue(aside if aside <= place < aside + wide else max(place - wide // 2, 0))

    def mark(self, text: str) -> None:
        """Show where ``text`` stands in the lines."""
        self._delegate.needle = text.lower()
        self.viewport().update()

    def selected_text(self) -> str:
        """The selected rows, in their order."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return "\n".join(self._lines.line_text(row) for row in rows)

    def copy_selected(self) -> None:
        """Put the selected rows on the clipboard."""
        text = self.selected_text()
        if text:
            QGuiApplication.clipboard().setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selected()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction(self.tr("Copy"))
        copy.setEnabled(self.selectionModel().hasSelection())
        copy.triggered.connect(self.copy_selected)
        menu.addAction(self.tr("Select all")).triggered.connect(self.selectAll)
        menu.popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._lines.rowCount():
            painter = QPainter(self.viewport())
            painter.setFont(self._theme.note_font())
            painter.setPen(QColor(self._theme.tokens.muted))
            side = Qt.AlignmentFlag
            painter.drawText(self.viewport().rect(), side.AlignLeft | side.AlignTop, self.tr("Nothing yet."))
            painter.end()

    def _dress(self) -> None:
        self.setFont(self._theme.code_font())
        self._delegate.dress()
        self.verticalHeader().setDefaultSectionSize(self._delegate.size.height())
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        if self._at_end:
            self.scrollToBottom()

    def _fit(self) -> None:
        """The column is as wide as the longest line, or as the view."""
        self.setColumnWidth(0, max(self._delegate.size.width(), self.viewport().width()))

    def _on_scrolled(self, value: int) -> None:
        at_end = value >= self.verticalScrollBar().maximum()
        if at_end != self._at_end:
            self._at_end = at_end
            self.at_end_changed.emit(at_end)

    def _on_rows_leaving(self, _parent: QModelIndex, first: int, last: int) -> None:
        self._removed = last - first + 1

    def _on_rows_gone(self) -> None:
        """What is read stays where it is, though rows above it have gone."""
        bar = self.verticalScrollBar()
        if not self._at_end:
            bar.setValue(max(bar.value() - self._removed, 0))

    def _on_rows_inserted(self, _parent: QModelIndex, first: int, _last: int) -> None:
        if self._delegate.widen(first):
            self._fit()
        if self._at_end:
            self.scrollToBottom()
            self._at_end = True

    def _on_reset(self) -> None:
        self._delegate.measure()
        self._fit()
        self.go_to_end()


class LogDelegate(QStyledItemDelegate):
    """Draws a line in the colour of its level, and only the part of it that is seen."""

    def __init__(self, theme: Theme, model: LogModel, *, view: LogList) -> None:
        super().__init__(view)
        self.needle = ""
        self._theme = theme
        self._lines = model
        self._view = view
        self._longest = 0
        self.size = QSize()
        self.dress()

    def dress(self) -> None:
        """The size of the text is another."""
        self._font = self._theme.code_font()
        self._metrics = QFontMetrics(self._font)
        self._step = max(self._metrics.horizontalAdvance("0"), 1)
        self._is_fixed = QFontInfo(self._font).fixedPitch()
        self.measure()

    def measure(self) -> None:
        """The lines are others."""
        self._longest = self._lines.longest()
        self._resize()

    def widen(self, first: int) -> bool:
        """Rows have come, from ``first`` on; whether one of them is longer than any before."""
        longest = self._lines.longest(first)
        if longest <= self._longest:
            return False
        self._longest = longest
        self._resize()
        return True

    def marked_at(self, row: int) -> int:
        """Pixels from the beginning of a line to the first marked words in it, about."""
        return max(self._lines.shown[row].folded.find(self.needle), 0) * self._step

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return self.size

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: LogLine = index.data(LINE_ROLE)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        metrics = self._metrics
        painter.save()
        painter.setFont(self._font)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(self._theme.tokens.selected))
        inner = rect.adjusted(self._theme.px(1), 0, 0, 0)
        text, left = str(index.data()), inner.left()
        first = 0
        if self._is_fixed and text.isascii():
            first = max(-left // self._step - 1, 0)
            text = text[first : first + self._view.viewport().width() // self._step + 3]
            left += first * self._step
        self._paint_marks(painter, QRect(left, rect.top(), 0, rect.height()), text, line.folded[first:])
        painter.setPen(QColor(self._colour(line)))
        painter.drawText(left, rect.top() + (rect.height() - metrics.height()) // 2 + metrics.ascent(), text)
        painter.restore()

    def _paint_marks(self, painter: QPainter, start: QRect, text: str, folded: str) -> None:
        """Frames around the words that are searched, in the part of a line that is seen."""
        if not self.needle or self.needle not in folded[: len(text)]:
            return
        painter.setPen(QColor(self._theme.tokens.accent))
        at = -1
        for _ in range(MOST_MARKS):
            at = folded.find(self.needle, at + 1, len(text))
            if at < 0:
                return
            left = start.left() + self._metrics.horizontalAdvance(text[:at])
            wide = self._metrics.horizontalAdvance(text[at : at + len(self.needle)])
            painter.drawRect(QRect(left - 1, start.top() + 1, wide, start.height() - 3))
            at += len(self.needle) - 1

    def _colour(self, line: LogLine) -> str:
        tokens = self._theme.tokens
        match line.level:
            case LogLevel.REMARK:
                return tokens.accent
            case LogLevel.ERROR:
                return tokens.danger
            case LogLevel.WARNING:
                return tokens.warning
            case LogLevel.DEBUG:
                return tokens.muted
            case LogLevel.INFO:
                return tokens.text

    def _resize(self) -> None:
        px = self._theme.px
        self.size = QSize(px(12) + self._longest * self._step, self._metrics.height() + px(2))
