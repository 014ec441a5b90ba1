"""Shows the lines of the log: follows them while it is at their end, and stays where a person has scrolled to."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Signal
from PySide6.QtGui import QColor, QFontInfo, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ollama_desk.domain.server_log import LogLevel, LogLine
from ollama_desk.ui.server.log_model import LINE_ROLE, LogModel
from ollama_desk.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex


class LogList(QListView):
    """Rows of one height, so that a thousand new ones cost no more than a layout."""

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
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
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
        """Select a row and bring it to the middle."""
        index = self._lines.index(row)
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def mark(self, text: str) -> None:
        """Show where ``text`` stands in the lines."""
        self._delegate.needle = text.lower()
        self.viewport().update()

    def selected_text(self) -> str:
        """The selected rows, in their order."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return "\n".join(self._lines.line_text(row) for row in rows)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            text = self.selected_text()
            if text:
                QGuiApplication.clipboard().setText(text)
            return
        super().keyPressEvent(event)

    def _dress(self) -> None:
        self.setFont(self._theme.code_font())
        self._delegate.dress()
        self.scheduleDelayedItemsLayout()

    def _on_scrolled(self, value: int) -> None:
        at_end = value >= self.verticalScrollBar().maximum()
        if at_end != self._at_end:
            self._at_end = at_end
            self.at_end_changed.emit(at_end)

    def _on_rows_leaving(self, _parent: QModelIndex, first: int, last: int) -> None:
        self._removed = last - first + 1

    def _on_rows_gone(self) -> None:
        """What is read stays where it is, though rows above it have gone."""
        self._delegate.measure()
        bar = self.verticalScrollBar()
        if not self._at_end:
            at = max(bar.value() - self._removed, 0)
            self.executeDelayedItemsLayout()
            bar.setValue(at)

    def _on_rows_inserted(self, _parent: QModelIndex, first: int, _last: int) -> None:
        self._delegate.widen(first)
        if self._at_end:
            self.scrollToBottom()
            self._at_end = True

    def _on_reset(self) -> None:
        self._delegate.measure()
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
        self._size = QSize()
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

    def widen(self, first: int) -> None:
        """Rows have come, from ``first`` on."""
        longest = max((len(line.text) for line in self._lines.shown[first:]), default=0)
        if longest > self._longest:
            self._longest = longest
            self._resize()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return self._size

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
        self._paint_marks(painter, inner, line, metrics)
        painter.setPen(QColor(self._colour(line)))
        text, left = str(index.data()), inner.left()
        if self._is_fixed and text.isascii():
            hidden = max(-left // self._step - 1, 0)
            text = text[hidden : hidden + self._view.viewport().width() // self._step + 3]
            left += hidden * self._step
        painter.drawText(left, rect.top() + (rect.height() - metrics.height()) // 2 + metrics.ascent(), text)
        painter.restore()

    def _paint_marks(self, painter: QPainter, inner: QRect, line: LogLine, metrics: QFontMetrics) -> None:
        at = line.folded.find(self.needle) if self.needle else -1
        while at >= 0:
            left = inner.left() + metrics.horizontalAdvance(line.text[:at])
            wide = metrics.horizontalAdvance(line.text[at : at + len(self.needle)])
            marked = QRect(left, inner.top() + 1, wide, inner.height() - 2)
            painter.setPen(QColor(self._theme.tokens.accent))
            painter.drawRect(marked.adjusted(-1, 0, 0, -1))
            at = line.folded.find(self.needle, at + len(self.needle))

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
        self._size = QSize(px(12) + (self._longest + 24) * self._step, self._metrics.height() + px(2))
