"""Which of the installed models are shown: words that are looked for, and one kind of them."""

from enum import Enum

from PySide6.QtCore import QCoreApplication, QModelIndex, QObject, QPersistentModelIndex

from ollama_desk.domain.models import (
    CAPABILITY_COMPLETION,
    CAPABILITY_EMBEDDING,
    CAPABILITY_THINKING,
    CAPABILITY_TOOLS,
    CAPABILITY_VISION,
    Model,
)
from ollama_desk.ui.models.columns import ModelRow, capabilities_text
from ollama_desk.ui.sorted_rows import SortedRows
from ollama_desk.ui.table_model import TableModel


class Kind(Enum):
    """What a model is or can do; the values are kept over restarts."""

    ALL = ""
    LOADED = "loaded"
    CHAT = CAPABILITY_COMPLETION
    VISION = CAPABILITY_VISION
    TOOLS = CAPABILITY_TOOLS
    THINKING = CAPABILITY_THINKING
    EMBEDDING = CAPABILITY_EMBEDDING


def kind_text(kind: Kind) -> str:
    """Its words, where it is chosen."""
    return {
        Kind.ALL: _tr("All models"),
        Kind.LOADED: _tr("Loaded now"),
        Kind.CHAT: _tr("For chat"),
        Kind.VISION: _tr("For images"),
        Kind.TOOLS: _tr("For tools"),
        Kind.THINKING: _tr("For thinking"),
        Kind.EMBEDDING: _tr("For embeddings"),
    }[kind]


class ModelFilter(SortedRows):
    """Shows rows that have every word in their name, family, size, quantisation or capabilities."""

    def __init__(self, rows: TableModel[ModelRow], *, parent: QObject | None = None) -> None:
        self._words: tuple[str, ...] = ()
        self._kind = Kind.ALL
        self._searched: dict[str, tuple[Model, str]] = {}  # what of each model is searched, written once
        super().__init__(rows, parent=parent)

    def show_only(self, text: str, kind: Kind) -> None:
        """Show what fits; no words and ``Kind.ALL``: everything."""
        words = tuple(text.casefold().split())
        if (words, kind) == (self._words, self._kind):
            return
        self._words, self._kind = words, kind
        self.setFilterFixedString(" ".join((kind.value, *words)))  # it is not read, but another one filters again

    def filterAcceptsRow(self, at: int, _parent: QModelIndex | QPersistentModelIndex) -> bool:
        row: ModelRow = self.rows.row_at(at)
        if not self._is_of_kind(row):
            return False
        return not self._words or all(word in self._text_of(row.model) for word in self._words)

    def _is_of_kind(self, row: ModelRow) -> bool:
        match self._kind:
            case Kind.ALL:
                return True
            case Kind.LOADED:
                return row.running is not None
            case _:
                return self._kind.value in row.model.capabilities

    def _text_of(self, model: Model) -> str:
        known = self._searched.get(model.name)
        if known is not None and known[0] == model:
            return known[1]
        facts = (model.name, model.family, model.parameter_size, model.quantization)
        text = "\n".join((*facts, *model.capabilities, capabilities_text(model.capabilities))).casefold()
        self._searched[model.name] = (model, text)
        return text


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)
