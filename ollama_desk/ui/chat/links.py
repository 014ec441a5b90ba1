"""Links in answers: each place is opened only after the person has seen its name and agreed, once."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from ollama_desk.ui.confirm import Confirm
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme


class LinkOpener(QObject):
    """Hands links to the desktop. What a link may be at all is decided where it is shown."""

    def __init__(
        self, window: QWidget, *, theme: Theme, browse: Callable[[QUrl], object] = QDesktopServices.openUrl
    ) -> None:
        super().__init__(window)
        self._browse = browse
        self._window = window
        self._theme = theme
        self._agreed: set[str] = set()  # in this run of the program

    def open(self, url: QUrl) -> None:
        """Open ``url`` with the desktop, after asking where its place is a new one."""
        place = url.host() or url.path()  # a mail address has no host
        if place in self._agreed:
            self._browse(url)
            return

        def agree() -> None:
            self._agreed.add(place)
            self._browse(url)

        Confirm(
            self._window.window(),
            theme=self._theme,
            question=self.tr("Open %1?").replace("%1", one_line(place, 80)),
            explanation=self.tr("The model wrote this link: %1").replace("%1", one_line(url.toString(), 300)),
            verb=self.tr("Open link"),
            on_yes=agree,
        ).open()
