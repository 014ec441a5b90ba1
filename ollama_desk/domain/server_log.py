"""Lines of the server's log: how serious each is, and what was left out between them."""

import re
from dataclasses import dataclass
from enum import IntEnum

_NAMED = re.compile(r"\blevel=\"?([A-Za-z]+)")
_REQUEST = re.compile(r"^\[GIN\][^|]*\|\s*(\d{3})\s*\|")
_FIRST = re.compile(r"^\W*(panic|fatal|critical|error|warning|warn|debug|trace)\b", re.IGNORECASE)
_SHOUTED = re.compile(r"\b(PANIC|FATAL|CRITICAL|ERROR|WARNING|WARN|DEBUG|TRACE)\b")


class LogLevel(IntEnum):
    """How serious a line is."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40
    REMARK = 50  # what we say ourselves: it is always shown


_LEVELS = {
    "trace": LogLevel.DEBUG,
    "debug": LogLevel.DEBUG,
    "info": LogLevel.INFO,
    "warn": LogLevel.WARNING,
    "warning": LogLevel.WARNING,
    "error": LogLevel.ERROR,
    "critical": LogLevel.ERROR,
    "fatal": LogLevel.ERROR,
    "panic": LogLevel.ERROR,
}
_SERVER_FAULT, _REFUSED = 500, 400


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that is safe to show. ``folded`` is its text in lower case, to be searched."""

    text: str
    level: LogLevel = LogLevel.INFO
    folded: str = ""
    cut_bytes: int = 0  # of a line that is too long to show


@dataclass(frozen=True, slots=True)
class LogPiece:
    """What came since the last look."""

    lines: tuple[LogLine, ...] = ()
    skipped_bytes: int = 0  # before these lines, too many to show
    started_over: bool = False  # the log is another one now, or was cut short


def level_of(text: str, before: LogLevel = LogLevel.INFO) -> LogLevel:
    """How serious a line is: ``level=WARN`` of Ollama, the status of a request, a word in capitals.

    A line that is indented belongs to the one before it, whose level is ``before``.
    """
    named = _NAMED.search(text)
    if named:
        return _LEVELS.get(named[1].lower(), LogLevel.INFO)
    request = _REQUEST.match(text)
    if request:
        status = int(request[1])
        refused = LogLevel.WARNING if status >= _REFUSED else LogLevel.INFO
        return LogLevel.ERROR if status >= _SERVER_FAULT else refused
    word = _FIRST.match(text) or _SHOUTED.search(text)
    if word:
        return _LEVELS[word[1].lower()]
    return before if text[:1].isspace() else LogLevel.INFO
