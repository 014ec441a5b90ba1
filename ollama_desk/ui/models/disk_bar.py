"""A slim bar: how much of a disk the models take, how much other files, what is free."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from ollama_desk.domain.upkeep import DiskUse
from ollama_desk.ui.models.card_parts import wrapping_label
from ollama_desk.ui.models.disk_text import disk_text
from ollama_desk.ui.theme import Theme

TALL_PX = 8


class DiskBar(QWidget):
    """The bar, and the same in words below it."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.stripe = Stripe(theme, parent=self)
        self.words = wrapping_label("note", parent=self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self.stripe)
        self._layout.addWidget(self.words)
        theme.changed.connect(self._space)
        self._space()

    def show_use(self, use: DiskUse) -> None:
        """Where nobody knows the disk nothing is shown."""
        words = disk_text(use)
        self.words.setText(words)
        self.stripe.show_shares(use)
        self.setVisible(bool(words))

    def _space(self) -> None:
        self._layout.setSpacing(self._theme.px(4))
        self.stripe.setFixedHeight(self._theme.px(TALL_PX))


class Stripe(QWidget):
    """For the eye only: the words beside it are for everybody."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._models = self._other = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_shares(self, use: DiskUse) -> None:
        disk, free = use.disk_bytes or 0, use.free_bytes or 0
        self._models = use.used_bytes / disk if disk else 0.0
        self._other = max(disk - free - use.used_bytes, 0) / disk if disk else 0.0
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens, whole = self._theme.tokens, self.width()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens.border))
        start = 0
        for share, color in ((self._models, tokens.accent), (self._other, tokens.strong)):
            width = min(max(round(share * whole), 1 if share > 0 else 0), whole - start)
            is_right = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
            left = whole - start - width if is_right else start
            painter.fillRect(QRect(left, 0, width, self.height()), QColor(color))
            start += width
        painter.end()
