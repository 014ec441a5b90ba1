"""What is told of one model: its facts as labels and values, where it is loaded, and why something cannot be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.models import CAPABILITY_COMPLETION, Model, ModelDetails, RunningModel
from ollama_desk.domain.server import ServerStatus
from ollama_desk.ui.language import said
from ollama_desk.ui.models.columns import capabilities_text
from ollama_desk.ui.text import FOR_EVER, context_text, exact_time, one_line, size_text, span_text

DIGEST_LENGTH = 12
VALUE_LIMIT = 120
ARCHITECTURE = "general.architecture"


@dataclass(frozen=True, slots=True)
class Subject:
    """The model that the drawer is about, as the server tells of it now."""

    model: Model
    running: RunningModel | None
    status: ServerStatus


@dataclass(frozen=True, slots=True)
class Hindrances:
    """Why something cannot be done now, as a sentence; empty where it can."""

    chat: str = ""
    load: str = ""
    unload: str = ""
    change: str = ""  # copy, rename, delete
    edit: str = ""  # make another of it
    default: str = ""  # let new chats begin with it: that is ours, and does not hang on the server
    preload: str = ""


def hindrances(subject: Subject, *, has_details: bool = True) -> Hindrances:
    """A model whose capabilities are unknown may be one to chat with.

    Args:
        subject: the model.
        has_details: whether what it says for itself is known.
    """
    model = subject.model
    can_chat = not model.capabilities or CAPABILITY_COMPLETION in model.capabilities
    chat = "" if can_chat else _tr("This model is not one to chat with.")
    place = ""
    if model.remote_host:
        place = _tr("It runs at %1, not here.").replace("%1", one_line(model.remote_host, VALUE_LIMIT))
    if not subject.status.state.answers:
        why = one_line(said(subject.status.reason)) or _tr("The server is not running.")
        return Hindrances(why, why, why, why, why, default=chat, preload=place)
    return Hindrances(
        chat=chat,
        load=place,
        unload=place or ("" if subject.running is not None else _tr("It is not in memory.")),
        edit="" if has_details else _tr("What the model says for itself is not known yet."),
        default=chat,
        preload=place,
    )


def facts(model: Model, details: ModelDetails | None) -> list[tuple[str, str]]:
    """Labels and values, what is known; ``details`` come a moment later."""
    told = details or ModelDetails(model.name)
    info = told.info
    architecture = str(info.get(ARCHITECTURE) or told.family or model.family)
    tokens = told.context_length or model.context_length
    width = told.embedding_length or model.embedding_length
    found = [
        (_tr("Architecture"), architecture),
        (_tr("Parameters"), told.parameter_size or model.parameter_size),
        (_tr("Quantisation"), told.quantization or model.quantization),
        (_tr("Context"), _tokens(tokens)),
        (_tr("Embedding length"), str(width) if width else ""),
        (_tr("Capabilities"), capabilities_text(told.capabilities or model.capabilities)),
        (_tr("Size"), size_text(model.size_bytes)),
        (_tr("Modified"), exact_time(model.modified_at) if model.modified_at is not None else ""),
        (_tr("Runs at"), model.remote_host),
    ]
    return [(label, one_line(value, VALUE_LIMIT)) for label, value in found if value]


def memory_line(running: RunningModel | None, now: datetime) -> str:
    """Where it is loaded and until when."""
    if running is None:
        return _tr("Not in memory.")
    if running.is_loading:
        return _tr("Being loaded…")
    parts = [_place(running), _until(running.expires_at, now)]
    if running.context_length:
        parts.append(_tr("%1 tokens of context").replace("%1", context_text(running.context_length)))
    return " · ".join(part for part in parts if part)


def names_text(names: Sequence[str], most: int = 3) -> str:
    """Some names, and how many more there are."""
    some = ", ".join(one_line(name, VALUE_LIMIT) for name in names[:most])
    more = len(names) - most
    return some if more <= 0 else _tr("%1 and %n more", more).replace("%1", some)


def has_words(text: str) -> bool:
    """Whether there is anything but space; quick for long texts."""
    return bool(text) and not text.isspace()


def _place(running: RunningModel) -> str:
    size = size_text(running.size_bytes)
    if running.vram_bytes <= 0:
        place = _tr("In memory, on the CPU")
    elif running.vram_bytes >= running.size_bytes:
        place = _tr("In memory, on the GPU")
    else:
        share = min(max(round(100 * running.vram_bytes / running.size_bytes), 1), 99)
        place = _tr("In memory, %1 % on the GPU").replace("%1", str(share))
    return f"{place} · {size}" if size else place


def _until(expires_at: datetime | None, now: datetime) -> str:
    if expires_at is None:
        return ""
    left = expires_at - now
    if left > FOR_EVER:
        return _tr("stays loaded")
    if left.total_seconds() <= 0:
        return _tr("is being unloaded")
    return _tr("%1 left").replace("%1", span_text(left.total_seconds()))


def _tokens(count: int) -> str:
    return _tr("%1 tokens").replace("%1", context_text(count)) if count else ""


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate("Drawer", text, "", number)
