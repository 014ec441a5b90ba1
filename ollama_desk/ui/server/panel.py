"""The Server page: how the server is and what can be done, advice about this machine, and the log."""

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.advice import Advice
from ollama_desk.ui.server.log_panel import LogPanel
from ollama_desk.ui.server.state_card import StateCard
from ollama_desk.ui.server.wording import Remedy
from ollama_desk.ui.text import utc_now
from ollama_desk.ui.theme import Theme


class ServerPanel(QWidget):
    """Shows the server; asks for what a person wants of it."""

    start_requested = Signal()
    stop_requested = Signal()
    restart_requested = Signal()
    remedy_requested = Signal(Remedy)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._status = ServerStatus(ServerState.STOPPED)
        self._built_in_chosen = False
        self.gpu = Advice(theme, name=self.tr("About the graphics processor"), parent=self)
        self.system = Advice(theme, name=self.tr("About the Ollama of this machine"), parent=self)
        self.card = StateCard(theme, parent=self)
        self.log = LogPanel(theme, parent=self)
        title = QLabel(self.tr("Server"), self)
        title.setProperty("role", "title")
        caption = QLabel(self.tr("Log"), self)
        caption.setProperty("role", "caption")
        column = QWidget(self)
        column.setObjectName("column")
        scroll = QScrollArea(self)
        scroll.setObjectName("scroll")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(column)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self._layout = QVBoxLayout(column)
        for widget in (title, self.card, self.gpu, self.system, caption):
            self._layout.addWidget(widget)
        self._layout.addWidget(self.log, 1)
        self.card.start_requested.connect(self.start_requested)
        self.card.stop_requested.connect(self.stop_requested)
        self.card.restart_requested.connect(self.restart_requested)
        self.card.remedy_requested.connect(self.remedy_requested)
        theme.changed.connect(self._space)
        self._space()
        self.setFocusProxy(self.log.filter)
        self.show_status(self._status)

    def show_status(self, status: ServerStatus, now: datetime | None = None) -> None:
        """Show a state; a failed server's last lines stand in the log where nothing else does."""
        self._status = status
        self.card.show_status(status, now or utc_now(), built_in_chosen=self._built_in_chosen)
        self.log.stand_in(status.log_tail)

    def show_built_in_chosen(self, *, chosen: bool) -> None:
        """Whether the settings ask for the built-in engine."""
        self._built_in_chosen = chosen
        self.show_status(self._status)

    def refresh_times(self) -> None:
        """Say again for how long it has been running."""
        self.show_status(self._status)

    def _space(self) -> None:
        px = self._theme.px
        self._layout.setContentsMargins(px(24), px(20), px(24), px(8))
        self._layout.setSpacing(px(12))
        self.log.setMinimumHeight(px(220))
