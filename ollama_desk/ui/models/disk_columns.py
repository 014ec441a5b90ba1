"""The columns of the models of a folder, and of what a clean-up would remove."""

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.upkeep import Health, Leftover, ModelHealth, ModelUse
from ollama_desk.ui.models.disk_text import bytes_text, damages_text, health_text, leftover_text
from ollama_desk.ui.table_model import Badge, Cell, Column
from ollama_desk.ui.text import age_text, exact_time, natural, one_line, tooltip

SHARERS = 12  # names in a tooltip
BADGE_ROOM = "mm"  # as wide as a badge


@dataclass(frozen=True, slots=True)
class UseRow:
    """A model with its bytes, its state, and when it was used last."""

    model: ModelUse
    health: ModelHealth
    now: datetime
    used_at: datetime | None = None  # None: not known


@dataclass(frozen=True, slots=True)
class LeftoverRow:
    """Something that could go."""

    leftover: Leftover
    now: datetime


def use_columns() -> tuple[Column[UseRow], ...]:
    """From left to right."""
    states = "\n".join(f"{health_text(each)} {BADGE_ROOM}" for each in Health)
    return (
        Column(_tr("Model"), _name, "deepseek-r1:32b"),
        Column(_tr("Own"), _own, "999 MB", number=True),
        Column(_tr("Shared"), _shared, "999 MB", number=True, rank=2),
        Column(_tr("Files"), _state, states, rank=1),
        Column(_tr("Last used"), _used, _tr("not known"), muted=True, rank=3),
    )


def leftover_columns() -> tuple[Column[LeftoverRow], ...]:
    """From left to right."""
    return (
        Column(_tr("What"), _what, _tr("Unfinished download")),
        Column(_tr("Probably of"), _belonged, "deepseek-r1:32b", rank=2, share=0.3),
        Column(_tr("Size"), _size, "999 MB", number=True),
        Column(_tr("Age"), _age, "10 months ago", muted=True, rank=1),
    )


def _name(row: UseRow) -> Cell:
    name = one_line(row.model.name)
    return Cell(name, natural(name), tooltip(name))


def _own(row: UseRow) -> Cell:
    return Cell(bytes_text(row.model.own_bytes), row.model.own_bytes)


def _shared(row: UseRow) -> Cell:
    names = row.model.shared_with
    listed = ", ".join(one_line(name, 80) for name in names[:SHARERS]) + ("…" if len(names) > SHARERS else "")
    tip = _tr("Shared with %1").replace("%1", listed) if names else ""
    return Cell(bytes_text(row.model.shared_bytes) if names else "", row.model.shared_bytes, tooltip(tip))


def _state(row: UseRow) -> Cell:
    words = health_text(row.health.health)
    is_damaged = row.health.health is Health.DAMAGED
    badges = (Badge("warning", "danger"),) if is_damaged else ()
    order = list(Health).index(row.health.health)
    return Cell(words, order, tooltip(damages_text(row.health)), badges)


def _used(row: UseRow) -> Cell:
    if row.used_at is None:
        return Cell("", 0.0)
    return Cell(age_text(row.used_at, row.now), row.used_at.timestamp(), tooltip(exact_time(row.used_at)))


def _what(row: LeftoverRow) -> Cell:
    text = leftover_text(row.leftover)
    return Cell(text, text, tooltip("\n".join(one_line(file.path, 200) for file in row.leftover.files[:SHARERS])))


def _belonged(row: LeftoverRow) -> Cell:
    text = one_line(row.leftover.belonged_to)
    return Cell(text, text.lower(), tooltip(text))


def _size(row: LeftoverRow) -> Cell:
    return Cell(bytes_text(row.leftover.size_bytes), row.leftover.size_bytes)


def _age(row: LeftoverRow) -> Cell:
    moment = row.leftover.changed_at
    return Cell(age_text(moment, row.now), moment.timestamp(), tooltip(exact_time(moment)))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Disk", text)
