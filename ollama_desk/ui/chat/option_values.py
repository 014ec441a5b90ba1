"""What a person may write into the inspector's fields: text into values, values into text, and what is wrong. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

KILO = 1024
SMALLEST_CONTEXT = 256
LARGEST_CONTEXT = 16_777_216
LARGEST_TEMPERATURE = 2.0
LARGEST_SEED = 2**31 - 1  # what every llama.cpp takes
LARGEST_ANSWER = 10_000_000


class UnusableTextError(ValueError):
    """What was written is no value; ``str()`` says why, to the person."""


@dataclass(frozen=True, slots=True)
class Numeric:
    """How one number is read and written."""

    read: Callable[[str], float]
    write: Callable[[float], str]


def read_temperature(text: str) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value <= LARGEST_TEMPERATURE:
        raise UnusableTextError(_tr("Write a number from 0 (always the likeliest word) to 2."))
    return value


def read_context(text: str) -> int:
    """``8192`` or ``8k``."""
    plain = text.lower().replace(" ", "")
    factor = KILO if plain.endswith("k") else 1
    value = _whole(plain.removesuffix("k")) * factor
    if not SMALLEST_CONTEXT <= value <= LARGEST_CONTEXT:
        raise UnusableTextError(_tr("Write a number of tokens from 256 on, such as 8192 or 8k."))
    return value


def read_seed(text: str) -> int:
    value = _whole(text)
    if not 0 <= value <= LARGEST_SEED:
        raise UnusableTextError(_tr("Write a whole number from 0 to 2147483647."))
    return value


def read_max_tokens(text: str) -> int:
    value = _whole(text)
    if not (value == -1 or 1 <= value <= LARGEST_ANSWER):
        raise UnusableTextError(_tr("Write a number of tokens from 1 on, or -1 for no limit."))
    return value


def write_number(value: float) -> str:
    return f"{value:g}" if value != int(value) else str(int(value))


def read_stop_words(text: str) -> tuple[str, ...]:
    """One on each line; a backslash with n or t stands for a line break or a tab."""
    lines = (line.replace("\\n", "\n").replace("\\t", "\t") for line in text.split("\n"))
    return tuple(line for line in lines if line)


def write_stop_words(words: tuple[str, ...]) -> str:
    return "\n".join(word.replace("\n", "\\n").replace("\t", "\\t") for word in words)


def _whole(text: str) -> int:
    try:
        return int(text.strip())
    except ValueError:
        return -2  # outside of every range


def _tr(text: str) -> str:
    return QCoreApplication.translate("Inspector", text)


TEMPERATURE = Numeric(read_temperature, write_number)
CONTEXT = Numeric(read_context, write_number)
SEED = Numeric(read_seed, write_number)
MAX_TOKENS = Numeric(read_max_tokens, write_number)
