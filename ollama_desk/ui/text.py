"""Values as a person reads them, and foreign text made safe to show. What is stored is never changed here."""

import re
from datetime import UTC, datetime, timedelta
from html import escape

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?", re.DOTALL)
# C0 and C1 controls but tab and newline, everything that reorders text, separators, the byte order mark
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
NUMBER, NATURAL_DIGITS = re.compile("[0-9]+"), 8
LINE_LIMIT = 600  # characters; longer lines are cut for display

KILO = 1000
CONTEXT_KILO = 1024
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
FOR_EVER = timedelta(days=3650)


def clean(text: str) -> str:
    """Text without escape sequences, control and bidi characters; tabs and newlines stay."""
    return LONE_SURROGATE.sub("\ufffd", UNSEEN.sub("", ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n"))))


def one_line(text: str, limit: int = LINE_LIMIT) -> str:
    """Clean text on one line of at most ``limit`` characters."""
    line = " ".join(clean(text[: 8 * limit]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def tooltip(text: str) -> str:
    """Text for ``setToolTip``, which would otherwise guess that it is HTML; it wraps."""
    lines = escape(clean(text[: 8 * LINE_LIMIT]), quote=False).replace("\n", "<br>")
    return f"<p>{lines}</p>" if lines else ""


def size_text(size_bytes: float) -> str:
    """Decimal units as Ollama shows them: ``986 MB``, ``2.0 GB``, ``12 GB``; empty for nothing known."""
    if size_bytes <= 0:
        return ""
    value, unit = float(size_bytes), "B"
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if value < KILO or unit == "TB":
            break
        value /= KILO
    decimals = 1 if value < 10 and unit != "B" else 0  # noqa: PLR2004 - Ollama's rule
    return f"{QLocale().toString(value, 'f', decimals)} {unit}"


def context_text(tokens: int) -> str:
    """``128k``, ``1M``; empty for nothing known."""
    if tokens <= 0:
        return ""
    if tokens >= CONTEXT_KILO**2 and tokens % CONTEXT_KILO**2 == 0:
        return f"{tokens // CONTEXT_KILO**2}M"
    if tokens % CONTEXT_KILO == 0:
        return f"{tokens // CONTEXT_KILO}k"
    return QLocale().toString(tokens)


def age_text(moment: datetime, now: datetime) -> str:
    """How long ago something was, in one unit."""
    seconds = int((now - moment).total_seconds())
    if seconds < MINUTE_S:
        return _tr("just now")
    if seconds < HOUR_S:
        return _tr("%n min ago", seconds // MINUTE_S)
    if seconds < DAY_S:
        return _tr("%n h ago", seconds // HOUR_S)
    days = seconds // DAY_S
    for unit_days, words in ((365, "%n years ago"), (30, "%n months ago"), (7, "%n weeks ago")):
        if days >= 2 * unit_days:
            return _tr(words, days // unit_days)
    return _tr("yesterday") if days == 1 else _tr("%n days ago", days)


def span_text(seconds: float) -> str:
    """A length of time in at most two units: ``40 s``, ``4 min``, ``2 h 5 min``, ``3 d 4 h``."""
    whole = max(int(seconds), 0)
    if whole < MINUTE_S:
        return _tr("%n s", whole)
    if whole < HOUR_S:
        return _tr("%n min", whole // MINUTE_S)
    if whole < DAY_S:
        hours, minutes = whole // HOUR_S, whole % HOUR_S // MINUTE_S
        return _tr("%n h", hours) + (f" {_tr('%n min', minutes)}" if minutes else "")
    days, hours = whole // DAY_S, whole % DAY_S // HOUR_S
    return _tr("%n d", days) + (f" {_tr('%n h', hours)}" if hours else "")


def natural(text: str) -> str:
    """``text`` to sort by: numbers in it by what they count, so that 8b comes before 14b; case does not matter."""
    return NUMBER.sub(lambda found: found[0].zfill(NATURAL_DIGITS), text.casefold())


def exact_time(moment: datetime) -> str:
    """Date and time of day where the person is."""
    here, formats = QDateTime.fromSecsSinceEpoch(int(moment.timestamp())), QLocale.FormatType
    date = QLocale().toString(here.date(), formats.LongFormat)
    return f"{date}, {QLocale().toString(here.time(), formats.ShortFormat)}"  # the long form names the time zone


def utc_now() -> datetime:
    return datetime.now(UTC)


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate("Text", text, "", number)
