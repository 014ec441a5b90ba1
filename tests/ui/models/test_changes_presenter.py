"""What is wished in the table and the drawer is done, marked while it is, and can be taken back from the notice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.model_draft import ModelDraft
from ollama_desk.domain.models import ModelDetails, PullStep
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.services.model_opening import ModelChanges
from ollama_desk.ui.models.changes_presenter import ChangesPresenter, deleted_text, step_text
from ollama_desk.ui.models.drawer import ModelDrawer
from ollama_desk.ui.models.drawer_text import memory_line
from ollama_desk.ui.models.mark_text import mark_words
from ollama_desk.ui.models.marks import Mark
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.models.place_text import place_text
from ollama_desk.ui.models.presenter import ModelsPresenter
from ollama_desk.ui.table_model import KEY_ROLE
from ollama_desk.ui.text import utc_now
from ollama_desk.ui.theme import Theme
from tests.support.deadline import wait_for
from tests.support.models_desk import LIMIT_S, LONG_S, ModelsDesk, PlainServer, models_desk

SMALL, LARGE = "small:1b", "large:7b"


@dataclass(slots=True)
class Notice:
    text: str
    action: str
    take: Callable[[], None] | None
    for_s: float | None


@dataclass(slots=True)
class Page:
    """The table and the drawer over services."""

    desk: ModelsDesk
    server: PlainServer
    panel: ModelsPanel
    drawer: ModelDrawer
    freed: int | None = 1_300_000_000
    freed_takes_long: bool = False
    said: list[Notice] = field(default_factory=list)
    kept: list[object] = field(default_factory=list)

    def notify(
        self,
        text: str,
        action_label: str | None = None,
        on_action: Callable[[], None] | None = None,
        /,
        *,
        for_s: float | None = None,
    ) -> None:
        self.said.append(Notice(text, action_label or "", on_action, for_s))

    async def freed_by(self, names: tuple[str, ...]) -> int | None:
        assert names
        if self.freed_takes_long:
            await asyncio.sleep(LONG_S)
        return self.freed

    def marked(self, mark: Mark) -> set[str]:
        rows = self.panel.table.model()
        told = {
            rows.index(row, 0).data(KEY_ROLE): rows.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)
            for row in range(rows.rowCount())
        }
        return {name for name, words in told.items() if mark_words(mark) in str(words)}

    async def until(self, condition: Callable[[], bool]) -> None:
        async def ask() -> bool:
            return condition()

        await wait_for(ask, bool, LIMIT_S)


Scene = Callable[[Page], Awaitable[None]]


@pytest.fixture
def play(theme: Theme, qtbot: QtBot) -> Callable[..., Page]:
    def played(scene: Scene, server: PlainServer | None = None) -> Page:
        panel, pages = ModelsPanel(theme), list[Page]()
        qtbot.addWidget(panel)
        panel.resize(1200, 600)
        panel.show()
        qtbot.waitExposed(panel)

        async def scenario() -> None:
            async with models_desk(server or (plain := PlainServer())) as desk:
                page = Page(desk, server or plain, panel, ModelDrawer(theme, parent=panel))
                pages.append(page)
                panel.place_drawer(page.drawer)
                signals, actions = Signals(desk.bus, parent=panel), Actions(notify=page.notify)
                nothing = list[object]()
                page.kept += [
                    ModelsPresenter(
                        desk.models,
                        panel=panel,
                        signals=signals,
                        server=ServerStatus(ServerState.READY),
                        start_server=nothing.clear,
                        try_demo=nothing.clear,
                        chat_with=nothing.append,
                    ),
                    ChangesPresenter(
                        ModelChanges(desk.deletions, desk.making, desk.choices),
                        models=desk.models,
                        freed_by=page.freed_by,
                        panel=panel,
                        drawer=page.drawer,
                        signals=signals,
                        actions=actions,
                        notify=page.notify,
                    ),
                ]
                await scene(page)
                await page.until(lambda: not desk.models.changes)
                await actions.aclose()
                signals.disconnect_bus()

        asyncio.run(scenario())
        return pages[0]

    return played


Play = Callable[..., Page]


def test_deleting_says_what_comes_back_and_can_be_taken_back(play: Play) -> None:
    async def scene(page: Page) -> None:
        page.panel.delete_requested.emit((SMALL, LARGE))
        await page.until(lambda: bool(page.said))
        [notice] = page.said
        assert notice.text == "2 models were deleted. 1.3 GB come back."
        assert (notice.action, notice.for_s) == ("Undo", 10.0)
        assert page.desk.names == set()
        assert page.panel.table.model().rowCount() == 0
        assert notice.take is not None
        notice.take()
        assert page.desk.names == {SMALL, LARGE}
        assert page.panel.table.model().rowCount() == 2
        assert len(page.said) == 1

    assert play(scene).server.asked == []


def test_one_deleted_in_the_drawer_without_a_figure(play: Play) -> None:
    async def scene(page: Page) -> None:
        page.freed = None
        page.drawer.delete_requested.emit(SMALL)
        await page.until(lambda: bool(page.said))
        assert page.said[0].text == "small:1b was deleted."
        await page.desk.deletions.finish(SMALL)
        take = page.said[0].take
        assert take is not None
        take()
        assert page.said[-1].text.startswith("It is too late")

    assert play(scene).server.asked == ["delete small:1b"]


def test_a_figure_that_takes_long_is_left_out(play: Play) -> None:
    async def scene(page: Page) -> None:
        page.freed_takes_long = True
        page.drawer.delete_requested.emit(SMALL)
        await page.until(lambda: bool(page.said))
        assert page.said[0].text == "small:1b was deleted."
        await page.desk.deletions.aclose()

    play(scene)


def test_what_cannot_be_deleted_is_said(play: Play) -> None:
    async def scene(page: Page) -> None:
        page.desk.pulling.add(SMALL)
        page.panel.delete_requested.emit((SMALL,))
        await page.until(lambda: bool(page.said))
        assert "being downloaded" in page.said[0].text
        assert page.said[0].action == ""

    play(scene)


@pytest.mark.parametrize("at", ["panel", "drawer"])
def test_loading_is_marked_and_a_refusal_is_said(play: Play, at: str) -> None:
    async def scene(page: Page) -> None:
        wishes: ModelsPanel | ModelDrawer = page.panel if at == "panel" else page.drawer
        gate = page.server.gates["generate"] = asyncio.Event()
        wishes.load_requested.emit(SMALL)
        await page.until(lambda: page.marked(Mark.CHANGING) == {SMALL})
        [running] = page.desk.models.running
        assert (place_text(running), memory_line(running, utc_now())) == ("loading…", "Being loaded…")
        page.server.refuses["generate small:1b"] = "model requires more system memory"
        gate.set()
        await page.until(lambda: bool(page.said))
        assert "memory" in page.said[0].text
        assert page.marked(Mark.CHANGING) == set()
        page.server.refuses.clear()
        wishes.load_requested.emit(SMALL)
        await page.until(lambda: page.server.loaded == [SMALL])
        wishes.unload_requested.emit(SMALL)
        await page.until(lambda: page.server.loaded == [])

    play(scene)


def test_copying_and_renaming_in_the_drawer(play: Play) -> None:
    async def scene(page: Page) -> None:
        page.drawer.copy_requested.emit(SMALL, "twin")
        await page.until(lambda: "twin:latest" in page.desk.names and not page.desk.models.changes)
        page.panel.select(SMALL)
        assert page.drawer.name == SMALL
        page.drawer.rename_requested.emit(SMALL, "tiny:1b")
        await page.until(lambda: page.drawer.name == "tiny:1b")
        assert page.desk.names == {"tiny:1b", LARGE, "twin:latest"}

    play(scene)


def test_a_rename_that_is_refused_keeps_the_old_name_in_the_drawer(play: Play) -> None:
    async def scene(page: Page) -> None:
        page.panel.select(SMALL)
        page.server.refuses["copy small:1b tiny:1b"] = "no"
        page.drawer.rename_requested.emit(SMALL, "tiny:1b")
        await page.until(lambda: bool(page.said))
        assert page.drawer.name == SMALL

    play(scene)


def test_renaming_in_the_table_asks_for_the_name_in_the_drawer(play: Play) -> None:
    async def scene(page: Page) -> None:
        page.panel.rename_requested.emit(LARGE)
        assert page.drawer.name == LARGE
        assert not page.drawer.naming.isHidden()

    play(scene)


def test_default_preload_and_keep_alive_are_kept_and_shown(play: Play) -> None:
    async def scene(page: Page) -> None:
        page.panel.select(SMALL)
        page.drawer.default_requested.emit(SMALL)
        page.drawer.preload_requested.emit(SMALL, True)  # noqa: FBT003 - a Qt signal
        page.drawer.keep_alive_requested.emit(SMALL, "30m")
        keeping = page.drawer.sections.overview.keeping
        await page.until(lambda: keeping.default.isChecked() and keeping.preload.isChecked())
        await page.until(lambda: keeping.choice.value == "30m")
        assert page.marked(Mark.DEFAULT) == {SMALL}
        assert page.desk.choices.preloaded == (SMALL,)
        page.panel.select(LARGE)
        assert (keeping.default.isChecked(), keeping.preload.isChecked(), keeping.choice.value) == (False, False, "")
        page.drawer.preload_requested.emit(SMALL, False)  # noqa: FBT003 - a Qt signal
        await page.until(lambda: not page.desk.choices.preloaded)

    play(scene)


def test_a_choice_that_cannot_be_kept_is_not_shown_as_chosen(play: Play) -> None:
    async def scene(page: Page) -> None:
        page.panel.select(SMALL)
        page.desk.settings.refuses = "The disk is full."
        keeping = page.drawer.sections.overview.keeping
        keeping.preload.click()
        await page.until(lambda: bool(page.said))
        assert page.said[0].text == "The disk is full."
        assert not keeping.preload.isChecked()

    play(scene)


def test_unloading_is_a_choice_of_how_long_it_stays(play: Play) -> None:
    async def scene(page: Page) -> None:
        page.drawer.keep_alive_requested.emit(SMALL, "0")
        await page.until(lambda: page.server.loaded == [])
        await page.until(lambda: not page.desk.models.changes)
        assert page.desk.choices.keep_alive(SMALL) == ""

    play(scene, PlainServer(loaded=[SMALL]))


def test_a_draft_that_is_made_is_selected(play: Play) -> None:
    async def scene(page: Page) -> None:
        page.drawer.create_requested.emit(ModelDraft("pirate", SMALL, system="Arr."))
        await page.until(lambda: page.drawer.name == "pirate:latest")
        assert page.said == []

    server = PlainServer()
    play(scene, server)
    assert "pirate:latest" in server.models


def test_a_draft_can_be_given_up_while_it_is_made(play: Play) -> None:
    async def scene(page: Page) -> None:
        form = page.drawer.form
        page.drawer.create_cancelled.emit()
        page.server.gates["create"] = asyncio.Event()
        page.panel.select(SMALL)
        form.show_base(SMALL, ModelDetails(SMALL), taken=())
        form.show_creating("The model is being made")
        assert not form.cancel.isHidden()
        page.drawer.create_requested.emit(ModelDraft("pirate", SMALL, system="Arr."))
        await page.until(lambda: "create pirate:latest" in page.server.asked)
        form.cancel.click()
        await page.until(form.cancel.isHidden)
        assert form.failure.text() == ""
        assert page.said == []
        assert not page.desk.models.changes

    play(scene)


def test_a_draft_that_is_refused_is_said_where_it_is_written(play: Play) -> None:
    async def scene(page: Page) -> None:
        page.server.refuses["create pirate:latest"] = "invalid template"
        page.panel.select(SMALL)
        page.drawer.create_requested.emit(ModelDraft("pirate", SMALL, system="Arr."))
        form = page.drawer.form
        await page.until(lambda: "invalid template" in form.failure.text())
        assert page.said == []

    play(scene)


def test_the_words_of_steps_and_deletions() -> None:
    assert step_text(PullStep("writing manifest")) == "The model is being made"
    assert step_text(PullStep("copying", total_bytes=200, completed_bytes=50)) == "The model is being made: 25 %"
    assert deleted_text(("a",), 0) == "a was deleted."
    assert deleted_text(("a", "b"), 5_000_000_000) == "2 models were deleted. 5.0 GB come back."
