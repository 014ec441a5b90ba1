"""The drawer: what it shows of a model, what it asks for, and why something cannot be done."""

import re
from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.domain.anatomy import Anatomy, LayerFacts, LayerRole
from ollama_desk.domain.fit import Fit, Verdict
from ollama_desk.domain.models import Model, ModelDetails, RunningModel
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.models.drawer import ModelDrawer
from ollama_desk.ui.models.drawer_text import Subject, facts, hindrances, memory_line, names_text
from ollama_desk.ui.row_table import RowTable
from ollama_desk.ui.text import LONE_SURROGATE, UNSEEN, utc_now
from ollama_desk.ui.theme import Theme

NAME = "llama3.2:3b"
READY, STOPPED = ServerStatus(ServerState.READY), ServerStatus(ServerState.STOPPED)
ON, OFF = True, False
NOW = utc_now()
MODEL = Model(
    NAME,
    "ab" * 32,
    2_019_393_189,
    "3.2B",
    "Q4_K_M",
    "llama",
    131_072,
    3072,
    frozenset({"completion", "tools"}),
    NOW - timedelta(days=40),
)
LOADED = RunningModel(NAME, "ab" * 32, 3_100_000_000, 1_550_000_000, 8192, NOW + timedelta(minutes=4, seconds=30))
DETAILS = ModelDetails(
    NAME,
    template="{{ .Prompt }}",
    system="You are brief.",
    licence="MIT\nwith a second line",
    parameters='stop                           "</s>"\nstop                           "a\\nb"\ntemperature   0.6',
    modelfile="FROM llama3.2\n",
    info={"general.architecture": "llama"},
)


@pytest.fixture
def drawer(qtbot: QtBot, theme: Theme) -> ModelDrawer:
    made = ModelDrawer(theme)
    qtbot.addWidget(made)
    made.resize(420, 700)
    made.show_model(NAME)
    made.show_taken([NAME, "other:latest"])
    made.show_subject(Subject(MODEL, None, READY))
    qtbot.waitExposed(made)
    return made


def words(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if not label.isHidden())


def cells(table: RowTable) -> list[list[str]]:
    model = table.model()
    columns = range(model.columnCount())
    return [[model.index(row, column).data() for column in columns] for row in range(model.rowCount())]


def test_the_facts_are_those_that_are_known() -> None:
    told = dict(facts(MODEL, DETAILS))
    assert told["Architecture"] == "llama"
    assert told["Context"] == "128k tokens"
    assert told["Capabilities"] == "chat, tools"
    assert told["Size"] == "2.0 GB"
    assert "Runs at" not in told
    assert facts(Model("bare"), None) == []


@pytest.mark.parametrize(
    ("running", "line"),
    [
        (None, "Not in memory."),
        (LOADED, "In memory, 50 % on the GPU · 3.1 GB · 4 min left · 8k tokens of context"),
        (
            RunningModel(NAME, "", 10, 10, 0, datetime.max.replace(tzinfo=NOW.tzinfo)),
            "In memory, on the GPU · 10 B · stays loaded",
        ),
        (
            RunningModel(NAME, "", 10, 0, 0, NOW - timedelta(seconds=1)),
            "In memory, on the CPU · 10 B · is being unloaded",
        ),
        (RunningModel(NAME), "In memory, on the CPU"),
    ],
)
def test_the_line_of_memory_says_where_and_until_when(running: RunningModel | None, line: str) -> None:
    assert memory_line(running, NOW) == line


