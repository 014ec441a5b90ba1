"""``settings.toml``: read tolerantly, written without losing what a person wrote in it."""

import contextlib
import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from ollama_desk.core.files import private_folder, storage_error, write_atomically
from ollama_desk.core.folders import chosen_folder
from ollama_desk.domain.errors import SettingsError, StorageError
from ollama_desk.domain.setting_values import usable
from ollama_desk.domain.settings import Settings

LIMIT_BYTES = 1_000_000
HEADING = """\
# Settings of Ollama Desk. What is not here has its default; lines that Ollama Desk does not know are kept.
# A change is taken over while the program runs.
"""

FileMark = tuple[int, int, int, int]  # device, inode, bytes, nanoseconds of its last change


@dataclass(frozen=True, slots=True)
class Reading:
    """What a settings file says."""

    settings: Settings
    problems: tuple[str, ...] = ()  # a sentence each
    damage: str = ""  # why the file as a whole cannot be used; then the settings are the last good ones


def last_good_copy(path: Path) -> Path:
    """Where the last settings that could be used are kept."""
    return path.with_name(f"{path.name}.last-good")


def read_settings(path: Path, environment: Mapping[str, str]) -> Reading:
    """What ``path`` says; never raises and changes nothing.

    A file that cannot be used as a whole: the last good copy, else the defaults. A value that cannot be used: the one
    of the last good copy, else the default.
    """
    try:
        table = _table(path, required=last_good_copy(path).is_file())
    except SettingsError as error:
        return Reading(_last_good(path, environment), damage=str(error))
    spare = _last_good(path, environment) if table else Settings()
    settings, problems = settings_from(table, environment, spare=spare)
    return Reading(settings, tuple(f"{path.name}: {problem}" for problem in problems))


def settings_from(
    table: Mapping[str, Any], environment: Mapping[str, str], *, spare: Settings
) -> tuple[Settings, list[str]]:
    """The settings in ``table``, ``spare``'s where a value cannot be used, and a sentence about each of those."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for field in fields(Settings):
        if field.name not in table:
            continue
        try:
            values[field.name] = usable(field.name, table[field.name])
            if field.name == "models_folder" and values[field.name]:
                chosen_folder(values[field.name], environment)
        except SettingsError as error:
            values[field.name] = getattr(spare, field.name)
            problems.append(f"{field.name} is not used. {error}")
    return Settings(**values), problems


def file_mark(path: Path) -> FileMark | None:
    """What tells a file from the same file after a change; None where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns


def keep_aside(path: Path) -> Path:
    """Move a file that cannot be used out of the way, beside itself; where it is now.

    Raises:
        StorageError: it cannot be moved.
    """
    aside = path.with_name(f"{path.name}.broken")
    number = 1
    while os.path.lexists(aside):
        number += 1
        aside = path.with_name(f"{path.name}.broken-{number}")
    try:
        path.rename(aside)
        if aside.is_file() and not aside.is_symlink():
            aside.chmod(0o600)
    except OSError as error:
        raise storage_error(error, path) from error
    return aside


def restore_last_good(path: Path) -> bool:
    """Put the last good copy in the place of ``path``; whether there is one.

    Raises:
        StorageError: it cannot be written.
    """
    try:
        data = _bytes(last_good_copy(path))
    except (FileNotFoundError, SettingsError):
        return False
    write_atomically(path, data)
    return True


def remember_good(path: Path) -> None:
    """Keep ``path`` as it is now as the last good copy.

    Raises:
        StorageError: it cannot be written.
    """
    copy = last_good_copy(path)
    try:
        data = _bytes(path)
    except (FileNotFoundError, SettingsError):
        return
    try:
        unchanged = copy.stat().st_size == len(data) and copy.read_bytes() == data
    except OSError:
        unchanged = False
    if data.strip() and not unchanged:
        write_atomically(copy, data)


def write_settings(path: Path, settings: Settings) -> None:
    """Write what differs from the defaults into ``path``, keeping comments and keys that are not ours.

    Where ``path`` is a link to a file, as in a folder of dotfiles, the file is written and the link stays.

    Raises:
        StorageError: it cannot be written; the file is as before.
    """
    private_folder(path.parent)
    target = Path(os.path.realpath(path)) if path.is_symlink() and path.is_file() else path
    text = _filled(_present_text(target), settings)
    if _read_back(text) != settings:  # tomlkit could not follow what tomllib reads: better ours alone than wrong ones
        text = _filled(HEADING, settings)
    write_atomically(target, text.encode())
    with contextlib.suppress(StorageError):  # the copy is a precaution: that it failed does not undo the change
        remember_good(path)


def _filled(text: str, settings: Settings) -> str:
    import tomlkit  # noqa: PLC0415 - 30 ms that only a change of settings pays
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        document = tomlkit.parse(text)
    except (TOMLKitError, ValueError, RecursionError):
        document = tomlkit.parse(HEADING)
    defaults = Settings()
    for field in fields(Settings):
        value = getattr(settings, field.name)
        if field.name in document or value != getattr(defaults, field.name):
            document[field.name] = _plain(value)
    return tomlkit.dumps(document)


def _plain(value: object) -> object:
    """As TOML has it."""
    match value:
        case StrEnum():
            return str(value)
        case tuple():
            return list(value)
        case _:
            return value


def _read_back(text: str) -> Settings | None:
    try:
        table = tomllib.loads(text)
        values: dict[str, Any] = {
            field.name: usable(field.name, table[field.name]) for field in fields(Settings) if field.name in table
        }
    except (ValueError, RecursionError, SettingsError):
        return None
    return Settings(**values)


def _present_text(path: Path) -> str:
    try:
        return _bytes(path).decode("utf-8-sig")
    except (FileNotFoundError, SettingsError, UnicodeDecodeError):
        return HEADING


def _last_good(path: Path, environment: Mapping[str, str]) -> Settings:
    try:
        table = _table(last_good_copy(path), required=False)
    except SettingsError:
        return Settings()
    return settings_from(table, environment, spare=Settings())[0]


def _table(path: Path, *, required: bool) -> dict[str, Any]:
    """The TOML in ``path``; empty where there is no file.

    Raises:
        SettingsError: why it cannot be used; with ``required`` also where nothing is in it.
    """
    try:
        data = _bytes(path)
    except FileNotFoundError:
        return {}
    if required and not data.strip():
        raise SettingsError("it is empty")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsError("it is not text in UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"it is not TOML: {str(error)[:120].rstrip('.')}") from error


def _bytes(path: Path) -> bytes:
    """What is in a file of reasonable size; a pipe or a device in its place is not waited for.

    Raises:
        FileNotFoundError: there is none.
        SettingsError: it cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        if path.is_symlink():
            raise SettingsError("it is a link to nothing") from None
        raise
    except OSError as error:
        raise SettingsError(f"it cannot be read: {error.strerror or error}") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SettingsError("it is not a file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"it cannot be read: {error.strerror or error}") from error
    finally:
        os.close(descriptor)
    if len(data) > LIMIT_BYTES:
        raise SettingsError("it is too large for a settings file")
    return data
