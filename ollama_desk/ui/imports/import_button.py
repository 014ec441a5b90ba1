"""The button that offers an import: an icon with words where there is room beside other tools, else the icon alone."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QPushButton, QWidget

from ollama_desk.ui.icons import IconSetter
from ollama_desk.ui.shortcuts import Key, hint
from ollama_desk.ui.text import tooltip
from ollama_desk.ui.theme import Theme

BESIDE = 660  # design pixels that its own edges and what stands beside it need


class ImportButton(QPushButton):
    """Follows the width of the widget that it stands in."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = self.tr("Import a GGUF file…")
        self._watched: QWidget | None = None
        self.setAccessibleName(self._words.removesuffix("…").strip())
        IconSetter(self, theme=theme, name="folder", size=18)
        self._show_words(shown=True)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        parent = self.parentWidget()
        if parent is not None and parent is not self._watched:
            self._watched = parent
            parent.installEventFilter(self)
        self._follow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.parentWidget():
            self._follow()
        return False

    def _follow(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            words = self.fontMetrics().horizontalAdvance(self._words)
            self._show_words(shown=parent.width() >= words + self._theme.px(BESIDE))

    def _show_words(self, *, shown: bool) -> None:
        text = self._words if shown else ""
        if text != self.text() or not self.toolTip():
            self.setText(text)
            self.setToolTip(tooltip(hint(self._words, Key.IMPORT)))
