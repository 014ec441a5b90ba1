"""Connects the settings to the Settings page."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.events import ModelsChanged, ServerStateChanged, SettingsChanged
from ollama_desk.domain.models import Model
from ollama_desk.domain.setting_values import SettingValue
from ollama_desk.domain.settings import FolderContent, Override, Restart, Settings
from ollama_desk.ui.settings.panel import SettingsPanel
from ollama_desk.ui.settings.path_fields import BUILT_IN
from ollama_desk.ui.tray_host import has_tray


class SettingsOwner(Protocol):
    """What the page needs of the service."""

    @property
    def settings(self) -> Settings: ...
    @property
    def path(self) -> Path: ...
    @property
    def data_folder(self) -> Path: ...
    @property
    def models_folder(self) -> Path: ...
    def overrides(self) -> Mapping[str, Override]: ...
    def needs_restart(self, name: str) -> Restart: ...
    def restart_server(self) -> None: ...
    def change(self, **values: SettingValue) -> Coroutine[Any, Any, None]: ...
    def check_program(self, text: str) -> Coroutine[Any, Any, str]: ...
    def models_content(self) -> Coroutine[Any, Any, FolderContent]: ...
    def make_file(self) -> Coroutine[Any, Any, Path]: ...


class SettingsPresenter:
    """What is set goes to the page, what a person wants set to the service.

    Args:
        service: the settings.
        panel: the page.
        signals: the events.
        actions: runs what takes time.
        models: what is installed now.
        has_tray: whether a tray can hold the app.
        open_path: shows a file or folder with what the desktop has for it.
    """

    def __init__(
        self,
        service: SettingsOwner,
        *,
        panel: SettingsPanel,
        signals: Signals,
        actions: Actions,
        models: tuple[Model, ...],
        has_tray: Callable[[], bool] = has_tray,
        open_path: Callable[[Path], None] | None = None,
    ) -> None:
        self._service = service
        self._panel = panel
        self._actions = actions
        self._has_tray = has_tray
        self._open_path = open_path or open_with_desktop
        panel.change_requested.connect(self._on_change_requested)
        panel.restart_requested.connect(service.restart_server)
        panel.open_requested.connect(self._on_open_requested)
        panel.shown.connect(self._on_shown)
        signals.settings_changed.connect(self._on_settings_changed)
        signals.server_state_changed.connect(self._on_server_state_changed)
        signals.models_changed.connect(self._on_models_changed)
        panel.show_overrides(service.overrides())
        panel.show_places(service.path, service.data_folder)
        panel.show_models([model.name for model in models])
        panel.show_settings(service.settings)
        self._show_restart()

    def _on_change_requested(self, name: str, value: SettingValue) -> None:
        self._actions.run(self._change(name, value), name=f"set {name}")

    async def _change(self, name: str, value: SettingValue) -> None:
        """A value that cannot be used, or cannot be written down, gets its sentence beside its field."""
        try:
            await self._service.change(**{name: value})
        except DeskError as error:
            self._panel.show_problem(name, str(error))
            return
        self._panel.show_problem(name, "")

    def _on_settings_changed(self, event: SettingsChanged) -> None:
        self._panel.show_settings(event.new)
        self._show_restart()
        if event.new.models_folder != event.old.models_folder:
            self._actions.run(self._show_content(), name="look into the models folder")
        if event.new.server_program != event.old.server_program:
            self._actions.run(self._show_version(), name="ask the server program")

    def _on_server_state_changed(self, _event: ServerStateChanged) -> None:
        self._show_restart()

    def _on_models_changed(self, event: ModelsChanged) -> None:
        self._panel.show_models([model.name for model in event.models])
        if self._panel.isVisible():
            self._actions.run(self._show_content(), name="look into the models folder")

    def _on_shown(self) -> None:
        self._panel.show_tray(available=self._has_tray())
        self._actions.run(self._show_content(), name="look into the models folder")
        self._actions.run(self._show_version(), name="ask the server program")

    def _on_open_requested(self, what: str) -> None:
        self._actions.run(self._open(what), name=f"open {what}")

    async def _open(self, what: str) -> None:
        match what:
            case "file":
                self._open_path(await self._service.make_file())
            case "file_folder":
                self._open_path(self._service.path.parent)
            case "models":
                self._open_path(self._service.models_folder)
            case _:
                self._open_path(self._service.data_folder)

    async def _show_content(self) -> None:
        self._panel.show_content(await self._service.models_content())

    async def _show_version(self) -> None:
        """What is chosen may be gone by now: that is said where it is chosen."""
        program = self._service.settings.server_program
        if program in ("", BUILT_IN):
            return
        try:
            self._panel.show_program_version(await self._service.check_program(program))
        except DeskError as error:
            self._panel.show_problem("server_program", str(error))

    def _show_restart(self) -> None:
        self._panel.show_restart({field.name: self._service.needs_restart(field.name) for field in fields(Settings)})


def open_with_desktop(path: Path) -> None:
    """Hand the file or folder to the program that the desktop has for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
