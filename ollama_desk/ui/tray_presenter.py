"""Connects the server and the loaded models to the tray."""

from collections.abc import Coroutine
from typing import Any, Protocol

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.events import ModelsChanged, ServerStateChanged
from ollama_desk.domain.models import RunningModel
from ollama_desk.domain.pulls import PullJob
from ollama_desk.domain.server import ServerStatus
from ollama_desk.ui.models.download_text import summary_text
from ollama_desk.ui.models.summing import Summing
from ollama_desk.ui.tray import Tray


class Server(Protocol):
    """What the tray needs of the server's service."""

    @property
    def status(self) -> ServerStatus: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def restart(self) -> None: ...


class Models(Protocol):
    """What the tray needs of the models' service."""

    @property
    def running(self) -> tuple[RunningModel, ...]: ...
    def unload(self, name: str) -> Coroutine[Any, Any, None]: ...


class TrayPresenter:
    """State, loaded models and downloads go to the tray, what a person wants there to the services."""

    def __init__(
        self,
        server: Server,
        models: Models,
        *,
        tray: Tray,
        signals: Signals,
        actions: Actions,
        jobs: tuple[PullJob, ...] = (),
    ) -> None:
        self._models = models
        self._tray = tray
        self._actions = actions
        tray.start_requested.connect(server.start)
        tray.stop_requested.connect(server.stop)
        tray.restart_requested.connect(server.restart)
        tray.unload_requested.connect(self._on_unload_requested)
        signals.server_state_changed.connect(self._on_server_state_changed)
        signals.models_changed.connect(self._on_models_changed)
        tray.show_status(server.status)
        self._show_running(models.running)
        self._summing = Summing(jobs, signals=signals, tell=lambda what: tray.show_downloads(summary_text(what)))

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        self._tray.show_status(event.status)

    def _on_models_changed(self, event: ModelsChanged) -> None:
        self._show_running(event.running)

    def _show_running(self, running: tuple[RunningModel, ...]) -> None:
        self._tray.show_running(tuple(model.name for model in running))

    def _on_unload_requested(self, name: str) -> None:
        self._actions.run(self._models.unload(name), name=f"unload {name}")
