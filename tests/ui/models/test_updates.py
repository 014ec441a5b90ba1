"""The check for updates on the Models page: a button, a line over the table, marks on what can be updated."""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.catalogue import Catalogue, CatalogueEntry, CatalogueSize, Task
from ollama_desk.domain.events import ModelsChanged, PullsChanged, UpdatesChanged
from ollama_desk.domain.models import Model
from ollama_desk.domain.pulls import PullJob, PullState
from ollama_desk.domain.updates import CheckState, Update, UpdateCheck
from ollama_desk.ui.models.actions import Names, always
from ollama_desk.ui.models.catalogue_panel import CataloguePanel
from ollama_desk.ui.models.marks import Mark
from ollama_desk.ui.models.updates_presenter import UpdatesPresenter, check_button
from ollama_desk.ui.models.updates_text import result_text, work_text
from ollama_desk.ui.models.work_line import WorkLine
from ollama_desk.ui.theme import Theme

MODELS = (Model("owl:1b"), Model("wren:latest"))
OWL = CatalogueEntry(
    "Owl",
    "Somebody",
    {"en": "Sees in the dark."},
    frozenset({Task.CHAT}),
    (CatalogueSize("1B", "owl:1b", licence="MIT"), CatalogueSize("4B", "owl:4b", licence="MIT")),
    "https://example.org/owl",
)


def ended(*names: str, current: int = 0, failed: int = 0, reason: str = "") -> UpdateCheck:
    updates = tuple(Update(name, "0" * 64, "1" * 64) for name in names)
    total = len(names) + current + failed
    return UpdateCheck(CheckState.ENDED, total, total, updates, current, failed, reason, datetime.now(UTC))


class ScriptedUpdates:
    """Takes down what is wished for."""

    def __init__(self) -> None:
        self.status = UpdateCheck()
        self.wishes: list[object] = []

    def start(self, names: Collection[str] | None = None) -> None:
        self.wishes.append(("check", names))

    def cancel(self) -> None:
        self.wishes.append("cancel")

    async def update(self, names: Iterable[str]) -> None:
        self.wishes.append(tuple(names))


