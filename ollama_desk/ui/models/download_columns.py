"""The columns of the list of downloads, and those of the layers of one."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.pulls import LayerProgress, PullJob
from ollama_desk.ui.models.download_text import (
    amount_text,
    fraction,
    left_text,
    progress_text,
    reason_text,
    speed_text,
    state_text,
    state_tone,
    state_words,
)
from ollama_desk.ui.table_model import Cell, Column
from ollama_desk.ui.text import exact_time, one_line, tooltip

DIGEST_LENGTH = 12  # as Ollama shortens it


@dataclass(frozen=True, slots=True)
class JobRow:
    """A download and its place in the queue."""

    job: PullJob
    place: int


def job_columns() -> tuple[Column[JobRow], ...]:
    """From left to right; the first orders the list by the place in the queue."""
    pace = " · ".join((amount_text(88_800_000_000, 99_900_000_000), speed_text(888e6), left_text(3500)))
    return (
        Column(_tr("Model"), _name, "llama3.2:3b"),
        Column(_tr("State"), _state, "\n".join(state_words()), rank=1),
        Column(_tr("Progress"), _progress, pace, share=0.45),
    )


def layer_columns() -> tuple[Column[LayerProgress], ...]:
    """From left to right."""
    return (
        Column(_tr("Layer"), _kind, _tr("System prompt")),
        Column(_tr("Digest"), _digest, "dddddddddddd", muted=True, rank=1),
        Column(_tr("Progress"), _layer_progress, "999 of 999 MB", number=True),
    )


def layer_kind(layer: LayerProgress) -> str:
    """What it is of a model, in a word."""
    words = {
        "model": _tr("Weights"),
        "projector": _tr("Projector"),
        "adapter": _tr("Adapter"),
        "template": _tr("Template"),
        "system": _tr("System prompt"),
        "params": _tr("Parameters"),
        "messages": _tr("Messages"),
        "license": _tr("Licence"),
    }
    last = layer.media_type.rpartition(".")[2].partition("+")[0]
    if layer.media_type.startswith("application/vnd.docker.container"):
        return _tr("Facts")
    return words.get(last) or one_line(last, 40) or _tr("Layer")


def _name(row: JobRow) -> Cell:
    name = one_line(row.job.name)
    tip = f"{name}\n{_tr('Asked for on %1').replace('%1', exact_time(row.job.added_at))}"
    return Cell(name, row.place, tooltip(tip))


def _state(row: JobRow) -> Cell:
    return Cell(state_text(row.job), state_tone(row.job), tooltip(reason_text(row.job)))  # the tone is for the delegate


def _progress(row: JobRow) -> Cell:
    text = progress_text(row.job)
    return Cell(text, fraction(row.job), tooltip(reason_text(row.job) or text))


def _kind(layer: LayerProgress) -> Cell:
    text = layer_kind(layer)
    return Cell(text, text, tooltip(one_line(layer.media_type, 200)))


def _digest(layer: LayerProgress) -> Cell:
    plain = one_line(layer.digest, 100)
    return Cell(plain.removeprefix("sha256:")[:DIGEST_LENGTH], plain, tooltip(plain))


def _layer_progress(layer: LayerProgress) -> Cell:
    share = layer.completed_bytes / layer.total_bytes if layer.total_bytes > 0 else 0.0
    return Cell(amount_text(layer.completed_bytes, layer.total_bytes), min(share, 1.0))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Downloads", text)
