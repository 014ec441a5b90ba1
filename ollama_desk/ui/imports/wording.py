"""What is said about a file that can be imported, and about how far its import is."""

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.imports import ImportJob, ImportOffer, ImportState
from ollama_desk.ui.text import context_text, one_line, size_text, span_text

UNKNOWN = "unknown"  # how a header says that it does not say
NAME_LIMIT = 140


def title_text(offer: ImportOffer) -> str:
    """What the file calls itself, or the file's own name."""
    return one_line(offer.title, NAME_LIMIT) or one_line(offer.files[0].name, NAME_LIMIT)


def facts_text(offer: ImportOffer) -> str:
    """``llama · 3.2B · Q4_K_M · 128k context · 2.0 GB``, as far as it is known."""
    context = context_text(offer.context_length)
    facts = (
        offer.architecture if offer.architecture != UNKNOWN else "",
        offer.parameter_size,
        offer.quantization if offer.quantization != UNKNOWN else "",
        _tr("%1 context").replace("%1", context) if context else "",
        size_text(offer.size_bytes),
    )
    return one_line(" · ".join(filter(None, facts)))


def file_text(offer: ImportOffer) -> str:
    """Where the file is, and how many parts it has."""
    place = one_line(str(offer.files[0]))
    more = len(offer.files)
    return place if more == 1 else QCoreApplication.translate("Imports", "%n parts: ", "", more) + place


def place_text(offer: ImportOffer, address: str) -> str:
    """What will be done with the file."""
    if offer.free_bytes is None:
        return _tr("The file is sent to the server at %1.").replace("%1", address)
    if not offer.copy_bytes:
        return _tr("The disk shares the bytes with %1: no copy is needed.").replace("%1", one_line(offer.folder))
    words = _tr("The file is copied to %1. This needs %2; %3 are free.")
    return _filled(words, one_line(offer.folder), size_text(offer.copy_bytes), size_text(offer.free_bytes) or "0 B")


def room_text(offer: ImportOffer) -> str:
    """Why a copy does not fit; empty where it does."""
    if offer.fits or offer.free_bytes is None:
        return ""
    words = _tr("There is no room for a copy: it needs %1, and the disk has %2 left.")
    return _filled(words, size_text(offer.copy_bytes), size_text(offer.free_bytes) or "0 B")


def state_text(job: ImportJob) -> str:
    """What is being done, or how it ended."""
    if job.state.is_over:
        return _end_text(job)
    words = {
        ImportState.QUEUED: _tr("Waiting for another import…"),
        ImportState.HASHING: _tr("Checking the file…"),
        ImportState.COPYING: _tr("Copying…"),
        ImportState.SENDING: _tr("Sending to the server…"),
        ImportState.CREATING: _tr("Making the model…"),
    }
    return words[job.state]


def _end_text(job: ImportJob) -> str:
    words = {
        ImportState.FINISHED: _tr("%1 is ready."),
        ImportState.FAILED: _tr("%1 could not be imported."),
        ImportState.CANCELLED: _tr("The import was cancelled."),
    }
    return words[job.state].replace("%1", one_line(job.name, NAME_LIMIT))


def progress_text(job: ImportJob) -> str:
    """``3.2 GB of 4.7 GB · 24 MB/s · 1 min left``; empty where there is nothing to count."""
    if job.total_bytes <= 0 or job.state is ImportState.QUEUED:
        return ""
    done = size_text(job.completed_bytes) or "0 B"
    parts = [_filled(_tr("%1 of %2"), done, size_text(job.total_bytes))]
    if job.bytes_per_s >= 1:
        parts.append(_tr("%1/s").replace("%1", size_text(job.bytes_per_s)))
    if job.left_s is not None and job.bytes_per_s >= 1:
        parts.append(_tr("%1 left").replace("%1", span_text(max(job.left_s, 1))))
    return " · ".join(parts)


def _filled(words: str, *values: str) -> str:
    """The words with the values in place of %1, %2 …; what is in a value is not replaced again."""
    pieces = words.split("%")
    filled = pieces[0]
    for piece in pieces[1:]:
        filled += values[int(piece[0]) - 1] + piece[1:]
    return filled


def _tr(text: str) -> str:
    return QCoreApplication.translate("Imports", text)
