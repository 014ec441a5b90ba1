"""Changes of models that were asked for and are not confirmed, and what is installed and loaded with them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from functools import reduce
from typing import TypeVar

from ollama_desk.domain.models import Model, RunningModel

Row = TypeVar("Row", Model, RunningModel)
Lists = tuple[tuple[Model, ...], tuple[RunningModel, ...]]  # installed, loaded


class ChangeKind(Enum):
    """What shall become of a model."""

    DELETE = "delete"
    COPY = "copy"
    RENAME = "rename"
    CREATE = "create"  # a new one of it
    LOAD = "load"
    UNLOAD = "unload"


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A change that the server has not confirmed."""

    kind: ChangeKind
    name: str  # as it is listed
    new_name: str = ""  # of what is copied, renamed or created

    @property
    def shown_name(self) -> str:
        """Of the row that it is about."""
        return self.new_name or self.name


def with_changes(lists: Lists, changes: Iterable[PendingChange]) -> Lists:
    """What is installed and loaded once the server has done ``changes``, as far as that is known before."""
    return reduce(_with_change, changes, lists)


def _with_change(lists: Lists, change: PendingChange) -> Lists:
    models, running = lists
    match change.kind:
        case ChangeKind.DELETE:
            return _without(models, change.name), _without(running, change.name)
        case ChangeKind.UNLOAD:
            return models, _without(running, change.name)
        case ChangeKind.COPY:
            return _copied(models, change), running
        case ChangeKind.RENAME:
            return _renamed(models, change), _without(running, change.name)
        case ChangeKind.LOAD:
            return models, _with_load(running, change.name)
        case ChangeKind.CREATE:
            return lists


def _without(rows: tuple[Row, ...], name: str) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.name != name)


def _with_load(running: tuple[RunningModel, ...], name: str) -> tuple[RunningModel, ...]:
    there = any(each.name == name for each in running)
    return running if there else (*running, RunningModel(name, is_loading=True))


def _copied(models: tuple[Model, ...], change: PendingChange) -> tuple[Model, ...]:
    if any(model.name == change.new_name for model in models):
        return models
    return tuple(replace(model, name=change.new_name) for model in models if model.name == change.name) + models


def _renamed(models: tuple[Model, ...], change: PendingChange) -> tuple[Model, ...]:
    if any(model.name == change.new_name for model in models):
        return _without(models, change.name)
    return tuple(replace(model, name=change.new_name) if model.name == change.name else model for model in models)