class Page(QWidget):
    """A table that notes its marks, the line over it, the button, and the catalogue."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.marks: dict[Mark, frozenset[str]] = {}
        self.selected: Names = ()
        self.action = QAction(self)
        self.is_possible: Callable[[Names], bool] = always
        self.button = check_button(theme)
        self.line = WorkLine(theme, name="Check for updates")
        self.cards = CataloguePanel(theme)
        layout = QVBoxLayout(self)
        for widget in (self.button, self.line, self.cards):
            layout.addWidget(widget)

    def show_marks(self, mark: Mark, names: frozenset[str]) -> None:
        self.marks[mark] = names

    def selected_names(self) -> Names:
        return self.selected

    def add_action(self, action: QAction, *, icon: str, for_many: bool, is_possible: Callable[[Names], bool]) -> None:
        assert icon
        assert for_many
        self.action, self.is_possible = action, is_possible

    def enable_actions(self) -> None:
        self.action.setEnabled(bool(self.selected) and self.is_possible(self.selected))


class Scene:
    """The page with its presenter."""

    def __init__(self, page: Page, loop_actions: "Ran") -> None:
        self.page = page
        self.bus = EventBus()
        self.signals = Signals(self.bus)
        self.updates = ScriptedUpdates()
        self.led: list[str] = []
        self.actions = loop_actions
        self.presenter = UpdatesPresenter(
            self.updates,
            button=page.button,
            line=page.line,
            table=page,
            cards=page.cards,
            signals=self.signals,
            actions=loop_actions,
            models=MODELS,
            jobs=(),
            show_downloads=lambda: self.led.append("downloads"),
        )

    def tell(self, check: UpdateCheck) -> None:
        self.updates.status = check
        self.bus.publish(UpdatesChanged(check))

    def click(self, widget: QWidget) -> None:
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


class Ran(Actions):
    """Runs what does not wait, at once."""

    def __init__(self) -> None:
        super().__init__(notify=lambda _text: None)

    def run(self, action: object, *, name: str) -> None:  # noqa: ARG002 - the name of the task
        with pytest.raises(StopIteration):
            action.send(None)  # type: ignore[attr-defined] # a coroutine of the scripted service


@pytest.fixture
def scene(theme: Theme, qtbot: QtBot, english: None) -> Scene:
    page = Page(theme)
    qtbot.addWidget(page)
    page.resize(700, 500)
    page.show()
    return Scene(page, Ran())


def test_nothing_is_asked_before_the_button_is_pressed(scene: Scene) -> None:
    assert not scene.updates.wishes
    assert scene.page.line.isHidden()
    scene.click(scene.page.button)
    assert scene.updates.wishes == [("check", None)]


def test_a_check_tells_how_far_it_is_and_can_be_stopped(scene: Scene) -> None:
    scene.click(scene.page.button)
    scene.tell(UpdateCheck(CheckState.UNDER_WAY))
    assert scene.page.line.text.text() == "Checking for updates…"
    scene.tell(UpdateCheck(CheckState.UNDER_WAY, 3, 12))
    line = scene.page.line
    assert line.text.text() == "Checking for updates: 3 of 12…"
    assert (line.bar.value(), line.bar.maximum()) == (250, 1000)
    assert not scene.page.button.isEnabled()
    scene.click(line.cancel)
    assert scene.updates.wishes[-1] == "cancel"


def test_what_was_found_is_marked_and_updated_by_one_click(scene: Scene, qtbot: QtBot) -> None:
    scene.page.cards.show_catalogue(Catalogue((OWL,)))
    qtbot.waitUntil(lambda: bool(scene.page.cards.cards), timeout=20_000)
    scene.page.cards.show_installed({"owl:1b"})
    scene.click(scene.page.button)
    scene.tell(ended("owl:1b", "wren:latest", current=3))
    line = scene.page.line
    assert line.text.text() == "2 updates: owl:1b, wren:latest."
    assert line.act.text() == "Update all"
    assert scene.page.marks[Mark.UPDATE] == {"owl:1b", "wren:latest"}
    card = scene.page.cards.cards["Owl"]
    card.sizes.picked.emit("owl:1b")
    assert card.mark.text() == "Installed · update"
    assert card.button.accessibleDescription() == "Installed · update"
    assert card.sizes.accessibleName() == "Size of Owl: 1B, update"
    scene.click(line.act)
    assert scene.updates.wishes[-1] == ("owl:1b", "wren:latest")
    jobs = [PullJob(1, "owl:1b", PullState.QUEUED, datetime.now(UTC))]
    scene.bus.publish(PullsChanged(tuple(jobs)))
    assert line.text.text() == "1 update: wren:latest. 1 update is being downloaded."
    assert line.act.text() == "Update"
    jobs.append(PullJob(2, "wren", PullState.RUNNING, datetime.now(UTC)))
    scene.bus.publish(PullsChanged(tuple(jobs)))
    assert line.text.text() == "2 updates are being downloaded."
    scene.click(line.act)
    assert scene.led == ["downloads"]
    scene.tell(ended(current=5))
    assert scene.page.marks[Mark.UPDATE] == frozenset()
    assert card.mark.text() == "Installed"
    assert line.text.text() == "5 models that came from a registry are up to date."


def test_only_the_selected_models_are_updated_where_the_person_wants_that(scene: Scene) -> None:
    page = scene.page
    assert not page.action.isVisible()
    page.selected = ("owl:1b", "crow:1b")
    scene.tell(ended("owl:1b", "wren:latest"))
    assert page.action.isVisible()
    assert page.action.isEnabled()
    page.action.trigger()
    assert scene.updates.wishes == [("owl:1b",)]
    page.selected = ("crow:1b",)
    page.enable_actions()
    assert not page.action.isEnabled()
    page.selected = ()
    scene.presenter.action.setEnabled(True)
    page.action.trigger()
    assert scene.updates.wishes == [("owl:1b",)]


def test_the_button_tells_when_it_was_pressed_last(scene: Scene) -> None:
    assert "Last check" not in scene.page.button.toolTip()
    scene.tell(ended())
    assert "Last check" in scene.page.button.toolTip()


def test_a_line_that_was_closed_stays_away_until_the_next_check(scene: Scene) -> None:
    scene.click(scene.page.button)
    scene.tell(ended("owl:1b"))
    scene.page.line.close_button.setFocus()
    scene.click(scene.page.line.close_button)
    assert scene.page.line.isHidden()
    scene.tell(ended())
    assert scene.page.line.isHidden()
    scene.click(scene.page.button)
    scene.tell(ended())
    assert scene.page.line.isVisible()


def test_the_focus_stays_in_the_line_when_its_buttons_change(scene: Scene) -> None:
    scene.click(scene.page.button)
    scene.tell(UpdateCheck(CheckState.UNDER_WAY))
    scene.page.line.cancel.setFocus()
    scene.tell(ended("owl:1b"))
    assert not scene.page.line.act.hasFocus()  # a second press of the key must not begin a download
    assert scene.page.line.close_button.hasFocus()


def test_without_models_there_is_nothing_to_check(scene: Scene) -> None:
    scene.bus.publish(ModelsChanged((), ()))
    assert not scene.page.button.isEnabled()
    scene.bus.publish(ModelsChanged(MODELS, ()))
    assert scene.page.button.isEnabled()


@pytest.mark.usefixtures("english")
def test_what_could_not_be_asked_is_said_in_one_sentence() -> None:
    gone = "Nothing answers at example.org."
    assert result_text(ended(failed=2, reason=gone)) == f"2 models could not be asked about. {gone}"
    assert result_text(ended("owl:1b", failed=1, reason=gone)) == (
        f"1 update: owl:1b. 1 model could not be asked about. {gone}"
    )
    assert result_text(ended()) == "None of the models came from a registry: there is nothing to update."
    many = ended(*(f"owl:{number}b" for number in range(7)))
    assert result_text(many) == "7 updates: owl:0b, owl:1b, owl:2b, owl:3b and 3 more."
    stopped = UpdateCheck(CheckState.STOPPED, 3, 12)
    assert result_text(stopped) == "The check was stopped."
    assert work_text(UpdateCheck(CheckState.UNDER_WAY, 1, 2, ended("owl:1b").updates)) == (
        "Checking for updates: 1 of 2… 1 update so far."
    )
