"""The rows of the table of models, made of what is known of each; those of which nothing changed are left alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import QObject

from ollama_desk.domain.fit import Fit
from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.ui.models.columns import ModelRow, clock_of, model_columns
from ollama_desk.ui.models.marks import Mark
from ollama_desk.ui.models.place_text import loaded_text
from ollama_desk.ui.table_model import TableModel


class ModelRows(TableModel[ModelRow]):
    """Remembers fits and marks also of models that are not here: their names may come back.

    Args:
        now: the moment at which ages and times are told, until ``show_time`` says another.
    """

    def __init__(self, now: datetime, *, parent: QObject | None = None) -> None:
        super().__init__(model_columns(), key=_key, parent=parent)
        self._now = now
        self._listed: tuple[Model, ...] = ()
        self._models: dict[str, Model] = {}
        self._running: dict[str, RunningModel] = {}
        self._fits: dict[str, Fit] = {}
        self._marks: dict[Mark, frozenset[str]] = {}
        self._speeds: Mapping[str, float] = {}

    @property
    def models(self) -> Mapping[str, Model]:
        """What is installed, by name."""
        return self._models

    @property
    def running(self) -> Mapping[str, RunningModel]:
        """What is in memory, by name."""
        return self._running

    def longest_loaded(self) -> str:
        """The longest of the texts that tell where a model is loaded."""
        return max((loaded_text(each, self._now) for each in self._running.values()), key=len, default="")

    def show_models(self, models: Sequence[Model], running: Sequence[RunningModel], now: datetime) -> None:
        """This is installed, and this in memory."""
        were_running, before, self._now = self._running, self._now, now
        self._running = {each.name: each for each in running}
        others = self._take(tuple(models))
        if others is None:
            self.show_rows(list(map(self._row, self._models.values())))
        elif _is_other_minute(before, now):
            self._show(self._models)
        else:
            self._show({*others, *were_running, *self._running})

    def show_time(self, now: datetime) -> None:
        """Say again how long ago things were and how long models stay loaded."""
        is_other, self._now = _is_other_minute(self._now, now), now
        self._show(self._models if is_other else self._running)

    def show_fits(self, fits: Mapping[str, Fit]) -> None:
        """Whether each model will run; of those that are not named it stays as it was."""
        changed = [name for name, fit in fits.items() if _is_other(self._fits.get(name), fit)]
        self._fits |= fits
        self._show(changed)

    def show_marks(self, mark: Mark, names: frozenset[str]) -> None:
        """For which models this mark holds."""
        before = self._marks.get(mark, frozenset())
        self._marks[mark] = names
        self._show(before ^ names)

    def show_speeds(self, speeds: Mapping[str, float]) -> None:
        """The median of tokens a second of each model that has answered, by name; of the others nothing is known."""
        before, self._speeds = self._speeds, speeds
        self._show(name for name in before.keys() | speeds.keys() if before.get(name) != speeds.get(name))

    def _take(self, listed: tuple[Model, ...]) -> list[str] | None:
        """The names of the models that are other than before; None where models came or went."""
        if listed == self._listed:
            return []
        before, self._listed = self._models, listed
        self._models = {model.name: model for model in listed}
        if self._models.keys() != before.keys():
            return None
        return [name for name, model in self._models.items() if _is_other(before[name], model)]

    def _show(self, names: Iterable[str]) -> None:
        for name in names:
            model = self._models.get(name)
            if model is not None:
                self.show_row(self._row(model))

    def _row(self, model: Model) -> ModelRow:
        name = model.name
        running = self._running.get(name)
        marks = frozenset(mark for mark, names in self._marks.items() if name in names)
        return ModelRow(
            model, running, clock_of(model, running, self._now), self._fits.get(name), marks, self._speeds.get(name)
        )


def _is_other(before: object, now: object) -> bool:
    """Most are the very same object, which costs less to see than that two are alike."""
    return before is not now and before != now


def _is_other_minute(before: datetime, now: datetime) -> bool:
    return before.replace(second=0, microsecond=0) != now.replace(second=0, microsecond=0)


def _key(row: ModelRow) -> str:
    return row.model.name
