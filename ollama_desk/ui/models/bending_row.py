"""Widgets side by side, or one below the other where there is no room: large letters, long words, small windows."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from ollama_desk.ui.theme import Theme


class BendingRow(QWidget):
    """As wide as its widest widget at the least.

    Args:
        theme: for its measures.
        widgets: in reading order.
        stretch: the widget that takes the room that is left; it counts with ``least_px``.
        least_px: of the design, what ``stretch`` has to have beside the others.
    """

    def __init__(
        self,
        theme: Theme,
        *widgets: QWidget,
        stretch: QWidget | None = None,
        least_px: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._widgets = widgets
        self._stretch = stretch
        self._least_px = least_px
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        start = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading
        for widget in widgets:
            if widget is stretch:
                self._row.addWidget(widget, 1)
            else:
                self._row.addWidget(widget, 0, start)
        if stretch is None:
            self._row.addStretch(1)

    def is_bent(self) -> bool:
        """Whether its widgets stand one below the other."""
        return self._row.direction() is QBoxLayout.Direction.TopToBottom

    def minimumSizeHint(self) -> QSize:
        wide = max(0 if each is self._stretch else _least(each) for each in self._shown())
        return QSize(wide, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        shown = self._shown()
        needed = sum(self._wish(each) for each in shown) + self._row.spacing() * (len(shown) - 1)
        directions = QBoxLayout.Direction
        self._row.setDirection(directions.TopToBottom if needed > self.width() else directions.LeftToRight)

    def _wish(self, widget: QWidget) -> int:
        if widget is self._stretch:
            return self._theme.px(self._least_px)
        return max(widget.minimumWidth(), min(widget.sizeHint().width(), widget.maximumWidth()))

    def _shown(self) -> list[QWidget]:
        return [each for each in self._widgets if not each.isHidden()] or list(self._widgets)


def _least(widget: QWidget) -> int:
    """A smallest width that was set counts, not the hint."""
    return widget.minimumWidth() or widget.minimumSizeHint().width()
