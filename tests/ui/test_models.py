"""The Models page: what is installed, sorted, filtered, and what is asked for."""

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.models.columns import capabilities_text, parameter_count
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.models.place_text import loaded_text, loaded_tip
from ollama_desk.ui.models.possible import possible
from ollama_desk.ui.theme import Theme

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
READY = ServerStatus(ServerState.READY)
SMALL = Model(
    "small:1b", "a" * 64, 900_000_000, "1B", "Q8_0", "llama", 2048, 0, frozenset({"completion"}), NOW - timedelta(2)
)
LARGE = Model(
    "Large:70b", "b" * 64, 42_000_000_000, "70B", "Q4_K_M", "llama", 131_072, 0, frozenset({"completion"}), NOW
)
MIDDLE = Model("middle:900m", "c" * 64, 4_000_000_000, "900M", capabilities=frozenset({"embedding"}))
HOSTILE = Model("<b>\u202eevil</b>\x1b[31m", parameter_size="\u2066x")
LOADED = RunningModel("small:1b", "a" * 64, 1_000_000_000, 1_000_000_000, 2048, NOW + timedelta(minutes=4, seconds=30))


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> ModelsPanel:
    made = ModelsPanel(theme)
    qtbot.addWidget(made)
    made.resize(1100, 600)
    made.show_server(READY)
    made.show_models((SMALL, LARGE, MIDDLE), (LOADED,))
    made.show()
    return made


def column(panel: ModelsPanel, title: str) -> list[str]:
    model = panel.table.model()
    at = next(at for at in range(model.columnCount()) if model.headerData(at, Qt.Orientation.Horizontal) == title)
    return [model.index(row, at).data() for row in range(model.rowCount())]


