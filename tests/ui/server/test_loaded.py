"""The loaded models: facts, a countdown that runs only while it is seen, a button each."""

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ollama_desk.domain.models import RunningModel
from ollama_desk.ui.server.loaded import LoadedModels, split_text, unload_text
from ollama_desk.ui.theme import Theme

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SMALL = RunningModel("small:1b", size_bytes=1_000_000_000, expires_at=NOW + timedelta(minutes=4, seconds=12))
LARGE = RunningModel("large:70b", size_bytes=40_000_000_000, vram_bytes=10_000_000_000)


@pytest.fixture
def loaded(theme: Theme, qtbot: QtBot) -> LoadedModels:
    made = LoadedModels(theme)
    qtbot.addWidget(made)
    made.resize(400, 200)
    return made


def test_gp04_a_model_says_where_it_computes() -> None:
    assert split_text(RunningModel("a", size_bytes=10)) == "CPU"
    assert split_text(RunningModel("a", size_bytes=10, vram_bytes=10)) == "GPU"
    assert split_text(LARGE) == "25 % GPU"
    assert split_text(RunningModel("a", size_bytes=10_000, vram_bytes=1)) == "1 % GPU"
    assert split_text(RunningModel("a", vram_bytes=10)) == ""
    assert split_text(RunningModel("a", is_loading=True)) == "is being loaded"


def test_the_time_until_a_model_goes_is_told_to_the_second() -> None:
    assert unload_text(SMALL.expires_at, NOW) == "4:12 left"
    assert unload_text(NOW + timedelta(hours=2, seconds=5), NOW) == "2:00:05 left"
    assert unload_text(NOW - timedelta(seconds=1), NOW) == "is being unloaded"
    assert unload_text(NOW + timedelta(days=90_000), NOW) == "stays loaded"
    assert unload_text(None, NOW) == ""


def test_each_model_has_its_facts_and_its_button(loaded: LoadedModels, qtbot: QtBot) -> None:
    loaded.show_running([SMALL, LARGE], NOW)
    assert loaded.texts() == ["1.0 GB · CPU · 4:12 left", "40 GB · 25 % GPU"]
    loaded.show()
    button = loaded.rows()[1].button
    assert button.accessibleName() == "Unload large:70b"
    with qtbot.waitSignal(loaded.unload_requested) as wish:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert wish.args == ["large:70b"]


def test_a_model_that_stays_keeps_its_row_and_the_focus_in_it(loaded: LoadedModels) -> None:
    loaded.show_running([SMALL, LARGE], NOW)
    row = loaded.rows()[1]
    loaded.show_running([LARGE], NOW)
    assert loaded.rows() == [row]
    loaded.show_running([], NOW)
    assert loaded.texts() == []


def test_time_is_counted_down_only_while_somebody_looks(loaded: LoadedModels) -> None:
    loaded.show_running([SMALL], NOW)
    seen = [loaded.counts]
    for act in (loaded.show, loaded.hide, loaded.show, lambda: loaded.show_running([LARGE], NOW)):
        act()
        seen.append(loaded.counts)
    assert seen == [False, True, False, True, False]


def test_a_narrow_row_has_the_icon_of_its_button(loaded: LoadedModels, qtbot: QtBot) -> None:
    loaded.show_running([SMALL], NOW)
    loaded.show()
    assert loaded.rows()[0].button.text() == "Unload"
    loaded.resize(180, 200)
    qtbot.waitUntil(lambda: loaded.rows()[0].button.text() == "")
