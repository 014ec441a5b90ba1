"""The rows of the table: told of what changed and of nothing else, marked in shapes and in words, on time."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.ui.models.columns import ModelRow
from ollama_desk.ui.models.mark_text import mark_badge, mark_words
from ollama_desk.ui.models.marks import Mark
from ollama_desk.ui.models.model_rows import ModelRows
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.models.presenter import rest_ms
from ollama_desk.ui.table_model import BADGES_ROLE
from ollama_desk.ui.theme import Theme
from tests.support.models_table import LARGE, LOADED, MIDDLE, NOW, READY, SMALL, cell, many_models

MODELS = (SMALL, LARGE, MIDDLE)


class ReadRows(ModelRows):
    """Writes down the models whose rows were read and the cells that were told of."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.told: list[tuple[str, str]] = []
        self.asked: list[str] = []
        self.dataChanged.connect(lambda first: self.told.append((first.siblingAtColumn(0).data(), self._title(first))))

    def show_row(self, row: ModelRow) -> None:
        self.asked.append(row.model.name)
        super().show_row(row)

    def _title(self, index: object) -> str:
        return self.columns[index.column()].title  # type: ignore[attr-defined]


def test_a_change_of_what_is_loaded_looks_at_those_rows_only(theme: Theme) -> None:
    rows = ReadRows()
    models = many_models(1000)
    rows.show_models(models, (), NOW)
    rows.show_models(models, (RunningModel(models[7].name, expires_at=NOW + timedelta(minutes=3)),), NOW)
    assert rows.asked == [models[7].name]
    assert rows.told == [(models[7].name, "Loaded")]


def test_time_is_told_again_where_something_runs_out_and_elsewhere_once_a_minute(theme: Theme) -> None:
    rows = ReadRows()
    rows.show_models(MODELS, (LOADED,), NOW)
    rows.show_time(NOW + timedelta(seconds=20))
    assert rows.asked == ["small:1b"]
    assert rows.told == []
    rows.show_time(NOW + timedelta(seconds=40))
    assert rows.told == [("small:1b", "Loaded")]
    rows.show_time(NOW + timedelta(seconds=65))
    assert ("Large:70b", "Modified") in rows.told
    assert ("middle:900m", "Modified") not in rows.told


def test_the_same_list_again_reads_nothing(theme: Theme) -> None:
    rows = ReadRows()
    rows.show_models(MODELS, (LOADED,), NOW)
    rows.show_models(tuple(MODELS), (LOADED,), NOW)
    rows.show_fits({})
    assert rows.told == []


def test_marks_are_shapes_and_words(theme: Theme, qtbot: QtBot) -> None:
    panel = ModelsPanel(theme)
    qtbot.addWidget(panel)
    panel.show_server(READY)
    panel.show_models(MODELS, ())
    panel.show_marks(Mark.DAMAGED, frozenset({"small:1b", "not here"}))
    panel.show_marks(Mark.DEFAULT, frozenset({"small:1b"}))
    roles = Qt.ItemDataRole
    assert cell(panel, "small:1b", "name", roles.AccessibleTextRole) == "small:1b, default for new chats, damaged"
    assert "damaged" in cell(panel, "small:1b", "name", roles.ToolTipRole)
    assert cell(panel, "Large:70b", "name", roles.AccessibleTextRole) == "Large:70b"
    panel.show_marks(Mark.DAMAGED, frozenset({"Large:70b"}))
    assert cell(panel, "small:1b", "name", roles.AccessibleTextRole) == "small:1b, default for new chats"
    assert panel.table.model().index(0, 0).data(BADGES_ROLE) == (mark_badge(Mark.DAMAGED),)
    panel.show_models((SMALL, LARGE), ())
    assert cell(panel, "Large:70b", "name", roles.AccessibleTextRole) == "Large:70b, damaged"


def test_no_two_marks_look_or_sound_alike() -> None:
    assert len({mark_badge(mark).icon for mark in Mark}) == len(Mark)
    assert len({mark_words(mark) for mark in Mark}) == len(Mark)


@pytest.mark.parametrize("dark", [False, True])
def test_a_marked_row_is_painted_behind_its_name(theme: Theme, qtbot: QtBot, dark: bool) -> None:  # noqa: FBT001
    panel = ModelsPanel(theme)
    qtbot.addWidget(panel)
    panel.setLayoutDirection(Qt.LayoutDirection.RightToLeft if dark else Qt.LayoutDirection.LeftToRight)
    panel.resize(900, 400)
    panel.show_server(READY)
    panel.show_models((Model("x" * 120),), ())
    panel.show()
    plain = panel.table.viewport().grab().toImage()
    panel.show_marks(Mark.UPDATE, frozenset({"x" * 120}))
    assert panel.table.viewport().grab().toImage() != plain


def expiring(seconds: float) -> RunningModel:
    return RunningModel("m", expires_at=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("running", "rest"),
    [
        ((), 60_050),
        ((RunningModel("m"),), 60_050),
        ((expiring(270),), 30_050),
        ((expiring(270), expiring(20.5)), 550),
        ((expiring(-3),), 60_050),
    ],
)
def test_the_clock_rests_until_a_text_is_another(running: tuple[RunningModel, ...], rest: int) -> None:
    assert rest_ms(running, NOW) == rest
