"""Connects the models to the Models page."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from PySide6.QtCore import QTimer

from ollama_desk.bridge.signals import Signals
from ollama_desk.domain.events import ModelsChanged, ServerStateChanged
from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.domain.server import ServerStatus
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.text import utc_now

MINUTE_S = 60.0
LATE_MS = 50  # so that a timer that is a little early finds the other text


class Models(Protocol):
    """What the page needs of the service."""

    @property
    def models(self) -> tuple[Model, ...]: ...
    @property
    def running(self) -> tuple[RunningModel, ...]: ...
    @property
    def known(self) -> bool: ...


class ModelsPresenter:
    """What is installed goes to the page, what a person wants of it to the service.

    Args:
        models: the service.
        panel: the page.
        signals: the events.
        server: the server's status now.
        start_server: starts the server.
        try_demo: installs the demonstration model, asking first where that is called for.
        chat_with: opens a chat with the model of this name.
    """

    def __init__(
        self,
        models: Models,
        *,
        panel: ModelsPanel,
        signals: Signals,
        server: ServerStatus,
        start_server: Callable[[], None],
        try_demo: Callable[[], None],
        chat_with: Callable[[str], None],
    ) -> None:
        self._models = models
        self._panel = panel
        panel.chat_requested.connect(chat_with)
        panel.demo_requested.connect(try_demo)
        panel.start_server_requested.connect(start_server)
        signals.models_changed.connect(self._on_models_changed)
        signals.server_state_changed.connect(self._on_server_state_changed)
        self._clock = QTimer(panel)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self._on_clock)
        panel.shown.connect(self._on_clock)
        panel.hidden.connect(self._clock.stop)
        panel.show_server(server)
        panel.show_models(models.models, models.running, known=models.known)
        self._wind()

    def _on_models_changed(self, event: ModelsChanged) -> None:
        self._panel.show_models(event.models, event.running, known=self._models.known)
        self._wind()

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        self._panel.show_server(event.status)

    def _on_clock(self) -> None:
        self._panel.refresh_times()
        self._wind()

    def _wind(self) -> None:
        """Look at the clock again when what is shown is another; never while nobody sees it."""
        if self._panel.isVisible():
            self._clock.start(rest_ms(self._models.running, utc_now()))


def rest_ms(running: Sequence[RunningModel], now: datetime) -> int:
    """Milliseconds until a model's time says something else; a minute where none runs out."""
    lefts = [(each.expires_at - now).total_seconds() for each in running if each.expires_at is not None]
    rests = [left % 1 if left < MINUTE_S else left % MINUTE_S for left in lefts if left > 0]
    return round(1000 * min(rests, default=MINUTE_S)) + LATE_MS
