"""Every setting, once: its name, type and default."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ThemeChoice(StrEnum):
    """Which look the person wants."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Language(StrEnum):
    """Which language the window speaks."""

    SYSTEM = "system"
    ENGLISH = "en"
    GERMAN = "de"


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``settings.toml`` may say. An empty text means: decide for me."""

    theme: ThemeChoice = ThemeChoice.SYSTEM
    font_size_pt: float = 0.0  # of the window's text, 9 to 20; 0: the system's
    language: Language = Language.SYSTEM
    enter_sends: bool = True  # otherwise Enter breaks the line and Ctrl+Enter sends
    close_to_tray: bool = False  # closing the window hides it, where there is a tray
    start_server: bool = True  # with the app
    server_program: str = ""  # path of the ``ollama`` to run, or "built-in"; empty: find one, else the built-in engine
    host: str = ""  # as OLLAMA_HOST is written; empty: 127.0.0.1:11434
    models_folder: str = ""  # empty: Ollama's own place
    keep_alive: str = ""  # how long a model stays loaded, as Ollama writes it: "5m", "0", "-1"; empty: 5m
    pulls_at_once: int = 1  # downloads side by side, 1 to 4
    default_model: str = ""  # for new chats; empty: the one that was used last
    preload_models: tuple[str, ...] = ()  # loaded when the server is up, in this order
    model_keep_alive: tuple[str, ...] = ()  # how long single models stay loaded, each as "name=5m"


class Restart(StrEnum):
    """What has to be started again before a changed setting takes effect."""

    NOTHING = "nothing"
    SERVER = "server"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Override:
    """What hides a setting in this run of the program."""

    by: str  # an argument of the command line such as "--host", or the name of an environment variable
    value: str  # what it says

    @property
    def is_argument(self) -> bool:
        return self.by.startswith("-")


@dataclass(frozen=True, slots=True)
class FolderContent:
    """What a models folder holds."""

    path: Path
    exists: bool
    model_count: int = 0
    size_bytes: int = 0  # on the disk: what several models share counts once
