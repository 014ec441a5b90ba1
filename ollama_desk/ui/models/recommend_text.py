"""A recommendation in words: what it is for, and why this model and this size."""

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.catalogue import Task
from ollama_desk.domain.recommendation import Recommendation, Why
from ollama_desk.ui.icons import Tone
from ollama_desk.ui.text import context_text


def for_task(task: Task) -> str:
    """``For chat on this machine``."""
    match task:
        case Task.CHAT:
            return _tr("For chat on this machine")
        case Task.CODE:
            return _tr("For code on this machine")
        case Task.REASONING:
            return _tr("For reasoning on this machine")
        case Task.VISION:
            return _tr("For pictures on this machine")
        case Task.TOOLS:
            return _tr("For work with tools on this machine")
        case Task.EMBEDDING:
            return _tr("For embeddings on this machine")


def reason_text(recommended: Recommendation) -> str:
    """Why this model, in a sentence or two."""
    text = _room(_why(recommended), recommended.context)
    if recommended.is_held_by_disk:
        text = f"{text} {_tr('A larger one would run, but the disk has no room for it.')}"
    return text


def line_text(recommended: Recommendation) -> str:
    """All of it in one line: ``For chat on this machine: Qwen3 8B. It fits …``."""
    return f"{for_task(recommended.task)}: {recommended.title}. {reason_text(recommended)}"


def nothing_text(task: Task) -> str:
    """Where nothing can be recommended."""
    return f"{for_task(task)}: {_tr('nothing of the catalogue runs, or has room on the disk.')}"


def reason_tone(recommended: Recommendation) -> Tone:
    """The colour beside the reason."""
    match recommended.why:
        case Why.FITS_GPU | Why.QUICK_ON_CPU | Why.PARTLY_GPU:
            return "ok"
        case Why.SMALLEST:
            return "warning"
        case Why.NOT_KNOWN:
            return "muted"


def _why(recommended: Recommendation) -> str:
    match recommended.why:
        case Why.FITS_GPU if len(recommended.fit.machine.gpus) > 1:
            return _tr("It fits your GPUs whole, with room for %1 tokens of context.")
        case Why.FITS_GPU:
            return _tr("It fits your GPU whole, with room for %1 tokens of context.")
        case Why.PARTLY_GPU:
            return _tr("It is small enough to be quick, although only a part of it fits your GPU.")
        case Why.QUICK_ON_CPU:
            return _tr("It is small enough to be quick without a GPU.")
        case Why.SMALLEST:
            return _tr("It is the smallest that runs here, and it will be slow.")
        case Why.NOT_KNOWN:
            return _tr("It is small enough for most machines. How much memory there is for models here is not known.")


def _room(text: str, context: int) -> str:
    return text.replace("%1", context_text(context))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Recommendation", text)
