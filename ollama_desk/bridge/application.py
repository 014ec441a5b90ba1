"""The Qt application: who it is, and the ways in which the desktop around it asks it to go."""

import sys

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from ollama_desk import __version__

APP_ID = "org.ollamadesk.OllamaDesk"


class Application(QApplication):
    """Turns the desktop's wish that it ends, and the end of the session, into signals; it decides nothing."""

    end_requested = Signal()  # the desktop or the session manager wants us to go
    save_requested = Signal()  # the session is kept as it is now

    def __init__(self) -> None:
        QGuiApplication.setDesktopFileName(APP_ID)
        super().__init__(sys.argv[:1])
        self.setApplicationName("ollama-desk")
        self.setApplicationDisplayName("Ollama Desk")
        self.setApplicationVersion(__version__)
        self.setQuitOnLastWindowClosed(False)
        self.commitDataRequest.connect(self._on_commit_data)
        self.saveStateRequest.connect(self._on_save_state)

    def event(self, event: QEvent) -> bool:
        """A wish to quit is ours to fulfil: Qt would close the windows, which may only hide them."""
        if event.type() == QEvent.Type.Quit:
            self.end_requested.emit()
            return True
        return super().event(event)

    def _on_commit_data(self, _manager: object) -> None:
        self.save_requested.emit()
        self.end_requested.emit()

    def _on_save_state(self, _manager: object) -> None:
        self.save_requested.emit()
