"""What is said about exports of models."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.exports import ExportJob, ExportState
from ollama_desk.ui.language import said
from ollama_desk.ui.text import one_line, size_text, span_text

NAME_LIMIT = 80


def work_text(job: ExportJob, waiting: int) -> str:
    """``Exporting llama3.2:1b: 1.2 GB of 2.0 GB · 300 MB/s · 3 s left · 1 more waits``."""
    is_checking = job.state is ExportState.CHECKING
    words = _filled(_tr("Checking %1") if is_checking else _tr("Exporting %1"), one_line(job.name, NAME_LIMIT))
    parts = [f"{words}: {_progress_text(job)}" if job.total_bytes else f"{words}…"]
    if job.bytes_per_s >= 1:
        parts.append(_filled(_tr("%1/s"), size_text(job.bytes_per_s)))
        if job.left_s is not None:
            parts.append(_filled(_tr("%1 left"), span_text(max(job.left_s, 1))))
    if waiting:
        parts.append(QCoreApplication.translate("Exports", "%n more wait", "", waiting))
    return " · ".join(parts)


def finished_text(job: ExportJob) -> str:
    """Where it is, and what is not in it."""
    names = one_line(", ".join(path.name for path in job.files), 2 * NAME_LIMIT)
    words = _filled(_tr("%1 is exported as %2."), one_line(job.name, NAME_LIMIT), names)
    if not job.adapter_count:
        return words
    lacking = QCoreApplication.translate("Exports", "Its %n adapters are not in the file.", "", job.adapter_count)
    return f"{words} {lacking}"


def failed_text(job: ExportJob) -> str:
    """Why there is nothing."""
    return f"{_filled(_tr('%1 could not be exported.'), one_line(job.name, NAME_LIMIT))} {said(job.reason)}"


def shown(jobs: Sequence[ExportJob]) -> tuple[ExportJob | None, int]:
    """The export that is told of, and how many wait for it."""
    open_ones = [job for job in jobs if not job.state.is_over]
    running = next((job for job in open_ones if job.state is not ExportState.QUEUED), None)
    first = running or next(iter(open_ones), None)
    return first, max(len(open_ones) - 1, 0)


def _progress_text(job: ExportJob) -> str:
    return _filled(_tr("%1 of %2"), size_text(job.completed_bytes) or "0 B", size_text(job.total_bytes))


def _filled(words: str, *values: str) -> str:
    """The words with the values in place of %1, %2 …; what is in a value is not replaced again."""
    pieces = words.split("%")
    filled = pieces[0]
    for piece in pieces[1:]:
        filled += values[int(piece[0]) - 1] + piece[1:]
    return filled


def _tr(text: str) -> str:
    return QCoreApplication.translate("Exports", text)
