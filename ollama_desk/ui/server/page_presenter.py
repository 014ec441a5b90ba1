"""Connects the server, its log and its settings to the Server page."""

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.events import ResourcesSampled, ServerStateChanged, SettingsChanged
from ollama_desk.domain.server import ServerStatus
from ollama_desk.domain.setting_values import SettingValue
from ollama_desk.domain.settings import Settings
from ollama_desk.ui.server.panel import ServerPanel
from ollama_desk.ui.server.wording import Remedy

BUILT_IN = "built-in"  # the value of the setting server_program


class Server(Protocol):
    """What the page needs of the service."""

    @property
    def status(self) -> ServerStatus: ...
    @property
    def log_path(self) -> Path: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def restart(self) -> None: ...
    def use_free_address(self) -> None: ...
    def save_log(self, path: Path, lines: Sequence[str]) -> Coroutine[Any, Any, None]: ...


class SettingsOwner(Protocol):
    """What the page needs of the settings."""

    @property
    def settings(self) -> Settings: ...
    def change(self, **values: SettingValue) -> Coroutine[Any, Any, None]: ...
    def restart_server(self) -> None: ...


class ServerPagePresenter:
    """What the server does goes to the page, what a person wants of it to the services.

    Args:
        server: the service.
        settings: for the program that is chosen.
        panel: the page.
        signals: the events.
        actions: runs what takes time.
        open_path: shows a folder with what the desktop has for it.
    """

    def __init__(
        self,
        server: Server,
        *,
        settings: SettingsOwner,
        panel: ServerPanel,
        signals: Signals,
        actions: Actions,
        open_path: Callable[[Path], None] | None = None,
    ) -> None:
        self._server = server
        self._settings = settings
        self._panel = panel
        self._actions = actions
        self._open_path = open_path or _open_with_desktop
        panel.start_requested.connect(server.start)
        panel.stop_requested.connect(server.stop)
        panel.restart_requested.connect(server.restart)
        panel.remedy_requested.connect(self._on_remedy_requested)
        panel.log.save_requested.connect(self._on_save_requested)
        panel.log.folder_requested.connect(self._on_folder_requested)
        signals.server_state_changed.connect(self._on_server_state_changed)
        signals.resources_sampled.connect(self._on_resources_sampled)
        signals.settings_changed.connect(self._on_settings_changed)
        panel.show_built_in_chosen(chosen=settings.settings.server_program == BUILT_IN)
        panel.show_status(server.status)

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        self._panel.show_status(event.status)

    def _on_resources_sampled(self, _event: ResourcesSampled) -> None:
        if self._panel.isVisible():
            self._panel.refresh_times()

    def _on_settings_changed(self, event: SettingsChanged) -> None:
        self._panel.show_built_in_chosen(chosen=event.new.server_program == BUILT_IN)

    def _on_remedy_requested(self, remedy: Remedy) -> None:
        match remedy:
            case Remedy.OTHER_PORT:
                self._server.use_free_address()
            case Remedy.BUILT_IN:
                self._actions.run(self._use_built_in(), name="use the built-in engine")

    async def _use_built_in(self) -> None:
        await self._settings.change(server_program=BUILT_IN)
        self._settings.restart_server()

    def _on_save_requested(self, path: str, lines: list[str]) -> None:
        self._actions.run(self._server.save_log(Path(path), lines), name="save the log")

    def _on_folder_requested(self) -> None:
        self._open_path(self._server.log_path.parent)


def _open_with_desktop(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
