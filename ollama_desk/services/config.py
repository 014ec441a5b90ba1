"""Everything that a Desk needs to know before it is opened, decided once from arguments, environment and settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ollama_desk.core.folders import Folders, folders
from ollama_desk.core.settings_file import read_settings
from ollama_desk.domain.server import ServerAddress
from ollama_desk.domain.settings import Settings


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """How this run of the program is set up. ``environment`` is the program's own, read once."""

    folders: Folders
    settings: Settings = field(default_factory=Settings)
    address: ServerAddress = field(default_factory=ServerAddress)
    environment: Mapping[str, str] = field(default_factory=dict)
    built_in_only: bool = False  # never look for an ollama on the machine: the self-test and tests


def read_config(*, data_dir: Path | None, host: str, environment: Mapping[str, str]) -> DeskConfig:
    """Command line before environment before settings before default."""
    places = folders(data_dir, environment)
    settings = read_settings(places.settings_file)
    address = ServerAddress.parse(host or environment.get("OLLAMA_HOST", "") or settings.host)
    return DeskConfig(places, settings, address, environment)
