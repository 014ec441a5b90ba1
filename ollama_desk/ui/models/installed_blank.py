"""What stands in place of the table of installed models, and what its button does."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ollama_desk.domain.server import ServerStatus
from ollama_desk.ui.blank import Blank
from ollama_desk.ui.language import said
from ollama_desk.ui.text import one_line
from ollama_desk.ui.theme import Theme

WORDS_LIMIT = 60


class InstalledBlank(Blank):
    """Four reasons why there is nothing to show; each has its words, and some one thing to do."""

    clear_requested = Signal()
    demo_requested = Signal()
    start_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        self._does = self.start_requested
        self.requested.connect(self._on_requested)

    def show_nothing_found(self, text: str) -> None:
        """There are models, and the filters leave them all out."""
        self._does = self.clear_requested
        words = one_line(text, WORDS_LIMIT)
        nothing = self.tr("Nothing matches “%1”.").replace("%1", words) if words else self.tr("None is of this kind.")
        self.show_words(self.tr("No such model is installed"), nothing, self.tr("Show all models"))

    def show_server(self, status: ServerStatus, *, known: bool) -> None:
        """There are no models: the server has none, was not asked yet, or does not answer."""
        answers = status.state.answers
        if status.state.is_passing or (answers and not known):
            self.show_words(self.tr("One moment"), self.tr("The server is being asked what it has."))
        elif answers:
            self._does = self.demo_requested
            self.show_words(
                self.tr("No models yet"),
                self.tr("Models that are installed on this machine are listed here. Try one that comes with the app."),
                self.tr("Try it without a download"),
            )
        else:
            self._does = self.start_requested
            self.show_words(
                self.tr("The server is not running"),
                one_line(said(status.reason)) or self.tr("Start it to see the models on this machine."),
                self.tr("Start server"),
            )

    def _on_requested(self) -> None:
        self._does.emit()
