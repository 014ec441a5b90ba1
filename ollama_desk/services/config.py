"""Everything that a Desk needs to know before it is opened, decided once from arguments, environment and settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ollama_desk.core.folders import DATA_DIR_VARIABLE, MODELS_VARIABLE, Folders, folders, unquoted
from ollama_desk.core.settings_file import read_settings
from ollama_desk.domain.server import ServerAddress
from ollama_desk.domain.settings import Override, Settings

HOST_VARIABLE = "OLLAMA_HOST"
KEEP_ALIVE_VARIABLE = "OLLAMA_KEEP_ALIVE"
DATA_FOLDER = "data_folder"  # not a setting, since the settings lie in it; shown beside them


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """How this run of the program is set up. ``environment`` is the program's own, read once."""

    folders: Folders
    settings: Settings = field(default_factory=Settings)
    address: ServerAddress = field(default_factory=ServerAddress)
    environment: Mapping[str, str] = field(default_factory=dict)
    built_in_only: bool = False  # never look for an ollama on the machine: the self-test and tests
    overrides: Mapping[str, Override] = field(default_factory=dict)  # what hides which setting, by its name


def read_config(*, data_dir: Path | None, host: str, environment: Mapping[str, str]) -> DeskConfig:
    """Command line before environment before settings before default. Says nothing of what it could not read."""
    places = folders(data_dir, environment)
    settings = read_settings(places.settings_file, environment).settings
    hidden = overrides(data_dir=data_dir, host=host, environment=environment)
    address = ServerAddress.parse(hidden["host"].value if "host" in hidden else settings.host)
    return DeskConfig(places, settings, address, environment, overrides=hidden)


def overrides(*, data_dir: Path | None, host: str, environment: Mapping[str, str]) -> dict[str, Override]:
    """What the command line and the environment decide, by the name of the setting that it hides."""
    named = {
        "host": (("--host", host), (HOST_VARIABLE, environment.get(HOST_VARIABLE, ""))),
        "models_folder": ((MODELS_VARIABLE, environment.get(MODELS_VARIABLE, "")),),
        "keep_alive": ((KEEP_ALIVE_VARIABLE, environment.get(KEEP_ALIVE_VARIABLE, "")),),
        DATA_FOLDER: (
            ("--data-dir", "" if data_dir is None else str(data_dir)),
            (DATA_DIR_VARIABLE, environment.get(DATA_DIR_VARIABLE, "")),
        ),
    }
    said = {
        setting: [Override(by, unquoted(value)) for by, value in sources if unquoted(value)]
        for setting, sources in named.items()
    }
    return {setting: found[0] for setting, found in said.items() if found}
