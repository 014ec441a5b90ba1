"""``state.json``: what the window remembers. Losing it costs a person nothing but a resize."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from stat import S_ISREG

from ollama_desk.core.files import private_folder, write_atomically

log = logging.getLogger(__name__)
LIMIT_BYTES = 1_000_000


def read_state(path: Path) -> dict[str, str]:
    """The remembered texts by name; empty where there is nothing usable."""
    try:
        found = path.stat()
        if found.st_size > LIMIT_BYTES or not S_ISREG(found.st_mode):  # a pipe would never end
            return {}
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        if not isinstance(error, FileNotFoundError):
            log.info("%s cannot be used: %s", path, error)
        return {}
    if not isinstance(value, dict):
        return {}
    return {key: text for key, text in value.items() if isinstance(text, str)}


def write_state(path: Path, state: Mapping[str, str]) -> None:
    """Remember ``state``.

    Raises:
        StorageError: it cannot be written.
    """
    private_folder(path.parent)
    write_atomically(path, json.dumps(dict(state), indent=1).encode())
