"""An entry of the catalogue in words: its facts, its names to choose from, and whether one of them is installed."""

from collections.abc import Collection
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale

from ollama_desk.domain.catalogue import CatalogueEntry, CatalogueSize, Task
from ollama_desk.ui.models.columns import capabilities_text
from ollama_desk.ui.models.typed_name import full_name
from ollama_desk.ui.text import context_text, size_text

MILLION, BILLION = 1_000_000, 1_000_000_000


@dataclass(frozen=True, slots=True)
class NameChoice:
    """A name that can be looked up, and what it is called in the list of sizes."""

    name: str
    label: str
    size: CatalogueSize


def name_choices(entry: CatalogueEntry) -> tuple[NameChoice, ...]:
    """Every name of every size: first Ollama's own, which most people want, then the GGUF files."""
    own = [NameChoice(size.ollama, size.label, size) for size in entry.sizes if size.ollama]
    files = [NameChoice(size.gguf, f"{size.label} · GGUF", size) for size in entry.sizes if size.gguf]
    return (*own, *files)


def is_installed(name: str, installed: Collection[str]) -> bool:
    """Whether this is among the installed names; of a GGUF repository without a tag any of its files counts.

    Args:
        name: as the catalogue writes it.
        installed: full names, as ``full_name`` makes them.
    """
    if ":" in name:
        return full_name(name) in installed
    repository = full_name(name).rpartition(":")[0]
    return any(each.rpartition(":")[0] == repository for each in installed)


def facts(size: CatalogueSize, *, true_bytes: int = 0) -> list[str]:
    """Size, parameters, context and licence, in this order, so that they line up; empty what is not known.

    Args:
        size: what the catalogue says.
        true_bytes: what a registry said to the name; 0 where none was asked, and the size is an estimate.
    """
    parameters, context = parameters_text(size.parameters), context_text(size.context_length)
    estimate = size_text(size.size_bytes)
    return [
        size_text(true_bytes) or (_tr("about %1").replace("%1", estimate) if estimate else ""),
        _tr("%1 parameters").replace("%1", parameters) if parameters else "",
        _tr("%1 context").replace("%1", context) if context else "",
        size.licence,
    ]


def origin(entry: CatalogueEntry, choice: NameChoice) -> str:
    """What it can do, who made it, and the name that is looked up."""
    return " · ".join((capabilities_text(choice.size.capabilities), entry.publisher, choice.name))


def about(entry: CatalogueEntry) -> str:
    """What it is good for, in the language of the window where the catalogue has it."""
    return entry.about_in(QLocale.languageToCode(QLocale().language()))


def parameters_text(count: int) -> str:
    """``3.2B``, ``135M``; empty for nothing known."""
    if count <= 0:
        return ""
    value, unit = (count / BILLION, "B") if count >= BILLION else (count / MILLION, "M")
    return f"{value:.1f}".removesuffix(".0") + unit


def task_text(task: Task) -> str:
    """A task as it is offered for choice."""
    match task:
        case Task.CHAT:
            return _tr("Chat")
        case Task.CODE:
            return _tr("Code")
        case Task.REASONING:
            return _tr("Reasoning")
        case Task.VISION:
            return _tr("Pictures")
        case Task.TOOLS:
            return _tr("Tools")
        case Task.EMBEDDING:
            return _tr("Embeddings")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Catalogue", text)
