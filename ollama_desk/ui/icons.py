"""Our own outline icons, drawn in the colour of their state and again when the look changes."""

from typing import Literal

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from ollama_desk.core.resources import resource
from ollama_desk.ui.palette import Tokens
from ollama_desk.ui.theme import Theme

RATIOS = (1.0, 2.0)  # device pixels for each of ours
Tone = Literal["text", "muted", "strong", "accent", "on_accent", "ok", "warning", "danger"]


def icon(name: str, *, color: str, size_px: int = 18, on: str = "", active: str = "", disabled: str = "") -> QIcon:
    """The icon ``resources/icons/NAME.svg``.

    Args:
        name: of the drawing.
        color: ``#RRGGBB`` of its strokes.
        size_px: its width and height.
        on: the colour while its button is checked.
        active: the colour under the pointer or with the focus.
        disabled: the colour while its button cannot be used.
    """
    states = [(QIcon.Mode.Normal, QIcon.State.Off, color)]
    if on:
        states += [(QIcon.Mode.Normal, QIcon.State.On, on), (QIcon.Mode.Active, QIcon.State.On, on)]
    if active:
        states.append((QIcon.Mode.Active, QIcon.State.Off, active))
    if disabled:
        states.append((QIcon.Mode.Disabled, QIcon.State.Off, disabled))
    made = QIcon()
    for mode, state, colour in states:
        for ratio in RATIOS:
            made.addPixmap(icon_pixmap(name, color=colour, size_px=size_px, ratio=ratio), mode, state)
    return made


def icon_pixmap(name: str, *, color: str, size_px: int, ratio: float) -> QPixmap:
    """One drawing in one colour, ``size_px * ratio`` device pixels wide; Qt's cache keeps it."""
    picture = QPixmap()
    key = f"ollama-desk/{name}/{color}/{size_px}/{ratio}"
    if QPixmapCache.find(key, picture):
        return picture
    side = round(size_px * ratio)
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    drawing = resource("icons", f"{name}.svg").read_bytes().replace(b"currentColor", color.encode())
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(0, 0, side, side))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    QPixmapCache.insert(key, picture)
    return picture


def tone_color(tokens: Tokens, tone: Tone) -> str:
    """``#RRGGBB`` of a tone in this look."""
    color: str = getattr(tokens, tone)
    return color


class IconSetter(QObject):
    """Gives a button its icon, and again whenever the look, the size of the text or the wish changes.

    Args:
        button: its owner.
        theme: where colours and sizes come from.
        name: of the drawing.
        tone: the colour at rest.
        on: the colour while checked; empty: the same.
        size: in pixels of the design.
    """

    def __init__(
        self,
        button: QAbstractButton,
        *,
        theme: Theme,
        name: str,
        tone: Tone = "muted",
        on: Tone | None = None,
        size: int = 18,
    ) -> None:
        super().__init__(button)
        self._button = button
        self._theme = theme
        self._name = name
        self._tone: Tone = tone
        self._on = on
        self._size = size
        theme.changed.connect(self._draw)
        self._draw()

    def show(self, name: str, *, tone: Tone | None = None) -> None:
        """Another drawing, or the same in another colour."""
        self._name = name
        self._tone = tone or self._tone
        self._draw()

    def _draw(self) -> None:
        tokens = self._theme.tokens
        side = self._theme.px(self._size)
        self._button.setIconSize(QSize(side, side))
        self._button.setIcon(
            icon(
                self._name,
                color=tone_color(tokens, self._tone),
                size_px=side,
                on=tone_color(tokens, self._on) if self._on else "",
                active=tokens.text if self._tone == "muted" else "",
                disabled=tokens.strong,
            )
        )
