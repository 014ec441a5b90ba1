"""Connects the server to the status dock."""

from typing import Protocol

from ollama_desk.bridge.signals import Signals
from ollama_desk.domain.events import ResourcesSampled, ServerStateChanged
from ollama_desk.domain.server import ServerStatus
from ollama_desk.ui.server.dock import StatusDock


class Server(Protocol):
    """What the dock needs of the service."""

    @property
    def status(self) -> ServerStatus: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def restart(self) -> None: ...
    def log_tail(self, lines: int = ...) -> list[str]: ...


class ServerPresenter:
    """What the server does goes to the dock, what a person wants of it to the service."""

    def __init__(self, server: Server, *, dock: StatusDock, signals: Signals) -> None:
        self._server = server
        self._dock = dock
        dock.start_requested.connect(server.start)
        dock.stop_requested.connect(server.stop)
        dock.restart_requested.connect(server.restart)
        dock.opened_changed.connect(self._on_opened_changed)
        signals.server_state_changed.connect(self._on_server_state_changed)
        signals.resources_sampled.connect(self._on_resources_sampled)
        dock.show_status(server.status)
        self._show_log()

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        self._dock.show_status(event.status)
        self._show_log()

    def _on_resources_sampled(self, event: ResourcesSampled) -> None:
        self._dock.show_sample(event.sample)
        self._show_log()

    def _on_opened_changed(self, _opened: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        self._show_log()

    def _show_log(self) -> None:
        """The lines are read while somebody looks at them, and not otherwise."""
        if self._dock.opened:
            self._dock.show_log(self._server.log_tail())
