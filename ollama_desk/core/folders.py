"""Where the program keeps its files."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP_NAME = "ollama-desk"
DATA_DIR_VARIABLE = "OLLAMA_DESK_DATA_DIR"


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one user, or of one ``--data-dir``; nothing is made here."""

    config: Path
    data: Path
    logs: Path
    models: Path  # in Ollama's own layout

    @property
    def settings_file(self) -> Path:
        return self.config / "settings.toml"

    @property
    def state_file(self) -> Path:
        return self.data / "state.json"

    @property
    def database(self) -> Path:
        return self.data / "desk.db"

    @property
    def server(self) -> Path:
        """Ownership record, lock and log of the server."""
        return self.data / "server"


def folders(data_dir: Path | None, environment: Mapping[str, str]) -> Folders:
    """``--data-dir`` before ``OLLAMA_DESK_DATA_DIR`` before the platform's own places.

    The models folder is ``OLLAMA_MODELS``, else ``models`` in a given data folder, else Ollama's ``~/.ollama/models``.
    """
    chosen = data_dir or (Path(environment[DATA_DIR_VARIABLE]) if environment.get(DATA_DIR_VARIABLE) else None)
    models = environment.get("OLLAMA_MODELS", "").strip().strip("\"'")
    if chosen is not None:
        root = Path(os.path.abspath(chosen.expanduser()))  # noqa: PTH100 - resolve() would follow links
        return Folders(root, root, root / "logs", Path(models).expanduser() if models else root / "models")
    return Folders(
        Path(platformdirs.user_config_dir(APP_NAME, appauthor=False)),
        Path(platformdirs.user_data_dir(APP_NAME, appauthor=False)),
        Path(platformdirs.user_log_dir(APP_NAME, appauthor=False)),
        Path(models).expanduser() if models else Path.home() / ".ollama" / "models",
    )
