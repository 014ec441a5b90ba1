"""What can be done with the models that are selected, and why something cannot."""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.models import CAPABILITY_COMPLETION, Model
from ollama_desk.ui.text import one_line

NAME_LIMIT = 80


@dataclass(frozen=True, slots=True)
class Possible:
    """What can be done now; a sentence says why not, where there is more to say than that nothing is selected."""

    count: int = 0  # of the models that are selected
    chat: bool = False
    load: bool = False
    unload: tuple[str, ...] = ()  # the selected that are in memory
    change: bool = False
    why_no_chat: str = ""
    why_no_load: str = ""


def possible(models: Sequence[Model], loaded: Container[str], *, server_answers: bool) -> Possible:
    """A model whose capabilities are unknown may be one to chat with. Chat and load are for one model alone."""
    if not models or not server_answers:
        return Possible()
    unload = tuple(model.name for model in models if model.name in loaded)
    if len(models) > 1:
        return Possible(len(models), unload=unload, change=True)
    model = models[0]
    can_chat = not model.capabilities or CAPABILITY_COMPLETION in model.capabilities
    elsewhere = _tr("It runs at %1, not here.").replace("%1", one_line(model.remote_host, NAME_LIMIT))
    return Possible(
        1,
        chat=can_chat,
        load=not model.remote_host and not unload,
        unload=unload,
        change=True,
        why_no_chat="" if can_chat else _tr("This model is not one to chat with."),
        why_no_load=elsewhere if model.remote_host else "",
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)
