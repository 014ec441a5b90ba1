"""How full the model's context is: a small ring and two numbers in the composer."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QToolButton, QWidget

from ollama_desk.domain.context import ContextUse
from ollama_desk.ui.text import tooltip
from ollama_desk.ui.theme import Theme

SIDE = 14
ROUND = 360 * 16  # Qt's sixteenths of a degree
KILO = 1024


class ContextMeter(QToolButton):
    """Shows how much is used; a click asks for where it can be changed."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._use = ContextUse(0)
        self.setProperty("kind", "quiet")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self._draw)
        self.show_use(self._use)

    def show_use(self, use: ContextUse) -> None:
        self._use = use
        used, limit = tokens_text(use.used_tokens), tokens_text(use.limit_tokens)
        text = self.tr("%1 of %2").replace("%1", used).replace("%2", limit) if use.limit_tokens else used
        self.setText(f" {text}")
        self.setAccessibleName(self.tr("Context: %1 tokens").replace("%1", text))
        explained = self._explained(used)
        self.setAccessibleDescription(explained)
        self.setToolTip(tooltip(explained))
        self.setVisible(use.used_tokens > 0)
        self._draw()

    def _explained(self, used: str) -> str:
        about = self.tr("About %1 tokens of this conversation go to the model.").replace("%1", used)
        if self._use.limit_tokens == 0:
            return about
        if self._use.nearly_full:
            return (
                about
                + " "
                + self.tr(
                    "The context is nearly full: soon the oldest messages are left out. "
                    "Start a new chat, or raise the context length in the inspector."
                )
            )
        return about + " " + self.tr("When its context is full, the oldest are left out.")

    def _draw(self) -> None:
        tokens, side = self._theme.tokens, self._theme.px(SIDE)
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(side * ratio), round(side * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = QRectF(1.5, 1.5, side - 3, side - 3)
        painter.setPen(QPen(QColor(tokens.border), 2))
        painter.drawEllipse(ring)
        painter.setPen(QPen(QColor(tokens.warning if self._use.nearly_full else tokens.accent), 2))
        painter.drawArc(ring, 90 * 16, -round(self._use.share * ROUND))
        painter.end()
        self.setIconSize(QSize(side, side))
        self.setIcon(QIcon(picture))


def tokens_text(tokens: int) -> str:
    """``940``, ``1.2k``, ``32k``."""
    if tokens < KILO:
        return str(tokens)
    kilos = tokens / KILO
    return f"{kilos:.1f}k" if kilos < 10 and tokens % KILO else f"{kilos:.0f}k"  # noqa: PLR2004 - two digits
