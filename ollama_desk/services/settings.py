"""The settings while the program runs: changed by the window, taken over from their file, each with what it affects."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from ollama_desk.core import settings_file
from ollama_desk.core.bus import EventBus
from ollama_desk.core.files import private_folder
from ollama_desk.core.folders import chosen_folder
from ollama_desk.core.settings_file import FileMark, file_mark
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError, SettingsError, StorageError
from ollama_desk.domain.events import NoticeRaised, SettingsChanged
from ollama_desk.domain.server import ServerAddress, ServerStatus
from ollama_desk.domain.setting_values import SettingValue, usable
from ollama_desk.domain.settings import FolderContent, Override, Restart, Settings
from ollama_desk.registry.manifests import ManifestFolder
from ollama_desk.services.config import DeskConfig
from ollama_desk.services.server_plan import AT_REST, BUILT_IN, ServerPlan
from ollama_desk.sidecar.launch import chosen_path, server_environment
from ollama_desk.sidecar.version import program_version

LOOK_EVERY_S = 1.0


class Server(Protocol):
    """What the settings do to the server."""

    @property
    def status(self) -> ServerStatus: ...
    def restart(self) -> None: ...
    def move_to(self, address: ServerAddress) -> None: ...


class SettingsService:
    """Holds the settings in force.

    Args:
        config: what the program was started with.
        plan: told of every change that the server shall hear of.
        server: the one that is restarted.
        bus: for ``SettingsChanged``, and notices about the file.
        tasks: owns the look at the file.
        look_every_s: how often the file is looked at; a change is taken over when it stayed the same for that long.
    """

    def __init__(
        self,
        config: DeskConfig,
        *,
        plan: ServerPlan,
        server: Server,
        bus: EventBus,
        tasks: TaskScope,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._config = config
        self._path = config.folders.settings_file
        self._plan = plan
        self._server = server
        self._bus = bus
        self._settings = config.settings
        self._first_language = config.settings.language
        self._known: FileMark | None = None
        self._busy = asyncio.Lock()
        tasks.spawn(self._watch(look_every_s), name="settings file")

    @property
    def settings(self) -> Settings:
        """Those in force, as they are set; see ``overrides`` for what hides them."""
        return self._settings

    @property
    def path(self) -> Path:
        """The settings file; it may not be there yet."""
        return self._path

    @property
    def data_folder(self) -> Path:
        return self._config.folders.data

    @property
    def logs_folder(self) -> Path:
        return self._config.folders.logs

    @property
    def models_folder(self) -> Path:
        """Where the server's models are: after the environment, the setting, the default."""
        return self._plan.models_folder

    def overrides(self) -> Mapping[str, Override]:
        """What the command line or the environment hides, by the name of the setting."""
        return self._config.overrides

    def needs_restart(self, name: str) -> Restart:
        """What has to be started again until the setting ``name`` is in force everywhere."""
        if name == "language" and self._settings.language is not self._first_language:
            return Restart.APP
        return Restart.SERVER if self._plan.is_behind(name, self._server.status) else Restart.NOTHING

    def restart_server(self) -> None:
        """Start the server again, with everything that is set now."""
        self._server.move_to(self._plan.address)
        self._server.restart()

    async def change(self, **values: SettingValue) -> None:
        """Set these and write them down.

        Raises:
            SettingsError: a value cannot be used; nothing is changed.
            StorageError: they cannot be written; nothing is changed.
        """
        changes: dict[str, Any] = {name: usable(name, value) for name, value in values.items()}
        await asyncio.to_thread(self._refuse, changes)
        async with self._busy:
            if await asyncio.to_thread(file_mark, self._path) != self._known:
                await self._take_over()
            new = replace(self._settings, **changes)
            if new != self._settings:
                self._known, told = await asyncio.to_thread(self._write, new)
                self._tell(told)
                self._put_in_force(new)

    async def check_program(self, text: str) -> str:
        """The version that the server program tells, within 3 s.

        Raises:
            SettingsError: it is none; the sentence says why.
        """
        return await asyncio.to_thread(self._version, text)

    async def models_content(self) -> FolderContent:
        """What is in the models folder."""
        return await asyncio.to_thread(_content, self.models_folder)

    async def make_file(self) -> Path:
        """The settings file, made if it is not there yet, to be opened in an editor.

        Raises:
            StorageError: it cannot be written.
        """
        async with self._busy:
            if not await asyncio.to_thread(self._path.exists):
                self._known, told = await asyncio.to_thread(self._write, self._settings)
                self._tell(told)
        return self._path

    # the file

    async def _watch(self, every_s: float) -> None:
        async with self._busy:
            self._known, settings, told = await asyncio.to_thread(self._tidy)
            if self._known is not None:  # it may be another than when the program began to start
                self._put_in_force(settings)
        self._tell(told)
        before = self._known
        while True:
            await asyncio.sleep(every_s)
            mark = await asyncio.to_thread(file_mark, self._path)
            async with self._busy:
                if mark == before and mark != self._known:  # nobody is in the middle of writing it
                    await self._take_over()
            before = mark

    def _tidy(self) -> tuple[FileMark | None, Settings, list[str]]:
        """At the start: keep what cannot be used aside, put the last good copy in its place, and say so."""
        reading = settings_file.read_settings(self._path, self._config.environment)
        told = list(reading.problems)
        try:
            private_folder(self._path.parent)
            if reading.damage:
                told.append(self._set_aside(reading.damage))
            elif not reading.problems:
                settings_file.remember_good(self._path)
        except StorageError as error:
            told.append(str(error))
        return file_mark(self._path), reading.settings, told

    def _set_aside(self, damage: str) -> str:
        """Raises ``StorageError`` where it cannot be moved."""
        aside = settings_file.keep_aside(self._path)
        restored = settings_file.restore_last_good(self._path)
        instead = "The last good settings are used." if restored else "The defaults are used."
        return f"{self._path.name} cannot be used: {damage}. It is kept as {aside}. {instead}"

    async def _take_over(self) -> None:
        """The file was changed by hand: its settings are used as a whole, or not at all."""
        mark, reading = await asyncio.to_thread(self._read)
        self._known = mark
        if reading.damage or reading.problems:
            why = f"{self._path.name}: {reading.damage}." if reading.damage else " ".join(reading.problems)
            self._tell([f"{why} The file was changed but nothing of it is used before this is mended."])
            return
        self._put_in_force(reading.settings)

    def _read(self) -> tuple[FileMark | None, settings_file.Reading]:
        mark = file_mark(self._path)
        reading = settings_file.read_settings(self._path, self._config.environment)
        if not reading.damage and not reading.problems:
            with contextlib.suppress(StorageError):  # it is used all the same; the next change tries again
                settings_file.remember_good(self._path)
        return mark, reading

    def _write(self, new: Settings) -> tuple[FileMark | None, list[str]]:
        """Write; a file that cannot be used is never written over, but kept aside.

        Raises:
            StorageError: it cannot be written.
        """
        damage = settings_file.read_settings(self._path, self._config.environment).damage
        told = [self._set_aside(damage)] if damage else []
        settings_file.write_settings(self._path, new)
        return file_mark(self._path), told

    # what follows

    def _put_in_force(self, new: Settings) -> None:
        old, self._settings = self._settings, new
        if new == old:
            return
        self._plan.take(new)
        if self._server.status.state in AT_REST:
            self._server.move_to(self._plan.address)
        self._bus.publish(SettingsChanged(old, new))

    def _tell(self, sentences: list[str]) -> None:
        for sentence in sentences:
            self._bus.publish(NoticeRaised(sentence))

    def _refuse(self, changes: Mapping[str, Any]) -> None:
        """Look at the disk for what ``usable`` could not know."""
        if changes.get("models_folder"):
            chosen_folder(changes["models_folder"], self._config.environment)
        if changes.get("server_program", BUILT_IN) not in ("", BUILT_IN):
            self._version(changes["server_program"])

    def _version(self, text: str) -> str:
        environment = server_environment(
            self._config.environment, address=self._plan.address, owner="", models_folder=None, extra={}
        )
        try:
            return program_version(chosen_path(text, self._config.environment), environment)
        except DeskError as error:
            raise SettingsError(str(error)) from error


def _content(folder: Path) -> FolderContent:
    stored = ManifestFolder(folder / "manifests").all()
    sizes = {layer.digest: layer.size for each in stored for layer in (each.manifest.config, *each.manifest.layers)}
    return FolderContent(folder, folder.is_dir(), len(stored), sum(sizes.values()))
