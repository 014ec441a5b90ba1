"""``settings.toml``: read tolerantly, written without losing what a person wrote in it."""

import logging
import tomllib
from dataclasses import fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from ollama_desk.core.files import private_folder, write_atomically
from ollama_desk.domain.settings import Settings

log = logging.getLogger(__name__)
LIMIT_BYTES = 1_000_000


def read_settings(path: Path) -> Settings:
    """The settings in ``path``; what is missing, unknown or of the wrong type keeps its default. Never raises."""
    try:
        if path.stat().st_size > LIMIT_BYTES:
            log.warning("%s is too large to be a settings file; the defaults are used.", path)
            return Settings()
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        log.warning("%s cannot be read (%s); the defaults are used.", path, error)
        return Settings()
    return settings_from(table)


def settings_from(table: dict[str, Any]) -> Settings:
    """Take over every value of the right type from ``table``."""
    settings = Settings()
    for field in fields(Settings):
        if field.name not in table:
            continue
        default, value = getattr(settings, field.name), table[field.name]
        if isinstance(default, StrEnum):
            value = next((member for member in type(default) if member == value), None)
        if type(value) is type(default):
            settings = replace(settings, **{field.name: value})
        else:
            log.warning("The setting %s has no usable value; its default is used.", field.name)
    return settings


def write_settings(path: Path, settings: Settings) -> None:
    """Write what differs from the defaults into ``path``, keeping comments and keys that are not ours.

    Raises:
        StorageError: it cannot be written; the file is as before.
    """
    import tomlkit  # noqa: PLC0415 - 30 ms that only a change of settings pays
    from tomlkit.exceptions import ParseError  # noqa: PLC0415

    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ParseError):
        document = tomlkit.document()
    defaults = Settings()
    for field in fields(Settings):
        value = getattr(settings, field.name)
        plain = str(value) if isinstance(value, StrEnum) else value
        if field.name in document or value != getattr(defaults, field.name):
            document[field.name] = plain
    private_folder(path.parent)
    write_atomically(path, tomlkit.dumps(document).encode())
