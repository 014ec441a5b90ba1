"""The marks of a row of the table of models: a drawing and words for each."""

from collections.abc import Set as AbstractSet

from PySide6.QtCore import QCoreApplication

from ollama_desk.ui.models.marks import Mark
from ollama_desk.ui.table_model import Badge


def mark_words(mark: Mark) -> str:
    """What it says."""
    match mark:
        case Mark.DEFAULT:
            return _tr("default for new chats")
        case Mark.UPDATE:
            return _tr("update available")
        case Mark.DAMAGED:
            return _tr("damaged")
        case Mark.CHANGING:
            return _tr("being changed")


def mark_badge(mark: Mark) -> Badge:
    """Told apart by its shape as much as by its colour."""
    match mark:
        case Mark.DEFAULT:
            return Badge("star", "muted")
        case Mark.UPDATE:
            return Badge("update", "accent")
        case Mark.DAMAGED:
            return Badge("warning", "danger")
        case Mark.CHANGING:
            return Badge("more", "muted")


def in_order(marks: AbstractSet[Mark]) -> tuple[Mark, ...]:
    """As they stand behind a name."""
    return tuple(mark for mark in Mark if mark in marks)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)
