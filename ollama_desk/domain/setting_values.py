"""Which values a setting may have; each that it may not have gets a sentence."""

import re
from collections.abc import Callable
from dataclasses import fields
from enum import StrEnum
from urllib.parse import urlsplit

from ollama_desk.domain.errors import SettingsError
from ollama_desk.domain.server import WILDCARDS
from ollama_desk.domain.settings import Settings

SettingValue = str | float | bool | tuple[str, ...]

SMALLEST_PT, LARGEST_PT = 9.0, 20.0
MOST_PULLS = 4
MOST_TEXTS = 1000  # of a list
LONGEST_TEXT = 4096  # characters: more is no path and no name
LONGEST_S = 9.2e9  # what Go can count in nanoseconds
UNIT_S = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9_.-]+)?")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def usable(name: str, value: object) -> SettingValue:
    """``value`` as the setting ``name`` keeps it. Only the value is looked at, not the disk.

    Raises:
        SettingsError: it cannot be used; the sentence says what can.
    """
    default = next((field.default for field in fields(Settings) if field.name == name), None)
    if default is None:
        raise SettingsError(f"There is no setting {name}.")
    if isinstance(default, StrEnum):
        return _choice(type(default), value)
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise SettingsError("Only true and false are possible.")
        return value
    if isinstance(default, int):
        return _pulls_at_once(value)
    if isinstance(default, float):
        return _font_size(value)
    if isinstance(default, tuple):
        return _texts(name, value)
    return CHECKS.get(name, _text)(value)


def _choice(kind: type[StrEnum], value: object) -> StrEnum:
    for member in kind:
        if member == value:
            return member
    raise SettingsError(f"Only {', '.join(f'“{member}”' for member in kind)} are possible.")


def _font_size(value: object) -> float:
    match value:
        case bool():
            pass
        case int() | float() if value == 0 or SMALLEST_PT <= value <= LARGEST_PT:
            return float(value)
    raise SettingsError("The size of the text is 9 to 20 points, or 0 for the system's.")


def _pulls_at_once(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_PULLS:
        return value
    raise SettingsError("Only 1 to 4 downloads at the same time are possible.")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise SettingsError("A text is needed here, in quotation marks.")
    text = value.strip()
    if len(text) > LONGEST_TEXT or CONTROL.search(text):
        raise SettingsError("The text is too long or has control characters in it.")
    return text


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise SettingsError("A list of texts is needed here, in square brackets.")
    if len(value) > MOST_TEXTS:
        raise SettingsError("The list is too long.")
    return tuple(text for text in map(CHECKS.get(name, _text), value) if text)


def _kept_model(value: object) -> str:
    """A model's name and how long it stays loaded."""
    name, found, text = _text(value).rpartition("=")
    if not found or not name.strip() or not text.strip():
        raise SettingsError("Write a model and how long it stays loaded as llama3.2:1b=30m.")
    return f"{name.strip()}={_keep_alive(text)}"


def _host(value: object) -> str:
    """As ``OLLAMA_HOST`` is written; an address that would open the server to the network is refused."""
    text = _text(value).strip("\"'").strip()
    scheme, found, rest = text.partition("://")
    try:
        parts = urlsplit(f"//{rest if found else text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _no_address(text) from None
    if found and scheme not in ("http", "https"):
        raise SettingsError(f"“{scheme}” is not how a server is reached; http and https are.")
    if port == 0:
        raise SettingsError("A port is a number from 1 to 65535.")
    if parts.username is not None or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise _no_address(text)
    if host in WILDCARDS - {""}:
        raise SettingsError(f"{host} would open the server to the network. Use 127.0.0.1 to keep it on this machine.")
    if host and not HOST_NAME.fullmatch(host):
        raise _no_address(text)
    return text


def _no_address(text: str) -> SettingsError:
    shown = text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004 - one line of the page
    return SettingsError(
        f"“{shown}” is no address of a server. Write it like 127.0.0.1:11434, with a port up to 65535."
    )


def _keep_alive(value: object) -> str:
    """A Go duration, or whole seconds; negative ones mean for ever."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = _text(value).strip("\"'").strip()
    if text and not is_duration(text):
        raise SettingsError("Write how long as 5m, 1h30m or 300; 0 unloads at once, -1 never.")
    return text


def is_duration(text: str) -> bool:
    """Whether Ollama understands ``text`` as ``OLLAMA_KEEP_ALIVE``."""
    digits = text[1:] if text[:1] in ("-", "+") else text
    if digits.isascii() and digits.isdecimal():
        return len(digits) <= 10 and int(digits) <= LONGEST_S  # noqa: PLR2004 - before counting thousands of digits
    parts = list(PART.finditer(digits[:100]))
    whole = "".join(part[0] for part in parts) == digits
    return bool(parts) and whole and sum(float(part[1]) * UNIT_S[part[2]] for part in parts) <= LONGEST_S


CHECKS: dict[str, Callable[[object], str]] = {
    "host": _host,
    "keep_alive": _keep_alive,
    "model_keep_alive": _kept_model,
}