def sort_by(panel: ModelsPanel, title: str, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
    model = panel.table.model()
    at = next(at for at in range(model.columnCount()) if model.headerData(at, Qt.Orientation.Horizontal) == title)
    panel.table.sortByColumn(at, order)


def words(panel: ModelsPanel) -> str:
    return " ".join(label.text() for label in panel.blank.findChildren(QLabel))


def test_every_fact_about_a_model_has_its_column(panel: ModelsPanel) -> None:
    assert column(panel, "Name") == ["Large:70b", "middle:900m", "small:1b"]
    assert column(panel, "Size") == ["42 GB", "4.0 GB", "900 MB"]
    assert column(panel, "Quantisation") == ["Q4_K_M", "", "Q8_0"]
    assert column(panel, "Context") == ["128k", "", "2k"]
    assert column(panel, "Capabilities") == ["chat", "embedding", "chat"]
    assert column(panel, "Loaded")[2].startswith("GPU 100 %")


def test_columns_sort_by_what_they_mean_and_not_by_their_text(panel: ModelsPanel) -> None:
    sort_by(panel, "Size")
    assert column(panel, "Name") == ["small:1b", "middle:900m", "Large:70b"]
    sort_by(panel, "Parameters")
    assert column(panel, "Parameters") == ["900M", "1B", "70B"]
    sort_by(panel, "Context", Qt.SortOrder.DescendingOrder)
    assert column(panel, "Context") == ["128k", "2k", ""]


def test_the_filter_takes_any_text_as_it_is_written(panel: ModelsPanel) -> None:
    panel.filter.setText("LARGE")
    assert column(panel, "Name") == ["Large:70b"]
    panel.filter.setText(".*(")
    assert column(panel, "Name") == []
    assert panel.blank.isVisible()
    assert ".*(" in words(panel)
    panel.filter.clear()
    assert panel.table.isVisible()


@pytest.mark.parametrize(
    ("vram", "left", "said"),
    [
        (1_000, timedelta(minutes=4, seconds=5), "GPU 100 % · 4 min"),
        (400, timedelta(seconds=20), "GPU 40 % · CPU 60 % · 20 s"),
        (0, timedelta(days=90_000), "CPU"),
        (0, timedelta(seconds=-1), "CPU · unloading"),
    ],
)
def test_where_a_model_is_and_for_how_long(vram: int, left: timedelta, said: str) -> None:
    assert loaded_text(RunningModel("m", "", 1_000, vram, 0, NOW + left), NOW) == said


def test_capabilities_have_words_and_an_order() -> None:
    assert capabilities_text(frozenset({"tools", "completion", "insert", "vision"})) == "chat, tools, vision, insert"


@pytest.mark.parametrize(("text", "count"), [("8.2B", 8.2e9), ("184K", 184e3), ("7", 7), ("", 0), ("many", 0)])
def test_parameter_counts_are_numbers(text: str, count: float) -> None:
    assert parameter_count(text) == pytest.approx(count)


def test_the_tip_of_a_loaded_model_says_how_much_is_where_and_until_when() -> None:
    split = loaded_tip(RunningModel("m", "", 1_000_000_000, 620_000_000, 0, NOW + timedelta(minutes=4)), NOW)
    assert "1.0 GB of memory<br>620 MB in the GPU<br>380 MB in the main memory<br>Unloads at" in split
    alone = loaded_tip(RunningModel("m", "", 1_000_000_000, 0, 0, NOW + timedelta(days=90_000)), NOW)
    assert alone == "<p>1.0 GB of memory<br>Stays loaded until it is unloaded</p>"


def test_what_can_be_done_depends_on_the_model_and_the_server() -> None:
    assert possible((SMALL,), (), server_answers=True).load
    assert possible((SMALL,), ("small:1b",), server_answers=True).unload == ("small:1b",)
    assert not possible((MIDDLE,), (), server_answers=True).chat
    assert possible((MIDDLE,), (), server_answers=True).why_no_chat
    assert not possible((SMALL,), (), server_answers=False).change
    assert not possible((), (), server_answers=True).change
    elsewhere = possible((Model("far:1t", remote_host="ollama.com"),), (), server_answers=True)
    assert not elsewhere.load
    assert "ollama.com" in elsewhere.why_no_load


def test_wishes_name_the_selected_model(panel: ModelsPanel, qtbot: QtBot) -> None:
    panel.table.selectRow(2)
    with qtbot.waitSignal(panel.unload_requested) as unload:
        panel.actions_row.unload.trigger()
    panel.table.selectRow(0)
    with qtbot.waitSignal(panel.load_requested) as load:
        panel.actions_row.load.trigger()
    with qtbot.waitSignal(panel.chat_requested) as chat:
        QTest.keyClick(panel.table, Qt.Key.Key_Return)
    assert [unload.args, load.args, chat.args] == [["small:1b"], ["Large:70b"], ["Large:70b"]]


def test_deleting_is_a_wish_without_a_question(panel: ModelsPanel, qtbot: QtBot) -> None:
    panel.table.selectRow(0)
    with qtbot.waitSignal(panel.delete_requested) as wish:
        panel.actions_row.delete.trigger()
    assert wish.args == [("Large:70b",)]


def test_no_models_offer_the_demonstration(panel: ModelsPanel, qtbot: QtBot) -> None:
    panel.show_models((), ())
    assert panel.blank.isVisible()
    assert not panel.filter.isVisible()
    with qtbot.waitSignal(panel.demo_requested):
        panel.blank.button.click()


def test_no_server_offers_to_start_one(panel: ModelsPanel, qtbot: QtBot) -> None:
    panel.show_models((), (), known=False)
    panel.show_server(ServerStatus(ServerState.FAILED, "It fell 5 times."))
    assert "It fell 5 times." in words(panel)
    with qtbot.waitSignal(panel.start_server_requested):
        panel.blank.button.click()


def test_a_server_that_was_not_asked_yet_is_not_said_to_be_empty(panel: ModelsPanel) -> None:
    panel.show_models((), (), known=False)
    assert "No models" not in words(panel)
    assert panel.blank.button.isHidden()


def test_foreign_text_is_shown_as_text(panel: ModelsPanel) -> None:
    panel.show_models((HOSTILE,), ())
    assert column(panel, "Name") == ["<b>evil</b>"]
    tip = panel.table.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in tip
    assert "&lt;b&gt;evil" in tip


def test_narrow_windows_keep_name_size_and_what_is_loaded(panel: ModelsPanel) -> None:
    panel.resize(500, 400)
    titles = [
        panel.table.model().headerData(at, Qt.Orientation.Horizontal)
        for at in range(panel.table.model().columnCount())
        if not panel.table.isColumnHidden(at)
    ]
    assert titles[:2] == ["Name", "Size"]
    assert "Capabilities" not in titles
    assert panel.table.horizontalHeader().length() <= panel.table.viewport().width()


def test_the_whole_row_under_the_pointer_is_marked(panel: ModelsPanel) -> None:
    table = panel.table
    QTest.mouseMove(table.viewport(), QPoint(10, table.rowViewportPosition(1) + 5))
    assert table.hovered_row == 1
    QTest.mouseMove(panel, QPoint(2, 2))
    table.leaveEvent(None)  # type: ignore[arg-type]
    assert table.hovered_row == -1


def test_a_selection_outlives_a_refresh(panel: ModelsPanel) -> None:
    panel.table.selectRow(1)
    panel.show_models((LARGE, MIDDLE), ())
    assert panel.table.current_key() == "middle:900m"
    panel.refresh_times()
    assert panel.table.current_key() == "middle:900m"