def test_many_names_are_some_and_a_number() -> None:
    assert names_text(["a", "b"]) == "a, b"
    assert names_text(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


def test_what_cannot_be_done_has_its_reason(drawer: ModelDrawer) -> None:
    row = drawer.actions_row
    drawer.show_details(DETAILS)
    assert row.chat.isEnabled()
    assert row.load.isEnabled()
    drawer.show_subject(Subject(MODEL, LOADED, STOPPED))
    for button in (row.chat, row.unload, row.edit, row.copy, row.rename, row.delete):
        assert not button.isEnabled()
        assert button.accessibleDescription() == "The server is not running."
        assert "not running" in button.toolTip()
    assert drawer.sections.overview.keeping.choice.isEnabled()  # a setting of ours


def test_a_model_that_runs_elsewhere_is_not_loaded_here(drawer: ModelDrawer) -> None:
    away = Model(NAME, remote_host="https://far.example", capabilities=frozenset({"completion"}))
    drawer.show_subject(Subject(away, None, READY))
    assert drawer.actions_row.chat.isEnabled()
    assert drawer.actions_row.delete.isEnabled()
    assert not drawer.actions_row.load.isEnabled()
    assert "far.example" in drawer.actions_row.load.accessibleDescription()
    assert drawer.sections.overview.memory.isHidden()


def test_a_model_for_embeddings_is_not_chatted_with() -> None:
    why = hindrances(Subject(Model(NAME, capabilities=frozenset({"embedding"})), None, READY))
    assert why.chat
    assert not why.load


def test_only_what_can_be_chatted_with_becomes_the_default(drawer: ModelDrawer) -> None:
    keeping = drawer.sections.overview.keeping
    drawer.show_subject(Subject(MODEL, None, STOPPED))
    assert keeping.default.isEnabled()  # a setting of ours
    assert keeping.preload.isEnabled()
    drawer.show_subject(Subject(Model(NAME, capabilities=frozenset({"embedding"})), None, READY))
    assert not keeping.default.isEnabled()
    assert "not one to chat with" in keeping.default.accessibleDescription()
    drawer.show_subject(Subject(Model(NAME, remote_host="far"), None, READY))
    assert keeping.default.isEnabled()
    assert not keeping.preload.isEnabled()
    drawer.show_preload(ON)
    assert keeping.preload.isEnabled()  # to take it back


def test_every_wish_names_the_model(drawer: ModelDrawer) -> None:
    row, keeping = drawer.actions_row, drawer.sections.overview.keeping
    for signal, button in (
        (drawer.chat_requested, row.chat),
        (drawer.load_requested, row.load),
        (drawer.delete_requested, row.delete),
    ):
        spy = QSignalSpy(signal)
        button.click()
        assert spy.at(0) == [NAME]
    preload = QSignalSpy(drawer.preload_requested)
    keeping.preload.click()
    keeping.preload.click()
    assert [preload.at(0), preload.at(1)] == [[NAME, True], [NAME, False]]
    unload = QSignalSpy(drawer.unload_requested)
    drawer.show_subject(Subject(MODEL, LOADED, READY))
    assert row.load.isHidden()
    row.unload.click()
    assert unload.at(0) == [NAME]


def test_how_long_it_stays_is_one_of_ollamas_words(drawer: ModelDrawer) -> None:
    keeping = drawer.sections.overview.keeping
    spy = QSignalSpy(drawer.keep_alive_requested)
    assert [value for value, _ in keeping.choices()] == ["", "5m", "30m", "1h", "-1"]
    drawer.show_subject(Subject(MODEL, LOADED, READY))
    assert [value for value, _ in keeping.choices()][-1] == "0"
    keeping.choice.picked.emit("30m")
    assert keeping.choice.value == "30m"
    keeping.choice.picked.emit("0")
    assert keeping.choice.value == "30m"
    assert [spy.at(0), spy.at(1)] == [[NAME, "30m"], [NAME, "0"]]


def test_the_default_can_be_taken_back(drawer: ModelDrawer) -> None:
    keeping, spy = drawer.sections.overview.keeping, QSignalSpy(drawer.default_requested)
    keeping.default.click()
    drawer.show_default(ON)
    assert keeping.default.isChecked()
    keeping.default.click()
    assert [spy.at(0), spy.at(1)] == [[NAME], [""]]
    drawer.show_default(OFF)
    drawer.show_preload(ON)
    assert not keeping.default.isChecked()
    assert keeping.preload.isChecked()
    assert spy.count() == 2


def test_a_time_that_was_written_by_hand_is_one_of_the_choices(drawer: ModelDrawer) -> None:
    drawer.show_keep_alive("2h")
    assert ("2h", "2h") in drawer.sections.overview.keeping.choices()
    drawer.show_keep_alive("5m")
    assert len(drawer.sections.overview.keeping.choices()) == 5


def test_the_sections_show_what_the_model_says(qtbot: QtBot, drawer: ModelDrawer) -> None:
    drawer.show_details(DETAILS)
    sections = drawer.sections
    assert (sections.prompt.system.text, sections.prompt.template.text) == ("You are brief.", "{{ .Prompt }}")
    assert cells(sections.parameters.table) == [["stop", "</s>"], ["stop", "a\\nb"], ["temperature", "0.6"]]
    drawer.tabs.setCurrentIndex(4)
    qtbot.waitUntil(lambda: sections.licence.view.toPlainText() == DETAILS.licence, timeout=20_000)
    assert sections.modelfile.text == "FROM llama3.2\n"


def test_texts_that_are_not_there_are_said_calmly(drawer: ModelDrawer) -> None:
    drawer.show_details(ModelDetails(NAME))
    told = words(drawer.sections)
    for sentence in (
        "This model has no system prompt of its own.",
        "This model has no template of its own.",
        "This model sets no parameters: those of the server hold.",
        "The model says nothing about its licence.",
        "The server tells no Modelfile for this model.",
    ):
        assert sentence in told
    assert drawer.sections.licence.copy.isHidden()


def test_a_failure_says_its_sentence_and_can_be_tried_again(drawer: ModelDrawer) -> None:
    spy = QSignalSpy(drawer.details_requested)
    drawer.show_details_trouble("The server did not answer.")
    assert not drawer.trouble.isHidden()
    assert drawer.trouble.sentence.text() == "The server did not answer."
    drawer.trouble.again.click()
    assert spy.at(0) == [NAME]
    drawer.show_details(DETAILS)
    assert drawer.trouble.isHidden()


def test_what_was_known_stays_when_asking_again_fails(drawer: ModelDrawer) -> None:
    drawer.show_details(DETAILS)
    drawer.show_details_trouble("The server did not answer.")
    assert drawer.sections.licence.text == DETAILS.licence
    assert drawer.sections.parameters.currentWidget() is drawer.sections.parameters.table


def test_layers_say_what_deleting_gives_back(drawer: ModelDrawer) -> None:
    layers = (
        LayerFacts(LayerRole.WEIGHTS, "model", "sha256:" + "1" * 64, 2_000_000_000, ("copy:latest", "z:1")),
        LayerFacts(LayerRole.SYSTEM, "system", "sha256:" + "2" * 64, 40, is_missing=True),
        LayerFacts(LayerRole.PARAMETERS, "params", "sha256:" + "3" * 64, 96, ("z:1",)),
        LayerFacts(LayerRole.LICENCE, "license", "sha256:" + "4" * 64, 7000),
    )
    drawer.show_anatomy(Anatomy(NAME, layers))
    section = drawer.sections.layers
    assert [row[0] for row in cells(section.table)] == ["Weights", "System prompt (missing)", "Parameters", "Licence"]
    assert [row[2] for row in cells(section.table)] == ["2 models", "", "z:1", ""]
    assert section.sum.text() == "Deleting this model frees 7.0 KB; 2.0 GB are shared with copy:latest, z:1."
    section.table.selectRow(0)
    assert "1" * 32 in section.about.text()
    assert "Shared with copy:latest, z:1" in section.about.text()


def test_a_folder_that_cannot_be_seen_is_explained(drawer: ModelDrawer) -> None:
    section = drawer.sections.layers
    drawer.show_anatomy(Anatomy(NAME, reason="The server is on another machine."))
    assert section.note.text() == "The server is on another machine."
    assert section.table.isHidden()
    assert section.again.isHidden()
    spy = QSignalSpy(drawer.layers_requested)
    drawer.show_anatomy_trouble("A file is damaged.")
    section.again.click()
    assert spy.at(0) == [NAME]


def test_a_copy_gets_its_name_in_place(drawer: ModelDrawer) -> None:
    drawer.show_taken([NAME, "llama3.2-copy:3b"])
    spy = QSignalSpy(drawer.copy_requested)
    drawer.actions_row.copy.click()
    edit = drawer.naming.edit
    assert edit.text() == "llama3.2-copy-2:3b"
    assert edit.selectedText() == "llama3.2-copy-2"
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert spy.at(0) == [NAME, "llama3.2-copy-2:3b"]
    assert drawer.naming.isHidden()


def test_a_name_that_cannot_be_is_not_taken(drawer: ModelDrawer) -> None:
    spy = QSignalSpy(drawer.rename_requested)
    drawer.actions_row.rename.click()
    naming = drawer.naming
    for text, said in (("LLAMA3.2:3B", "already"), ("no/such/name/at/all", "not a model name"), ("", "")):
        naming.edit.setText(text)
        assert said in naming.problem.text()
        assert naming.edit.accessibleDescription() == naming.problem.text()
        QTest.keyClick(naming.edit, Qt.Key.Key_Return)
    assert spy.count() == 0
    naming.edit.setText("mine")
    naming.do.click()
    assert spy.at(0) == [NAME, "mine"]


def test_esc_leaves_the_name_first_and_then_the_drawer(drawer: ModelDrawer) -> None:
    closed = QSignalSpy(drawer.closed)
    drawer.actions_row.rename.click()
    QTest.keyClick(drawer.naming.edit, Qt.Key.Key_Escape)
    assert drawer.naming.isHidden()
    assert closed.count() == 0
    QTest.keyClick(drawer.tabs, Qt.Key.Key_Escape)
    assert closed.count() == 1


def test_another_model_forgets_what_was_asked_about_the_first(drawer: ModelDrawer) -> None:
    shown = QSignalSpy(drawer.model_shown)
    drawer.show_details(DETAILS)
    drawer.show_fit(Fit(Verdict.WILL_NOT_RUN))
    drawer.actions_row.copy.click()
    drawer.show_model("other:latest")
    assert shown.at(0) == ["other:latest"]
    assert drawer.naming.isHidden()
    assert drawer.sections.overview.fit.isHidden()
    assert drawer.sections.licence.text == ""
    drawer.show_subject(Subject(MODEL, LOADED, READY))  # of the first: too late
    assert drawer.sections.overview.memory.text() != memory_line(LOADED, NOW)
    drawer.show_model("")
    assert drawer.isHidden()


def test_a_very_long_name_gives_way_and_is_in_the_tooltip(qtbot: QtBot, theme: Theme) -> None:
    drawer = ModelDrawer(theme)
    qtbot.addWidget(drawer)
    name = "hf.co/" + "a-very-long-name-" * 7 + "x:latest"
    drawer.show_model(name)
    drawer.show_subject(Subject(Model(name), None, READY))
    assert drawer.minimumSizeHint().width() < 400
    assert name in drawer.title.toolTip()


def test_the_digest_is_copied_whole(drawer: ModelDrawer) -> None:
    overview = drawer.sections.overview
    assert overview.digest.text() == "abababababab"
    overview.copy_digest.click()
    assert QGuiApplication.clipboard().text() == "ab" * 32
    assert overview.copy_digest.accessibleName() == "Copied"


def test_everything_that_can_be_used_has_a_name(drawer: ModelDrawer) -> None:
    drawer.show_details(DETAILS)
    drawer.actions_row.edit.click()
    drawer.form.parameters.add_row("")
    for widget in drawer.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(drawer):
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            assert widget.accessibleName() or text or widget.focusProxy(), widget


@pytest.mark.parametrize("size", [9.0, 18.0])
def test_it_fits_into_the_whole_of_a_small_window(qtbot: QtBot, theme: Theme, size: float) -> None:
    theme.resize_text(size)
    drawer = ModelDrawer(theme)
    qtbot.addWidget(drawer)
    drawer.show_model(NAME)
    drawer.show_subject(Subject(MODEL, LOADED, READY))
    drawer.show_details(DETAILS)
    QApplication.sendPostedEvents(drawer, QEvent.Type.LayoutRequest)
    assert drawer.minimumSizeHint().width() <= theme.px(320)


HOSTILE = (
    '<img src="file:///canary.png"><b>bold</b><table><tr><td>x</td></tr></table> &amp; &lt;',
    "\x1b[31mred\x1b[0m bell\x07 nul\x00 \x9b31m\r\nline\u2028line",
    "\u202egnp.exe\u202c \u2066isolated\u2069 \u200f\u200e",
    "half \ud83d and \udc69 half",
    "&File && %1 %2 %n %L1",
    "n" * 500,
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_foreign_text_is_shown_literally(qtbot: QtBot, theme: Theme, text: str) -> None:
    drawer = ModelDrawer(theme)
    qtbot.addWidget(drawer)
    drawer.show_taken([text])
    drawer.show_model(text)
    model = Model(text, text, 1, text, text, text, 1, 1, frozenset({text}), NOW, text)
    drawer.show_subject(Subject(model, RunningModel(text), ServerStatus(ServerState.READY, text)))
    info = {"general.architecture": text}
    said = ModelDetails(
        text, text, text, text, 1, 1, frozenset({text}), text, text, text, f"a  {text}", text, NOW, info
    )
    drawer.show_details(said)
    drawer.show_anatomy(Anatomy(text, (LayerFacts(LayerRole.OTHER, text, text, 1, (text, text)),)))
    drawer.sections.layers.table.selectRow(0)
    drawer.show_details_trouble(text)
    drawer.actions_row.copy.click()
    drawer.actions_row.edit.click()
    drawer.show_creating(text)
    drawer.show_create_error(text)
    for widget in (drawer, *drawer.findChildren(QWidget)):
        shown = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
        for each in (shown, widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()):
            assert not UNSEEN.search(each), (widget, each)
            assert not LONE_SURROGATE.search(each), (widget, each)
        assert not re.search(r"<(img|b|table)\b", widget.toolTip()), widget.toolTip()
        if isinstance(widget, QLabel):
            assert widget.textFormat() is Qt.TextFormat.PlainText or "<" not in widget.text(), widget.text()
    assert drawer.minimumSizeHint().width() < 400
