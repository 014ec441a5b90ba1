"""The columns of the table of installed models: how each reads a model and what is loaded of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.fit import Fit, Verdict
from ollama_desk.domain.models import (
    CAPABILITY_COMPLETION,
    CAPABILITY_EMBEDDING,
    CAPABILITY_THINKING,
    CAPABILITY_TOOLS,
    CAPABILITY_VISION,
    Model,
    RunningModel,
)
from ollama_desk.ui.models.fit_text import fit_tip, verdict_text
from ollama_desk.ui.models.mark_text import in_order, mark_badge, mark_words
from ollama_desk.ui.models.marks import Mark
from ollama_desk.ui.models.place_text import loaded_text, loaded_tip
from ollama_desk.ui.models.speed_text import rate_text
from ollama_desk.ui.table_model import Cell, Column
from ollama_desk.ui.text import age_text, context_text, exact_time, natural, one_line, size_text, tooltip

LOADED = "loaded"
FACTORS = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model, what of it is in memory, when that is told, whether it will run, its marks and its speed."""

    model: Model
    running: RunningModel | None
    now: datetime
    fit: Fit | None = None
    marks: frozenset[Mark] = frozenset()
    tokens_per_s: float | None = None  # the median of its answers


def model_columns() -> tuple[Column[ModelRow], ...]:
    """From left to right."""
    will_not = verdict_text(Verdict.WILL_NOT_RUN)
    return (
        Column(_tr("Name"), _name, "deepseek-r1:32b-qwen", key="name"),
        Column(_tr("Size"), _size, "999 MB", number=True, rank=1, key="size"),
        Column(_tr("Memory"), _memory, will_not, number=True, muted=True, rank=8, key="memory"),
        Column(_tr("Parameters"), _parameters, "12.2B", number=True, rank=4, key="parameters"),
        Column(_tr("Quantisation"), _quantisation, "Q4_K_XL", rank=5, key="quantisation"),
        Column(_tr("Context"), _context, "128k", number=True, rank=6, key="context"),
        Column(_tr("Capabilities"), _capabilities, "chat, thinking, tools", muted=True, rank=7, key="capabilities"),
        Column(_tr("Speed"), _speed, "999 tok/s", number=True, muted=True, rank=9, key="speed"),
        Column(_tr("Modified"), _modified, _tr("10 months ago"), muted=True, rank=3, key="modified"),
        Column(_tr("Loaded"), _loaded, "", rank=2, key=LOADED),  # as wide as what is loaded has needed,
    )


def clock_of(model: Model, running: RunningModel | None, now: datetime) -> datetime:
    """The moment at which a row is told: no finer than its words are, so that it is not read again for nothing."""
    if running is not None:
        return now
    is_fresh = model.modified_at is not None and now - model.modified_at < timedelta(hours=2)
    return now.replace(second=0, microsecond=0) if is_fresh else now.replace(minute=0, second=0, microsecond=0)


def capabilities_text(capabilities: frozenset[str]) -> str:
    """The capabilities that the field has words for, in a fixed order, then the others."""
    words = {
        CAPABILITY_COMPLETION: _tr("chat"),
        CAPABILITY_THINKING: _tr("thinking"),
        CAPABILITY_TOOLS: _tr("tools"),
        CAPABILITY_VISION: _tr("vision"),
        CAPABILITY_EMBEDDING: _tr("embedding"),
    }
    known = [word for name, word in words.items() if name in capabilities]
    return ", ".join(known + [one_line(name, 20) for name in sorted(capabilities - words.keys())])


def parameter_count(text: str) -> float:
    """``8.2B`` as a number to sort by; 0 for what is not understood."""
    factor = FACTORS.get(text[-1:].upper())
    try:
        return float(text[:-1]) * factor if factor else float(text)
    except ValueError:
        return 0.0


def _name(row: ModelRow) -> Cell:
    name, marks = one_line(row.model.name), in_order(row.marks)
    if not marks:
        return Cell(name, natural(name), tooltip(name))
    words = [mark_words(mark) for mark in marks]
    badges = tuple(map(mark_badge, marks))
    return Cell(name, natural(name), tooltip("\n".join((name, *words))), badges, ", ".join((name, *words)))


def _size(row: ModelRow) -> Cell:
    return Cell(size_text(row.model.size_bytes), float(row.model.size_bytes))


def _memory(row: ModelRow) -> Cell:
    """What it needs; where it will not run, that."""
    fit = row.fit
    if fit is None or (not fit.layers and fit.verdict is Verdict.UNKNOWN):
        return Cell("", 0.0, fit_tip(fit) if fit is not None else "")
    needed = float(fit.need_bytes)
    text = verdict_text(fit.verdict) if fit.verdict is Verdict.WILL_NOT_RUN else size_text(needed)
    return Cell(text, needed, fit_tip(fit))


def _parameters(row: ModelRow) -> Cell:
    text = one_line(row.model.parameter_size, 20)
    return Cell(text, parameter_count(text))


def _quantisation(row: ModelRow) -> Cell:
    text = one_line(row.model.quantization, 20)
    return Cell(text, text)


def _context(row: ModelRow) -> Cell:
    tokens = row.model.context_length
    tip = _tr("%1 tokens").replace("%1", str(tokens)) if tokens else ""
    return Cell(context_text(tokens), float(tokens), tip)


def _capabilities(row: ModelRow) -> Cell:
    text = capabilities_text(row.model.capabilities)
    return Cell(text, text, tooltip(text))


def _speed(row: ModelRow) -> Cell:
    if row.tokens_per_s is None:
        return Cell("", 0.0)
    return Cell(rate_text(row.tokens_per_s), row.tokens_per_s, tooltip(_tr("The median of its answers")))


def _modified(row: ModelRow) -> Cell:
    moment = row.model.modified_at
    if moment is None:
        return Cell("", 0.0)
    return Cell(age_text(moment, row.now), moment.timestamp(), tooltip(exact_time(moment)))


def _loaded(row: ModelRow) -> Cell:
    if row.running is None:
        return Cell("", 0.0)
    order = float(row.running.size_bytes) + 1
    return Cell(loaded_text(row.running, row.now), order, loaded_tip(row.running, row.now))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)
