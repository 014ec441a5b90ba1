"""Every setting, once: its name, type and default."""

from dataclasses import dataclass
from enum import StrEnum


class ThemeChoice(StrEnum):
    """Which look the person wants."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``settings.toml`` may say. An empty text means: decide for me."""

    theme: ThemeChoice = ThemeChoice.SYSTEM
    server_program: str = ""  # path of the ``ollama`` to run, or "built-in"; empty: find one, else the built-in engine
    host: str = ""  # as OLLAMA_HOST is written; empty: 127.0.0.1:11434
    start_server: bool = True  # with the app
