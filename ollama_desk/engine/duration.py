"""Go's durations, in which ``keep_alive`` and some of the environment are written."""

import re
from math import inf

from ollama_desk.domain.errors import RequestFailedError

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
PART = re.compile(r"(\d+\.?\d*|\.\d+)([a-zµμ]*)")


def parse_duration(text: str) -> float:
    """Seconds of a Go duration such as ``1h30m``.

    Raises:
        RequestFailedError: Go's own words for what is wrong, status 400.
    """
    sign, rest = (-1.0, text[1:]) if text.startswith("-") else (1.0, text.removeprefix("+"))
    if rest == "0":
        return 0.0
    total, at = 0.0, 0
    while at < len(rest):
        part = PART.match(rest, at)
        if part is None:
            raise _invalid("invalid duration", text)
        if not part[2]:
            raise _invalid("missing unit in duration", text)
        if part[2] not in UNITS:
            raise RequestFailedError(f'time: unknown unit "{part[2]}" in duration "{text}"', status=400)
        total += float(part[1]) * UNITS[part[2]]
        at = part.end()
    if not rest:
        raise _invalid("invalid duration", text)
    return sign * total


def keep_alive_seconds(value: object, default_s: float) -> float:
    """How long a model stays, in seconds; ``inf`` for ever. Numbers are seconds, negative ones mean for ever.

    Raises:
        RequestFailedError: neither a number nor a duration; status 400.
    """
    match value:
        case None:
            return default_s
        case bool():
            raise RequestFailedError(f"invalid type for keep_alive: {'true' if value else 'false'}", status=400)
        case int() | float():
            seconds = float(value)
        case str():
            seconds = parse_duration(value)
        case _:
            raise RequestFailedError("invalid type for keep_alive", status=400)
    return inf if seconds < 0 else seconds


def seconds_of_variable(text: str, default_s: float) -> float:
    """The value of a variable such as ``OLLAMA_KEEP_ALIVE``: a duration, or a number of seconds; negative is ``inf``.

    What cannot be read is the default, as in Ollama.
    """
    text = text.strip().strip("\"'").strip()
    if not text:
        return default_s
    try:
        seconds = float(int(text)) if re.fullmatch(r"[+-]?\d+", text) else parse_duration(text)
    except RequestFailedError:
        return default_s
    return inf if seconds < 0 else seconds


def _invalid(what: str, text: str) -> RequestFailedError:
    return RequestFailedError(f'time: {what} "{text}"', status=400)
