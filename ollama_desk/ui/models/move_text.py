"""A move of the models folder in words: what it would mean, how far it is, how it ended."""

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.moving import MoveJob, MoveOffer, MoveState
from ollama_desk.domain.settings import FolderContent
from ollama_desk.ui.language import said
from ollama_desk.ui.models.download_text import amount_text, left_text, speed_text
from ollama_desk.ui.text import one_line, size_text, span_text

PATH_LIMIT = 300  # characters of a path in a sentence
USUAL = (".ollama", "models")  # where every Ollama has them unless it is told otherwise
USUAL_BYTES_PER_S = 100e6  # of a copy from disk to disk, for a first guess


def content_text(content: FolderContent) -> str:
    """``3 models, 4.7 GB``."""
    if not content.model_count:
        return _tr("No models in it.")
    models = _count("%n models", content.model_count)
    return _tr("%1, %2").replace("%2", size_text(content.size_bytes)).replace("%1", models)


def question_text(offer: MoveOffer) -> str:
    """What is asked."""
    if not offer.model_count:
        return _tr("Use %1 for models from now on?").replace("%1", one_line(str(offer.target), PATH_LIMIT))
    words = _count("Move %n models to %1?", offer.model_count)
    return words.replace("%1", one_line(str(offer.target), PATH_LIMIT))


def consequences(offer: MoveOffer) -> list[str]:
    """What will happen, a sentence each."""
    source = one_line(str(offer.source), PATH_LIMIT)
    lines = [_tr("They are in %1 now.").replace("%1", source), _copy_text(offer)]
    if offer.target_models:
        lines.append(_count("%n models are there already. They stay.", offer.target_models))
    if offer.stops_server:
        lines.append(
            _tr("The server goes on meanwhile. At the end it is started again, and what is loaded is unloaded.")
        )
    if offer.source.parts[-2:] == USUAL:
        lines.append(
            _tr("Another Ollama on this machine looks for models in the old folder and will not find them there.")
        )
    lines.append(_tr("Nothing is removed from the old folder before everything is in the new one."))
    return [line for line in lines if line]


def state_text(job: MoveJob) -> str:
    """What is being done, or how it ended."""
    target = one_line(str(job.target), PATH_LIMIT)
    words = {
        MoveState.COPYING: _tr("Moving the models to %1"),
        MoveState.WAITING: _tr("Waiting for an answer to end. Then the server starts again with %1."),
        MoveState.SWITCHING: _tr("Switching to %1. The server is off for a moment."),
        MoveState.STARTING: _tr("Starting the server with %1"),
        MoveState.TIDYING: _tr("Removing what was moved from the old folder"),
        MoveState.UNDOING: _tr("Removing what was copied. The models stay where they are."),
        MoveState.FINISHED: _tr("The models are in %1 now."),
        MoveState.CANCELLED: _tr("The move was cancelled. The models are where they were."),
        MoveState.FAILED: _tr("The models were not moved. They are where they were."),
    }
    return words[job.state].replace("%1", target)


def progress_text(job: MoveJob) -> str:
    """``1.2 of 4.7 GB · 240 MB/s · 15 s left``; empty where there is nothing to count."""
    if job.state is not MoveState.COPYING or job.total_bytes <= 0:
        return ""
    speed = speed_text(job.bytes_per_s)
    left = left_text(job.left_s) if speed and job.left_s is not None else ""
    return " · ".join(part for part in (amount_text(job.done_bytes, job.total_bytes), speed, left) if part)


def end_text(job: MoveJob) -> str:
    """How it ended, with what is to be said of that."""
    parts = (state_text(job), one_line(said(job.reason), 2 * PATH_LIMIT))
    return " ".join(part for part in parts if part)


def _copy_text(offer: MoveOffer) -> str:
    if not offer.size_bytes:
        return ""
    if not offer.copied_bytes:
        return _tr("Both folders are on the same disk, so this takes a few seconds.")
    words = _tr("%1 are copied to another disk, where %2 are free. At 100 MB/s that takes %3.")
    if offer.free_bytes is None:
        words = _tr("%1 are copied to another disk. At 100 MB/s that takes %3.")
    time = span_text(max(offer.copied_bytes / USUAL_BYTES_PER_S, 1))
    free = size_text(offer.free_bytes or 0) or "0 B"
    return words.replace("%1", size_text(offer.copied_bytes)).replace("%2", free).replace("%3", time)


def _count(words: str, count: int) -> str:
    return QCoreApplication.translate("Move", words, "", count)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Move", text)
