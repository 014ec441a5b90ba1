"""Where a model is in memory and for how long still, in words."""

from datetime import datetime

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.models import RunningModel
from ollama_desk.ui.text import FOR_EVER, exact_time, size_text, span_text, tooltip

WHOLE = 100


def place_text(running: RunningModel) -> str:
    """``CPU``, ``GPU 100 %``, ``GPU 62 % · CPU 38 %``, ``loading…``."""
    if running.is_loading:
        return _tr("loading…")
    if running.vram_bytes <= 0:
        return _tr("CPU")
    share = min(round(100 * running.vram_bytes / max(running.size_bytes, 1)), 100)
    on_gpu = _tr("GPU %1 %").replace("%1", str(share))
    return f"{on_gpu} · {_tr('CPU %1 %').replace('%1', str(100 - share))}" if share < WHOLE else on_gpu


def loaded_text(running: RunningModel, now: datetime) -> str:
    """The place and the time that is left: ``GPU 100 % · 4 min``."""
    place = place_text(running)
    if running.expires_at is None:
        return place
    left = running.expires_at - now
    if left.total_seconds() <= 0:
        return f"{place} · {_tr('unloading')}"
    return place if left > FOR_EVER else f"{place} · {span_text(left.total_seconds())}"


def loaded_tip(running: RunningModel, now: datetime) -> str:
    """How much of it is where, and until when, for a tooltip."""
    on_gpu = min(running.vram_bytes, running.size_bytes)
    parts = [(_tr("%1 of memory"), running.size_bytes)]
    if 0 < on_gpu < running.size_bytes:
        parts += [(_tr("%1 in the GPU"), on_gpu), (_tr("%1 in the main memory"), running.size_bytes - on_gpu)]
    lines = [words.replace("%1", size_text(count)) for words, count in parts if count > 0]
    if running.expires_at is not None and running.expires_at - now > FOR_EVER:
        lines.append(_tr("Stays loaded until it is unloaded"))
    elif running.expires_at is not None and running.expires_at > now:
        lines.append(_tr("Unloads at %1").replace("%1", exact_time(running.expires_at)))
    return tooltip("\n".join(lines))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)
