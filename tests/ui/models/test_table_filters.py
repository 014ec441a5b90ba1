"""What of the installed models is shown: words, one kind, and no model is lost for it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ollama_desk.ui.models.model_filter import Kind
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.theme import Theme
from tests.support.models_table import LARGE, LOADED, MIDDLE, READY, SMALL, focus, names


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> ModelsPanel:
    made = ModelsPanel(theme)
    qtbot.addWidget(made)
    made.resize(1100, 600)
    made.show_server(READY)
    made.show_models((SMALL, LARGE, MIDDLE), (LOADED,))
    made.show()
    return made


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("small", ["small:1b"]),
        ("QWEN3", ["Large:70b"]),
        ("q8_0", ["small:1b"]),
        ("vision", ["Large:70b"]),
        ("embedding", ["middle:900m"]),
        ("chat 70b", ["Large:70b"]),
        ("llama vision", []),
        ("   ", ["Large:70b", "middle:900m", "small:1b"]),
    ],
)
def test_words_are_looked_for_in_name_family_quantisation_and_capabilities(
    panel: ModelsPanel, text: str, found: list[str]
) -> None:
    panel.filter.setText(text)
    assert names(panel) == found


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (Kind.ALL, ["Large:70b", "middle:900m", "small:1b"]),
        (Kind.LOADED, ["small:1b"]),
        (Kind.CHAT, ["Large:70b", "small:1b"]),
        (Kind.VISION, ["Large:70b"]),
        (Kind.TOOLS, ["small:1b"]),
        (Kind.THINKING, []),
        (Kind.EMBEDDING, ["middle:900m"]),
    ],
)
def test_one_kind_is_shown(panel: ModelsPanel, kind: Kind, found: list[str]) -> None:
    panel.filters.show_wish("", kind)
    assert names(panel) == found


def test_what_is_loaded_comes_and_goes_while_only_that_is_shown(panel: ModelsPanel) -> None:
    panel.filters.show_wish("", Kind.LOADED)
    panel.show_models((SMALL, LARGE, MIDDLE), (LOADED, type(LOADED)("Large:70b")))
    assert names(panel) == ["Large:70b", "small:1b"]
    panel.show_models((SMALL, LARGE, MIDDLE), ())
    assert names(panel) == []
    assert panel.blank.isVisible()
    panel.blank.button.click()
    assert names(panel) == ["Large:70b", "middle:900m", "small:1b"]
    assert panel.filters.kind is Kind.ALL


def test_a_filter_is_kept_while_rows_change(panel: ModelsPanel) -> None:
    panel.filter.setText("b")
    panel.filters.show_wish("large", Kind.CHAT)
    panel.show_models((SMALL, LARGE), ())
    panel.refresh_times()
    assert names(panel) == ["Large:70b"]


def test_escape_leaves_nothing_out(panel: ModelsPanel) -> None:
    panel.filters.show_wish("large", Kind.VISION)
    focus(panel.filter)
    QTest.keyClick(panel.filter, Qt.Key.Key_Escape)
    assert not panel.filters.is_set
    assert len(names(panel)) == 3


def test_a_renamed_capability_is_searched_anew(panel: ModelsPanel) -> None:
    panel.filter.setText("vision")
    panel.show_models((SMALL, type(LARGE)("Large:70b", "d" * 64), MIDDLE), ())
    assert names(panel) == []
