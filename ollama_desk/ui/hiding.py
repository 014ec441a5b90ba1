"""Hides the window where a tray can bring it back, and brings it back by itself when that tray is gone."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

from ollama_desk.ui.tray import Tray
from ollama_desk.ui.window_place import show_above

LOOK_MS = 3000


class Hiding(QObject):
    """Looks for a tray every few seconds while there is none or the window depends on it; otherwise not at all.

    Args:
        window: what is hidden and shown; our owner.
        tray: the icon, which comes and goes with the system's tray.
        has_tray: whether an icon would be seen now.
        look_ms: between two looks.
    """

    def __init__(self, window: QWidget, *, tray: Tray, has_tray: Callable[[], bool], look_ms: int = LOOK_MS) -> None:
        super().__init__(window)
        self._window = window
        self._tray = tray
        self._has_tray = has_tray
        self._hidden = False
        self._timer = QTimer(self)
        self._timer.setInterval(look_ms)
        self._timer.setTimerType(Qt.TimerType.CoarseTimer)
        self._timer.timeout.connect(self._look)
        tray.open_requested.connect(self.show)
        self._look()

    def hide(self) -> bool:
        """Hide the window; False, and nothing happens, where no tray could bring it back."""
        self._look()
        if not self._tray.is_shown:
            return False
        self._hidden = True
        self._window.hide()
        self._timer.start()
        return True

    def show(self) -> None:
        """Show the window above the others, wherever it was."""
        self._hidden = False
        show_above(self._window)
        self._look()

    def explain(self, text: str) -> None:
        """Say something beside the icon."""
        self._tray.explain(text)

    def end(self) -> None:
        """Look no more, and take the icon away."""
        self._timer.stop()
        self._tray.vanish()

    def _look(self) -> None:
        if self._has_tray():
            self._tray.appear()
        else:
            self._tray.vanish()
            if self._hidden:
                self._hidden = False
                show_above(self._window)
        if self._hidden or not self._tray.is_shown:
            self._timer.start()
        else:
            self._timer.stop()
