"""The form of a new model: nothing typed is lost, nothing unchanged is asked about, nothing wrong is sent."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from ollama_desk.domain.model_draft import ModelDraft
from ollama_desk.domain.models import Model, ModelDetails
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.models.draft_form import DraftForm
from ollama_desk.ui.models.draft_parameters import ParameterRow
from ollama_desk.ui.models.drawer import ModelDrawer
from ollama_desk.ui.models.drawer_text import Subject
from ollama_desk.ui.theme import Theme

BASE = ModelDetails(
    "base:latest",
    template="{{ .Prompt }}",
    system="Be\u00a0brief.\r\nAlways.",
    parameters='stop                           "</s>"\ntemperature   0.6',
)
OTHER = ModelDetails("other:latest", system="Other.")
READY, STOPPED = ServerStatus(ServerState.READY), ServerStatus(ServerState.STOPPED)


@pytest.fixture
def drawer(qtbot: QtBot, theme: Theme) -> ModelDrawer:
    made = ModelDrawer(theme)
    qtbot.addWidget(made)
    made.resize(420, 700)
    made.show_taken(["base:latest", "other:latest"])
    about(made, BASE)
    made.actions_row.edit.click()
    return made


def about(drawer: ModelDrawer, details: ModelDetails) -> None:
    drawer.show_model(details.name)
    drawer.show_subject(Subject(Model(details.name), None, READY))
    drawer.show_details(details)


def row(form: DraftForm, name: str) -> ParameterRow:
    return next(each for each in form.parameters.rows if each.typed()[0] == name)


def write(each: ParameterRow, text: str) -> None:
    assert isinstance(each.value, QLineEdit)
    each.value.setText(text)


def test_the_fields_begin_as_the_base_is(drawer: ModelDrawer) -> None:
    form = drawer.form
    assert form.name.text() == "base-custom"
    assert form.typed().system == BASE.system  # letter by letter, though a document has no carriage returns
    assert form.typed().parameters == (("stop", "</s>"), ("temperature", "0.6"))
    assert not form.create_button.isEnabled()
    assert form.status.text() == "Nothing is changed yet."
    assert form.discard.isHidden()
    assert drawer.sections.isHidden()


def test_what_was_changed_is_sent_once(drawer: ModelDrawer) -> None:
    form, spy = drawer.form, QSignalSpy(drawer.create_requested)
    form.system.setPlainText("Talk like a pirate.")
    write(row(form, "temperature"), "0.9")
    write(form.parameters.add_row("num_ctx"), "16k")
    form.create_button.click()
    form.create_button.click()
    assert spy.count() == 1
    assert spy.at(0)[0] == ModelDraft(
        "base-custom", "base:latest", "Talk like a pirate.", None, {"temperature": 0.9, "num_ctx": 16_384}
    )
    assert form.status.text() == "The model is being made"


def test_a_failure_says_why_and_loses_nothing(drawer: ModelDrawer) -> None:
    form = drawer.form
    form.system.setPlainText("Mine.")
    form.create_button.click()
    drawer.show_creating("writing manifest")
    assert form.status.text() == "writing manifest"
    drawer.show_create_error("The disk is full.")
    assert form.failure.text() == "The disk is full."
    assert form.system.toPlainText() == "Mine."
    assert form.create_button.isEnabled()
    form.name.setText("another")
    assert form.failure.isHidden()


def test_once_it_is_made_the_form_is_left_and_empty(drawer: ModelDrawer) -> None:
    drawer.form.system.setPlainText("Mine.")
    drawer.form.create_button.click()
    drawer.created("base-custom")
    assert drawer.form.isHidden()
    assert not drawer.sections.isHidden()
    drawer.actions_row.edit.click()
    assert drawer.form.typed().system == BASE.system


def test_what_was_typed_is_there_again_after_another_model(drawer: ModelDrawer) -> None:
    form = drawer.form
    form.system.setPlainText("Mine.")
    form.parameters.add_row("")
    form.parameters.add_row("seed")
    about(drawer, OTHER)
    assert form.isHidden()
    drawer.actions_row.edit.click()
    assert form.typed().system == "Other."
    about(drawer, BASE)
    drawer.actions_row.edit.click()
    assert form.typed().system == "Mine."
    assert [name for name, _ in form.typed().parameters] == ["stop", "temperature", "", "seed"]
    form.discard.click()
    assert form.isHidden()
    drawer.actions_row.edit.click()
    assert form.typed().system == BASE.system


def test_a_failure_while_another_model_is_shown_waits(drawer: ModelDrawer) -> None:
    drawer.form.system.setPlainText("Mine.")
    drawer.form.create_button.click()
    about(drawer, OTHER)
    drawer.actions_row.edit.click()
    drawer.form.system.setPlainText("Another.")
    assert not drawer.form.create_button.isEnabled()
    assert drawer.form.status.text() == "Another model is being made."
    drawer.show_create_error("The disk is full.")
    assert drawer.form.create_button.isEnabled()
    assert drawer.form.failure.isHidden()
    about(drawer, BASE)
    drawer.actions_row.edit.click()
    assert drawer.form.failure.text() == "The disk is full."
    assert drawer.form.system.toPlainText() == "Mine."


def test_a_model_made_while_another_is_shown_leaves_that_form_alone(drawer: ModelDrawer) -> None:
    drawer.form.system.setPlainText("Mine.")
    drawer.form.create_button.click()
    about(drawer, OTHER)
    drawer.actions_row.edit.click()
    drawer.form.system.setPlainText("Another.")
    drawer.created("base-custom")
    assert not drawer.form.isHidden()
    assert drawer.form.system.toPlainText() == "Another."


def test_what_the_base_has_can_be_changed_and_not_taken_away(drawer: ModelDrawer) -> None:
    form = drawer.form
    temperature = row(form, "temperature")
    assert not temperature.button.isEnabled()
    assert "not taken away" in temperature.button.accessibleDescription()
    write(temperature, "0.1")
    temperature.button.click()
    assert temperature.typed() == ("temperature", "0.6")
    form.system.clear()
    assert "not taken away" in form.system_note.text()
    form.template.clear()
    assert "not taken away" in form.template_note.text()
    assert not form.create_button.isEnabled()


def test_an_added_parameter_can_be_taken_out(drawer: ModelDrawer) -> None:
    form = drawer.form
    assert "temperature" not in form.parameters.addable()
    seed = form.parameters.add_row("seed")
    assert "seed" not in form.parameters.addable()
    seed.button.click()
    assert "seed" in form.parameters.addable()
    assert [name for name, _ in form.typed().parameters] == ["stop", "temperature"]


def test_a_wrong_value_says_what_to_write(drawer: ModelDrawer) -> None:
    form = drawer.form
    temperature = row(form, "temperature")
    write(temperature, "hot")
    assert temperature.problem.text() == "Write a number from 0 to 2."
    assert temperature.value.accessibleDescription() == temperature.problem.text()
    assert not form.create_button.isEnabled()
    write(temperature, "1")
    assert temperature.problem.isHidden()
    fresh = form.parameters.add_row("seed")
    assert fresh.problem.isHidden()  # nothing is written yet
    assert not form.create_button.isEnabled()


def test_a_parameter_of_another_name_is_passed_on(drawer: ModelDrawer) -> None:
    form, spy = drawer.form, QSignalSpy(drawer.create_requested)
    own = form.parameters.add_row("")
    assert own.name_edit is not None
    own.name_edit.setText("mirostat")
    write(own, "2")
    form.create_button.click()
    assert spy.at(0)[0].parameters == {"mirostat": 2}


def test_the_menu_offers_what_is_not_there(drawer: ModelDrawer) -> None:
    menu = drawer.form.parameters.menu()
    texts = [action.text() for action in menu.actions() if action.text()]
    assert "temperature" not in texts
    assert texts[-1] == "Another one…"
    next(action for action in menu.actions() if action.text() == "top_p").trigger()
    assert drawer.form.typed().parameters[-1] == ("top_p", "")
    menu.deleteLater()


def test_a_taken_name_is_refused(drawer: ModelDrawer) -> None:
    form = drawer.form
    form.system.setPlainText("Mine.")
    form.name.setText("other")
    assert "already" in form.name_problem.text()
    assert not form.create_button.isEnabled()
    form.name.clear()
    assert form.status.text() == "Write a name."


def test_nothing_is_made_without_a_server(drawer: ModelDrawer) -> None:
    drawer.form.system.setPlainText("Mine.")
    drawer.show_subject(Subject(Model("base:latest"), None, STOPPED))
    assert not drawer.form.create_button.isEnabled()
    assert drawer.form.status.text() == "The server is not running."


def test_a_template_that_nothing_reads_is_not_changed(drawer: ModelDrawer) -> None:
    about(drawer, ModelDetails("new:latest", modelfile="RENDERER qwen3\n"))
    drawer.actions_row.edit.click()
    assert not drawer.form.more.isEnabled()
    assert "“qwen3”" in drawer.form.renderer.text()


def test_esc_goes_back_to_the_sections_and_keeps_what_was_typed(drawer: ModelDrawer) -> None:
    closed = QSignalSpy(drawer.closed)
    drawer.form.system.setPlainText("Mine.")
    QTest.keyClick(drawer.form.name, Qt.Key.Key_Escape)
    assert drawer.form.isHidden()
    assert closed.count() == 0
    drawer.actions_row.edit.click()
    assert drawer.form.system.toPlainText() == "Mine."


def test_there_is_nothing_to_edit_before_the_details_are_known(qtbot: QtBot, theme: Theme) -> None:
    drawer = ModelDrawer(theme)
    qtbot.addWidget(drawer)
    drawer.show_model("base:latest")
    drawer.show_subject(Subject(Model("base:latest"), None, READY))
    assert not drawer.actions_row.edit.isEnabled()
    assert drawer.actions_row.edit.accessibleDescription()


def test_a_text_that_is_too_long_to_edit_stays_as_it_is(drawer: ModelDrawer) -> None:
    huge = "word " * 50_000
    about(drawer, ModelDetails("huge:latest", system=huge, template="{{ .Prompt }}"))
    drawer.actions_row.edit.click()
    form = drawer.form
    assert form.system.isReadOnly()
    assert "too long" in form.system_hint.text()
    assert form.typed().system == huge
    write(form.parameters.add_row("seed"), "1")
    assert form.create_button.isEnabled()
    about(drawer, BASE)
    drawer.actions_row.edit.click()
    assert not form.system.isReadOnly()
    assert form.system_hint.isHidden()
