"""What a name stands for, in words: its facts, whether it fits, and why it cannot be downloaded."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.pulls import Offer, PullJob
from ollama_desk.domain.server import ServerKind
from ollama_desk.ui.models.download_columns import DIGEST_LENGTH, layer_kind
from ollama_desk.ui.models.typed_name import full_name
from ollama_desk.ui.text import clean, one_line, size_text


def facts(offer: Offer) -> list[tuple[str, str]]:
    """Labels and values, what is known."""
    kinds = ", ".join(dict.fromkeys(layer_kind(layer) for layer in offer.layers))
    layers = f"{len(offer.layers)} ({kinds})" if kinds else str(len(offer.layers))
    found = [
        (_tr("Parameters"), one_line(offer.parameter_size, 40)),
        (_tr("Quantisation"), one_line(offer.quantization, 40)),
        (_tr("Family"), one_line(offer.family, 60)),
        (_tr("Size"), size_text(offer.total_bytes)),
        (_tr("To download"), _missing(offer)),
        (_tr("Layers"), one_line(layers, 200)),
        (_tr("Digest"), one_line(offer.digest)[:DIGEST_LENGTH]),
    ]
    return [(label, value) for label, value in found if value]


def room_text(offer: Offer) -> str:
    """Whether it fits the disk: what is needed, what is free, and which disk it is about."""
    if offer.free_bytes is None:
        return _tr("How much room the server's disk has is not known.")
    needed, free = size_text(offer.missing_bytes) or "0 B", size_text(offer.free_bytes) or "0 B"
    if offer.fits:
        text = _tr("Fits the disk: %1 needed, %2 free in %3")
    else:
        text = _tr("Does not fit the disk: %1 needed, %2 free in %3")
    return text.replace("%1", needed).replace("%2", free).replace("%3", one_line(offer.disk, 200))


def mark_text(offer: Offer) -> str:
    """How it stands to what is installed; empty for a new model."""
    if offer.is_installed:
        return _tr("Installed")
    return _tr("Update of an installed model") if offer.is_update else ""


def refusal(offer: Offer, *, name: str, server: ServerKind, jobs: Sequence[PullJob]) -> str:
    """Why it cannot be downloaded now; empty where it can."""
    if any(full_name(job.name) == full_name(name) and not job.state.is_over for job in jobs):
        return _tr("This model is among the downloads already.")
    if offer.is_installed:
        return _tr("This very model is installed.")
    if not offer.has_weights and server is ServerKind.BUILT_IN:
        return _tr("The built-in engine cannot use it: it has no weights in a GGUF file.")
    if not offer.fits:
        lacking = size_text(offer.missing_bytes - (offer.free_bytes or 0))
        text = _tr("%1 more is needed on the disk. Delete something, or choose another folder in the settings.")
        return text.replace("%1", lacking)
    return ""


def licence_title(offer: Offer) -> str:
    """The first line of the licence that says something."""
    lines = (one_line(line, 120) for line in clean(offer.licence[:4000]).splitlines())
    return next((line for line in lines if line), "")


def _missing(offer: Offer) -> str:
    """Only where some of it is there already."""
    if offer.is_installed or offer.missing_bytes == offer.total_bytes:
        return ""
    return size_text(offer.missing_bytes) or "0 B"


def _tr(text: str) -> str:
    return QCoreApplication.translate("GetModels", text)
