"""Connects the server, the loaded models and the log to the status dock."""

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.events import ModelsChanged, ResourcesSampled, ServerStateChanged
from ollama_desk.domain.models import RunningModel
from ollama_desk.domain.server import ResourceSample, ServerStatus
from ollama_desk.ui.server.dock import StatusDock


class Server(Protocol):
    """What the dock needs of the service."""

    @property
    def status(self) -> ServerStatus: ...
    @property
    def samples(self) -> Sequence[ResourceSample | None]: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def restart(self) -> None: ...
    def use_free_address(self) -> None: ...


class Models(Protocol):
    """What the dock needs of the models' service."""

    @property
    def running(self) -> tuple[RunningModel, ...]: ...
    def unload(self, name: str) -> Coroutine[Any, Any, None]: ...


class ServerPresenter:
    """What the server does goes to the dock, what a person wants of it to the service."""

    def __init__(self, server: Server, *, models: Models, dock: StatusDock, signals: Signals, actions: Actions) -> None:
        self._server = server
        self._models = models
        self._dock = dock
        self._actions = actions
        dock.start_requested.connect(server.start)
        dock.stop_requested.connect(server.stop)
        dock.restart_requested.connect(server.restart)
        dock.other_port_requested.connect(server.use_free_address)
        dock.unload_requested.connect(self._on_unload_requested)
        dock.opened_changed.connect(self._on_opened_changed)
        signals.server_state_changed.connect(self._on_server_state_changed)
        signals.resources_sampled.connect(self._on_resources_sampled)
        signals.models_changed.connect(self._on_models_changed)
        dock.show_status(server.status)
        dock.show_samples(server.samples)
        dock.show_running(models.running)

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        self._dock.show_status(event.status)

    def _on_resources_sampled(self, _event: ResourcesSampled) -> None:
        self._dock.show_samples(self._server.samples)

    def _on_models_changed(self, event: ModelsChanged) -> None:
        self._dock.show_running(event.running)

    def _on_opened_changed(self, _opened: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        self._dock.show_samples(self._server.samples)

    def _on_unload_requested(self, name: str) -> None:
        self._actions.run(self._models.unload(name), name=f"unload {name}")
