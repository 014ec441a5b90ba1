"""The tools over the table of models: filters at the left, buttons at the right; two lines where one is too short."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from ollama_desk.ui.theme import Theme


class TableTools(QWidget):
    """Holds what it is given, in reading order."""

    def __init__(self, theme: Theme, filters: QWidget, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._filters = filters
        self._line = QHBoxLayout()
        self._line.addStretch(1)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.addWidget(filters, 100)
        self._box.addLayout(self._line, 1)
        theme.changed.connect(self._space)
        self._space()

    def add(self, tool: QWidget) -> None:
        """One more at the end of the buttons."""
        self._line.addWidget(tool)
        self._bend()

    def is_bent(self) -> bool:
        """Whether the buttons have a line of their own."""
        return self._box.direction() is QBoxLayout.Direction.TopToBottom

    def minimumSizeHint(self) -> QSize:
        wide = max(self._filters.minimumSizeHint().width(), self._line.minimumSize().width())
        return QSize(wide, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._bend()

    def _bend(self) -> None:
        shown = self._filters.isVisibleTo(self)
        filters = self._filters.minimumSizeHint().width() + self._box.spacing() if shown else 0
        fits = filters + self._line.sizeHint().width() <= self.width()
        directions = QBoxLayout.Direction
        self._box.setDirection(directions.LeftToRight if fits else directions.TopToBottom)

    def _space(self) -> None:
        self._box.setSpacing(self._theme.px(8))
        self._line.setSpacing(self._theme.px(4))
        self._bend()
