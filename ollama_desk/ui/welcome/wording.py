"""What the first page says of the machine: its graphics processors, its memory, its disk."""

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.machine import Gpu, GpuVendor
from ollama_desk.domain.recommendation import Recommendation
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.services.recommendation import Found
from ollama_desk.ui.language import said
from ollama_desk.ui.models.catalogue_text import parameters_text
from ollama_desk.ui.server.wording import program_name, wording
from ollama_desk.ui.text import one_line, size_text

MOST_NAMES = 4  # of graphics processors in one line


def server_text(status: ServerStatus) -> str:
    """Which server was found, where, in which version: ``Ollama 0.24.0 running at 127.0.0.1:11434``."""
    word, program = wording(status).word, program_name(status.kind)
    if not status.state.answers:
        return word
    program = f"{program} {status.version}".strip() if program else ""
    text = _tr("%1 running at %2") if program else _tr("Running at %2")
    text = text.replace("%1", program).replace("%2", str(status.address))
    return text[:1].upper() + text[1:]


def server_note(status: ServerStatus) -> str:
    """What is to be known of it: whose it is, or why it does not run."""
    if status.state is ServerState.EXTERNAL:
        return _tr("This server was not started by Ollama Desk.")
    return "" if status.state is ServerState.READY else one_line(said(status.reason))


def gpu_text(found: Found) -> str:
    """``NVIDIA GeForce RTX 4070, 13 GB``; alike ones are counted."""
    names = dict.fromkeys(map(_gpu_text, found.gpus), 0)
    for gpu in found.gpus:
        names[_gpu_text(gpu)] += 1
    if not names:
        is_known = found.memory.ram_total_bytes > 0
        return _tr("None found: models run on the CPU") if is_known else _tr("Not known")
    return " · ".join(f"{count} × {name}" if count > 1 else name for name, count in [*names.items()][:MOST_NAMES])


def gpu_note(found: Found) -> str:
    """Why it is of no use, if so."""
    return one_line(said(found.memory.reason)) if found.memory.reason else ""


def memory_text(found: Found) -> str:
    """``16 GB, 11 GB free``; empty where it is not known."""
    total, free = size_text(found.memory.ram_total_bytes), size_text(found.memory.ram_free_bytes)
    return _tr("%1, %2 free").replace("%1", total).replace("%2", free) if total and free else total


def disk_text(found: Found) -> str:
    """``120 GB free in /home/ada/.ollama/models``; empty where it is not known."""
    if found.disk_free_bytes is None:
        return ""
    free = size_text(found.disk_free_bytes) or "0 B"
    return _tr("%1 free in %2").replace("%1", free).replace("%2", one_line(found.folder, 400))


def facts_text(recommended: Recommendation) -> str:
    """Size, parameters, memory and licence of what is recommended, in one line."""
    size = recommended.size
    parameters, needed = parameters_text(size.parameters), size_text(size.memory_bytes)
    parts = (
        size_text(size.size_bytes),
        _tr("%1 parameters").replace("%1", parameters) if parameters else "",
        _tr("needs about %1 of memory").replace("%1", needed) if needed else "",
        size.licence,
    )
    return " · ".join(part for part in parts if part)


def _gpu_text(gpu: Gpu) -> str:
    name = one_line(gpu.name, 80)
    if gpu.vendor is GpuVendor.APPLE:
        return _tr("%1, works in the memory of the machine").replace("%1", name)
    size = size_text(gpu.memory_bytes)
    return f"{name}, {size}" if size else name


def _tr(text: str) -> str:
    return QCoreApplication.translate("Welcome", text)
