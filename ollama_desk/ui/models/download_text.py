"""How far downloads are, in words: for the list, the dock, the rail and the tray alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale

from ollama_desk.domain.pulls import PullJob, PullPhase, PullState
from ollama_desk.ui.icons import Tone
from ollama_desk.ui.language import said
from ollama_desk.ui.text import KILO, one_line, size_text, span_text

NAME_LIMIT = 140  # characters of a name in a sentence
UNITS = ("B", "KB", "MB", "GB", "TB")
ACTIVE = (PullState.QUEUED, PullState.RUNNING, PullState.WAITING)


@dataclass(frozen=True, slots=True)
class Summary:
    """All downloads that go on by themselves."""

    count: int = 0
    percent: int | None = None  # None: no size is known yet


def summary(jobs: Sequence[PullJob]) -> Summary:
    """What the dock, the rail and the tray tell."""
    active = [job for job in jobs if job.state in ACTIVE]
    total = sum(job.total_bytes for job in active)
    done = sum(min(job.completed_bytes, job.total_bytes) for job in active)
    return Summary(len(active), 100 * done // total if total else None)


def summary_text(what: Summary) -> str:
    """``2 downloads · 43 %``; empty for none."""
    if not what.count:
        return ""
    text = QCoreApplication.translate("Downloads", "%n downloads", "", what.count)
    return text if what.percent is None else f"{text} · {_tr('%1 %').replace('%1', str(what.percent))}"


def fraction(job: PullJob) -> float:
    """How much is done, 0 to 1."""
    if job.state is PullState.FINISHED:
        return 1.0
    return min(job.completed_bytes / job.total_bytes, 1.0) if job.total_bytes > 0 else 0.0


def state_text(job: PullJob) -> str:
    """Where it stands, in a word or two."""
    match job.state:
        case PullState.QUEUED:
            return _tr("In the queue")
        case PullState.RUNNING:
            return _phase_text(job.phase)
        case PullState.WAITING:
            return _tr("Waiting")
        case PullState.PAUSED:
            return _tr("Paused")
        case PullState.FAILED:
            return _tr("Failed")
        case PullState.FINISHED:
            return _tr("Done")


def state_words() -> list[str]:
    """All that a state can be called, for the width of a column."""
    others = (_tr("In the queue"), _tr("Waiting"), _tr("Paused"), _tr("Failed"), _tr("Done"))
    return [*others, *map(_phase_text, PullPhase)]


def state_tone(job: PullJob) -> Tone:
    """The colour of that word."""
    match job.state:
        case PullState.FAILED:
            return "danger"
        case PullState.WAITING:
            return "warning"
        case PullState.RUNNING:
            return "warning" if job.is_stalled else "text"
        case PullState.FINISHED:
            return "ok"
        case PullState.QUEUED | PullState.PAUSED:
            return "muted"


def progress_text(job: PullJob) -> str:
    """One line on how it goes: amounts, speed and time left, or why it does not go."""
    match job.state:
        case PullState.FAILED | PullState.WAITING:
            return reason_text(job) or amount_text(job.completed_bytes, job.total_bytes)
        case PullState.FINISHED:
            return size_text(job.total_bytes)
        case PullState.QUEUED | PullState.PAUSED:
            return _stopped_text(job)
        case PullState.RUNNING:
            return _running_text(job)


def reason_text(job: PullJob) -> str:
    """Why it failed or waits, or what happened last; in the language of the window."""
    return one_line(said(job.reason))


def amount_text(done: int, total: int) -> str:
    """``3.2 of 4.7 GB``, both in the unit of the larger; only what has come where the total is not known."""
    if total <= 0:
        return size_text(done)
    step = 0
    while total >= KILO ** (step + 1) and step + 1 < len(UNITS):
        step += 1
    part = min(done, total) / KILO**step
    decimals = 1 if part and part < 10 and step else 0  # noqa: PLR2004 - as sizes are written elsewhere
    text = _tr("%1 of %2").replace("%1", QLocale().toString(part, "f", decimals))
    return text.replace("%2", size_text(total))


def speed_text(bytes_per_s: float) -> str:
    """``24 MB/s``; empty for nothing."""
    amount = size_text(bytes_per_s)
    return _tr("%1/s").replace("%1", amount) if amount else ""


def left_text(seconds: float) -> str:
    """``1 min left``."""
    return _tr("%1 left").replace("%1", span_text(max(seconds, 1)))


def _running_text(job: PullJob) -> str:
    amount = amount_text(job.completed_bytes, job.total_bytes)
    match job.phase:
        case PullPhase.LOOKING_UP | PullPhase.VERIFYING | PullPhase.INSTALLING:
            return amount
        case PullPhase.DOWNLOADING:
            return " · ".join(part for part in (amount, *_pace(job)) if part)


def _pace(job: PullJob) -> tuple[str, ...]:
    if job.is_refetching:
        return (_tr("fetching a part again"),)
    if job.is_stalled:
        return (_tr("nothing has come for a while"),)
    return speed_text(job.bytes_per_s), "" if job.left_s is None else left_text(job.left_s)


def _stopped_text(job: PullJob) -> str:
    return amount_text(job.completed_bytes, job.total_bytes) if job.total_bytes or job.completed_bytes else ""


def _phase_text(phase: PullPhase) -> str:
    match phase:
        case PullPhase.LOOKING_UP:
            return _tr("Looking up")
        case PullPhase.DOWNLOADING:
            return _tr("Downloading")
        case PullPhase.VERIFYING:
            return _tr("Verifying")
        case PullPhase.INSTALLING:
            return _tr("Installing")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Downloads", text)
