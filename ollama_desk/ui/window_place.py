"""Where a window was, as text, and how to bring back one that is hidden or would open where no screen is any more."""

from base64 import b64decode

from PySide6.QtCore import QByteArray, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

GRIP_PX = 48  # so much of the title bar has to be reachable


def as_text(data: QByteArray) -> str:
    """Qt's bytes as base64."""
    return bytes(data.toBase64().data()).decode("ascii")


def as_bytes(text: str) -> QByteArray:
    """The bytes again; empty for what is no base64."""
    try:
        return QByteArray(b64decode(text, validate=True))
    except ValueError:
        return QByteArray()


def bring_on_screen(window: QWidget) -> None:
    """Move and shrink a window so that a screen shows its title bar."""
    screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    corrected = corrected_place(window.geometry(), screens)
    if corrected != window.geometry():
        window.setGeometry(corrected)


def corrected_place(place: QRect, screens: list[QRect]) -> QRect:
    """``place``, or the nearest thing to it on the first screen where nobody could reach its title bar."""
    title_bar = QRect(place.x(), place.y(), place.width(), GRIP_PX)
    if not screens or any(_reachable(title_bar, screen) for screen in screens):
        return place
    room = screens[0]
    width, height = min(place.width(), room.width()), min(place.height(), room.height())
    corrected = QRect(0, 0, width, height)
    corrected.moveCenter(room.center())
    return corrected


def show_above(window: QWidget) -> None:
    """Show a window that may be hidden or minimised, above the others, with the keyboard."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()


def _reachable(title_bar: QRect, screen: QRect) -> bool:
    seen = title_bar.intersected(screen)
    return seen.width() >= GRIP_PX and seen.height() >= GRIP_PX // 2
