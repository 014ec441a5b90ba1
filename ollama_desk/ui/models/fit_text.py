"""Whether a model will run, in words: the verdict, what is needed of what is free, and every term of the sum."""

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.fit import Fit, Verdict
from ollama_desk.ui.icons import Tone
from ollama_desk.ui.language import said
from ollama_desk.ui.text import context_text, one_line, size_text, tooltip


def verdict_text(verdict: Verdict) -> str:
    """The badge."""
    match verdict:
        case Verdict.FITS_GPU:
            return _tr("Fits in GPU")
        case Verdict.PARTLY_CPU:
            return _tr("Partly on CPU")
        case Verdict.FITS_MEMORY_SLOW:
            return _tr("Fits in memory, slow")
        case Verdict.WILL_NOT_RUN:
            return _tr("Will not run")
        case Verdict.UNKNOWN:
            return _tr("Not known whether it will run")


def verdict_tone(verdict: Verdict) -> Tone:
    """The colour beside it."""
    match verdict:
        case Verdict.FITS_GPU:
            return "ok"
        case Verdict.PARTLY_CPU | Verdict.FITS_MEMORY_SLOW:
            return "warning"
        case Verdict.WILL_NOT_RUN:
            return "danger"
        case Verdict.UNKNOWN:
            return "muted"


def fit_line(fit: Fit) -> str:
    """The verdict with the figures that it hangs on."""
    verdict, needed = verdict_text(fit.verdict), _size(fit.need_bytes)
    figures = ""
    match fit.verdict:
        case Verdict.FITS_GPU:
            figures = _tr("%1 needed, %2 free in the GPU").replace("%2", _size(fit.gpu_free_bytes))
        case Verdict.PARTLY_CPU:
            figures = _tr("%1 needed, %2 of %3 layers in the GPU")
            figures = figures.replace("%2", str(fit.layers_on_gpu)).replace("%3", str(fit.layers))
        case Verdict.FITS_MEMORY_SLOW | Verdict.WILL_NOT_RUN:
            figures = _tr("%1 needed, %2 free").replace("%2", _size(_free(fit)))
        case Verdict.UNKNOWN:
            pass
    return verdict if not figures else f"{verdict}: {figures.replace('%1', needed)}"


def fit_terms(fit: Fit) -> list[tuple[str, str]]:
    """Labels and values of the arithmetic, what is known."""
    machine, wish = fit.machine, fit.wish
    cache = _tr("Cache, %1 tokens as %2").replace("%1", context_text(wish.context)).replace("%2", wish.cache)
    if wish.slots > 1:
        cache = _tr("Cache, %3 × %1 tokens as %2").replace("%1", context_text(wish.context))
        cache = cache.replace("%2", wish.cache).replace("%3", str(wish.slots))
    rows = [(_tr("Weights"), size_text(fit.weights_bytes))]
    if fit.layers:
        rows += [(cache, _size(fit.cache_bytes)), (_tr("Buffers"), _size(fit.buffer_bytes))]
        rows.append((_tr("Together"), _size(fit.need_bytes)))
    if machine.gpus and not machine.is_unified:
        rows.append((_tr("Free in the GPU"), _of(fit.gpu_free_bytes, fit.gpu_total_bytes)))
    if machine.gpus and fit.layers:
        on_gpu = _tr("%1 of %2").replace("%1", str(fit.layers_on_gpu)).replace("%2", str(fit.layers))
        rows.append((_tr("Layers in the GPU"), on_gpu))
    if machine.ram_total_bytes:
        rows.append((_tr("Free memory"), _of(machine.ram_free_bytes, machine.ram_total_bytes)))
    return [(label, value) for label, value in rows if value]


def fit_note(fit: Fit) -> str:
    """What else there is to say: what is not known, or what would help."""
    notes = [one_line(said(fit.reason))] if fit.reason else []
    if fit.would_fit_alone:
        notes.append(_tr("It would run with fewer other programs open."))
    return " ".join(notes)


def fit_tip(fit: Fit) -> str:
    """All of it, for a tooltip."""
    lines = [fit_line(fit), *(f"{label}: {value}" for label, value in fit_terms(fit)), fit_note(fit)]
    return tooltip("\n".join(line for line in lines if line))


def _free(fit: Fit) -> int:
    return fit.machine.ram_free_bytes + (0 if fit.machine.is_unified else fit.gpu_free_bytes)


def _of(part_bytes: int, whole_bytes: int) -> str:
    return _tr("%1 of %2").replace("%1", _size(part_bytes)).replace("%2", _size(whole_bytes))


def _size(size_bytes: int) -> str:
    return size_text(size_bytes) or "0 B"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Fit", text)
