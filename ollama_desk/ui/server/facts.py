"""A few facts side by side, each below its caption; in more rows where there is less room."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from ollama_desk.ui.elided import ElidedLabel
from ollama_desk.ui.theme import Theme

COLUMN_PX = 112


class Facts(QWidget):
    """Captions and values."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._captions: list[QLabel] = []
        self._values: list[ElidedLabel] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        theme.changed.connect(self._place)

    def texts(self) -> dict[str, str]:
        """What is shown: values by their captions."""
        pairs = zip(self._captions, self._values, strict=True)
        return {caption.text(): value.text() for caption, value in pairs if not value.isHidden()}

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show captions with values; a value may be foreign text."""
        while len(self._captions) < len(facts):
            self._add()
        for at, (caption, value) in enumerate(zip(self._captions, self._values, strict=True)):
            shown = at < len(facts)
            caption.setVisible(shown)
            value.setVisible(shown)
            if shown:
                caption.setText(facts[at][0])
                value.show_text(facts[at][1])
                value.setAccessibleName(f"{facts[at][0]}: {value.text()}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._columns != self._fitting():
            self._place()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def _add(self) -> None:
        caption = QLabel(self, textFormat=Qt.TextFormat.PlainText)
        caption.setProperty("role", "note")
        value = ElidedLabel(self)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._captions.append(caption)
        self._values.append(value)
        self._place()

    def _fitting(self) -> int:
        return max(self.width() // self._theme.px(COLUMN_PX), 1)

    def _place(self) -> None:
        before, self._columns = self._columns, self._fitting()
        for column in range(before + 1):
            self._grid.setColumnStretch(column, 0)
        self._grid.setColumnStretch(self._columns, 1)
        for at, (caption, value) in enumerate(zip(self._captions, self._values, strict=True)):
            row, column = divmod(at, self._columns)
            self._grid.addWidget(caption, 2 * row, column)
            self._grid.addWidget(value, 2 * row + 1, column)
        self._grid.setHorizontalSpacing(self._theme.px(28))
        self._grid.setVerticalSpacing(self._theme.px(2))
