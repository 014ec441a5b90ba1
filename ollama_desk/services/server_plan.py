"""What the next start of the server is given by the settings, and how that differs from what runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ollama_desk.core.folders import MODELS_VARIABLE, chosen_folder
from ollama_desk.domain.errors import SettingsError
from ollama_desk.domain.server import ServerAddress, ServerState, ServerStatus
from ollama_desk.domain.settings import Settings
from ollama_desk.services.config import KEEP_ALIVE_VARIABLE, DeskConfig
from ollama_desk.sidecar.launch import ServerProgram, find_program, keys_for, slots_for
from ollama_desk.sidecar.ports import literal

BUILT_IN = "built-in"  # the value of the setting server_program that asks for the built-in engine
AT_REST = (ServerState.STOPPED, ServerState.FAILED)


@dataclass(frozen=True, slots=True)
class ServerSetup:
    """The settings of one run of the server."""

    program: str
    models_folder: Path
    keep_alive: str  # empty: not told, so that the environment or the server decides

    @property
    def environment(self) -> dict[str, str]:
        keep_alive = {KEEP_ALIVE_VARIABLE: self.keep_alive} if self.keep_alive else {}
        return {MODELS_VARIABLE: str(self.models_folder), **keep_alive}


class ServerPlan:
    """Holds the settings that the server is started with, and remembers those that it was started with."""

    def __init__(self, config: DeskConfig) -> None:
        self._config = config
        self._host = config.settings.host
        self._next = self._setup(config.settings)
        self._last: ServerSetup | None = None
        self._environment = self._next.environment
        self.address = config.address

    @property
    def environment(self) -> Mapping[str, str]:
        """What a server of ours gets on top of its usual environment; read by each start."""
        return self._environment

    @property
    def models_folder(self) -> Path:
        """Where the next server of ours has its models."""
        return self._next.models_folder

    def own_folder(self) -> Path:
        """Where the server of ours that was started last has its models."""
        return Path(self._environment[MODELS_VARIABLE])

    def take(self, settings: Settings) -> None:
        """From now on the next start is with these."""
        self._next = self._setup(settings)
        if settings.host != self._host and "host" not in self._config.overrides:
            self.address = ServerAddress.parse(settings.host)
        self._host = settings.host

    def choose_program(self) -> ServerProgram:
        """The program to start now: a real Ollama where there is one, else the built-in engine."""
        self._last, around = self._next, self._config.environment
        built_in_only = self._config.built_in_only or self._next.program == BUILT_IN
        program = find_program(
            setting="" if built_in_only else self._next.program,
            environment=around,
            built_in_only=built_in_only,
        )
        self._environment.clear()
        for given in (self._next.environment, keys_for(program.kind, around), slots_for(program.kind, around)):
            self._environment.update(given)
        return program

    def folder_of(self, settings: Settings) -> Path:
        """The models folder that ``settings`` mean where nothing hides them; Ollama's own or ours by default."""
        if settings.models_folder and "models_folder" not in self._config.overrides:
            try:
                return chosen_folder(settings.models_folder, self._config.environment)
            except SettingsError:  # it was one when it was set; the page says what it is now
                pass
        return self._config.folders.models

    def is_behind(self, name: str, status: ServerStatus) -> bool:
        """Whether the server, as its status is now, still goes by an earlier value of the setting ``name``."""
        if status.state in AT_REST:
            return False
        if name == "host":
            return literal(self.address) != status.address
        if self._last is None or status.state in (ServerState.EXTERNAL, ServerState.CONFLICT):
            return False
        differs = {
            "server_program": self._last.program != self._next.program,
            "models_folder": self._last.models_folder != self._next.models_folder,
            "keep_alive": self._last.keep_alive != self._next.keep_alive,
        }
        return differs.get(name, False)

    def _setup(self, settings: Settings) -> ServerSetup:
        keep_alive = "" if "keep_alive" in self._config.overrides else settings.keep_alive
        return ServerSetup(settings.server_program, self.folder_of(settings), keep_alive)
