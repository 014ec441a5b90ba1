"""Where the program keeps its files, and what a person means by the path of a folder."""

import errno
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

import platformdirs

from ollama_desk.domain.errors import SettingsError

APP_NAME = "ollama-desk"
DATA_DIR_VARIABLE = "OLLAMA_DESK_DATA_DIR"
MODELS_VARIABLE = "OLLAMA_MODELS"


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
    models = unquoted(environment.get(MODELS_VARIABLE, ""))
    named = _absolute(Path(models).expanduser()) if models else None
    if chosen is not None:
        root = _absolute(chosen.expanduser())
        return Folders(root, root, root / "logs", named or root / "models")
    return Folders(
        Path(platformdirs.user_config_dir(APP_NAME, appauthor=False)),
        Path(platformdirs.user_data_dir(APP_NAME, appauthor=False)),
        Path(platformdirs.user_log_dir(APP_NAME, appauthor=False)),
        named or Path.home() / ".ollama" / "models",
    )


def chosen_folder(text: str, environment: Mapping[str, str]) -> Path:
    """The absolute folder that a person meant: quotes, ``~`` and ``$VAR`` are understood, links are kept.

    What is relative starts at the home folder, not where we happened to be started. It need not exist.

    Raises:
        SettingsError: a variable is not set; there can be no such folder, or something else is in its place.
    """
    try:
        plain = Template(unquoted(text)).substitute(environment)
    except (KeyError, ValueError) as error:
        raise SettingsError(f"A variable in “{text}” is not set. Write the whole path.") from error
    home = environment.get("HOME") or environment.get("USERPROFILE") or str(Path.home())
    if plain == "~" or plain.startswith(("~/", "~\\")):
        plain = home + plain[1:]
    path = _absolute(Path(home) / plain)
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        return path
    except (OSError, ValueError) as error:
        raise SettingsError(_why_not(path, error)) from error
    if not is_folder:
        raise SettingsError(f"{path} is a file, not a folder.")
    return path


def unquoted(text: str) -> str:
    """As Ollama reads its variables: without the spaces and quotation marks around it."""
    return text.strip().strip("\"'").strip()


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links


def _why_not(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return f"{path} is a link that leads back to itself. Choose another folder."
    if isinstance(error, OSError) and error.errno == errno.ENOTDIR:
        return f"{path} cannot be a folder: a part of its path is a file."
    reason = error.strerror if isinstance(error, OSError) else ""
    return f"{path} cannot be used as a folder: {reason or error}."
