"""The drawer follows its model: late answers are dropped, failures are told, what changes is asked again."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.anatomy import Anatomy, LayerFacts, LayerRole
from ollama_desk.domain.errors import ModelFileError, OllamaUnreachableError
from ollama_desk.domain.events import ModelsChanged, ServerStateChanged
from ollama_desk.domain.fit import Fit, Verdict
from ollama_desk.domain.models import Model, ModelDetails, RunningModel
from ollama_desk.domain.pulls import Offer
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.models.drawer import ModelDrawer
from ollama_desk.ui.models.drawer_presenter import DrawerPresenter
from ollama_desk.ui.theme import Theme

READY, STOPPED = ServerStatus(ServerState.READY), ServerStatus(ServerState.STOPPED)
LIMIT_S = 20.0


@dataclass
class Services:
    """All that is asked, with answers that come when the test lets them."""

    models: tuple[Model, ...] = (Model("a:latest", "1" * 64), Model("b:latest", "2" * 64))
    running: tuple[RunningModel, ...] = ()
    known: bool = True
    asked: list[str] = field(default_factory=list)
    broken: bool = False
    held: dict[str, asyncio.Event] = field(default_factory=dict)

    async def details(self, name: str) -> ModelDetails:
        self.asked.append(f"details {name}")
        if name in self.held:
            await self.held[name].wait()
        if self.broken:
            raise OllamaUnreachableError("The server did not answer.")
        return ModelDetails(name, licence=f"Licence of {name}")

    async def anatomy(self, name: str) -> Anatomy:
        self.asked.append(f"anatomy {name}")
        if self.broken:
            raise ModelFileError("A file is damaged.")
        return Anatomy(name, (LayerFacts(LayerRole.WEIGHTS, "model", "sha256:" + "a" * 64, 1000),))

    async def fit_of(self, wanted: Offer | str, *, context: int | None = None) -> Fit:  # noqa: ARG002 - as the service
        self.asked.append(f"fit {wanted}")
        return Fit(Verdict.WILL_NOT_RUN)


@dataclass
class Stage:
    """The drawer and what is behind it."""

    bus: EventBus
    services: Services
    drawer: ModelDrawer
    chats: list[str]

    async def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            assert time.monotonic() < deadline, "it did not come"
            QApplication.processEvents()
            await asyncio.sleep(0.005)

    def change(self, *models: Model, running: tuple[RunningModel, ...] = ()) -> None:
        self.services.models, self.services.running = models, running
        self.bus.publish(ModelsChanged(models, running))

    async def shown(self, name: str) -> None:
        self.drawer.show_model(name)
        await self.until(lambda: self.drawer.sections.licence.text == f"Licence of {name}")


def played(qtbot: QtBot, theme: Theme, scene: Callable[[Stage], Awaitable[None]]) -> None:
    drawer = ModelDrawer(theme)
    qtbot.addWidget(drawer)

    async def run() -> None:
        bus, notices, services = EventBus(), list[str](), Services()
        signals, actions = Signals(bus), Actions(notify=notices.append)
        stage = Stage(bus, services, drawer, [])
        presenter = DrawerPresenter(
            services,
            anatomies=services,
            fits=services,
            drawer=drawer,
            signals=signals,
            actions=actions,
            server=READY,
            chat_with=stage.chats.append,
        )
        await scene(stage)
        await actions.aclose()
        signals.disconnect_bus()
        assert notices == []
        assert presenter is not None

    asyncio.run(run())


def test_a_model_is_told_of_all_at_once(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        await stage.shown("a:latest")
        await stage.until(stage.drawer.sections.layers.sum.text)
        await stage.until(lambda: not stage.drawer.sections.overview.fit.isHidden())
        assert sorted(stage.services.asked) == ["anatomy a:latest", "details a:latest", "fit a:latest"]
        stage.drawer.actions_row.chat.click()
        assert stage.chats == ["a:latest"]

    played(qtbot, theme, scene)


def test_who_passes_a_model_by_does_not_ask_about_it(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        stage.drawer.show_model("a:latest")
        await stage.shown("b:latest")
        assert "details a:latest" not in stage.services.asked

    played(qtbot, theme, scene)


def test_an_answer_that_comes_too_late_is_dropped(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        gate = stage.services.held["a:latest"] = asyncio.Event()
        stage.drawer.show_model("a:latest")
        await stage.until(lambda: "details a:latest" in stage.services.asked)
        await stage.shown("b:latest")
        gate.set()
        for _ in range(50):
            await asyncio.sleep(0)
        assert stage.drawer.sections.licence.text == "Licence of b:latest"

    played(qtbot, theme, scene)


def test_a_failure_is_told_in_its_place_and_can_be_tried_again(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        drawer, services = stage.drawer, stage.services
        services.broken = True
        drawer.show_model("a:latest")
        await stage.until(lambda: not drawer.trouble.isHidden())
        await stage.until(lambda: drawer.sections.layers.note.text() == "A file is damaged.")
        assert drawer.trouble.sentence.text() == "The server did not answer."
        services.broken = False
        drawer.trouble.again.click()
        drawer.sections.layers.again.click()
        await stage.until(lambda: drawer.trouble.isHidden() and drawer.sections.layers.sum.text())
        assert drawer.sections.licence.text == "Licence of a:latest"

    played(qtbot, theme, scene)


def test_what_failed_is_asked_again_when_something_changes(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        drawer, services = stage.drawer, stage.services
        services.broken = True  # it is shown under a name that the server is only being told
        drawer.show_model("a:latest")
        await stage.until(lambda: not drawer.trouble.isHidden() and services.asked.count("anatomy a:latest"))
        services.broken = False
        stage.change(*services.models)
        await stage.until(lambda: drawer.trouble.isHidden() and drawer.sections.layers.sum.text())
        services.broken = True
        drawer.show_model("b:latest")
        await stage.until(lambda: not drawer.trouble.isHidden())
        services.broken = False
        stage.bus.publish(ServerStateChanged(READY))
        await stage.until(drawer.trouble.isHidden)

    played(qtbot, theme, scene)


def test_other_files_under_the_name_are_asked_about_again(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        await stage.shown("a:latest")
        stage.services.asked.clear()
        stage.change(Model("a:latest", "3" * 64))
        await stage.until(lambda: "details a:latest" in stage.services.asked)

    played(qtbot, theme, scene)


def test_who_shares_what_is_looked_at_again_when_models_come_and_go(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        await stage.shown("a:latest")
        stage.services.asked.clear()
        stage.change(*stage.services.models)
        stage.change(*stage.services.models, Model("c:latest", "1" * 64))
        await stage.until(lambda: stage.services.asked)
        assert stage.services.asked == ["anatomy a:latest"]

    played(qtbot, theme, scene)


def test_what_is_in_memory_is_followed(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        await stage.shown("a:latest")
        stage.change(*stage.services.models, running=(RunningModel("a:latest", size_bytes=1_000_000_000),))
        assert stage.drawer.sections.overview.memory.text() == "In memory, on the CPU · 1.0 GB"
        assert not stage.drawer.actions_row.unload.isHidden()
        stage.bus.publish(ServerStateChanged(STOPPED))
        assert not stage.drawer.actions_row.unload.isEnabled()

    played(qtbot, theme, scene)


def test_a_model_that_is_gone_closes_its_drawer(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        await stage.shown("a:latest")
        stage.change(Model("b:latest", "2" * 64))
        assert stage.drawer.name == ""
        assert stage.drawer.isHidden()

    played(qtbot, theme, scene)


def test_a_server_that_is_gone_leaves_what_was_known(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        await stage.shown("a:latest")
        stage.services.known = False
        stage.change()
        stage.bus.publish(ServerStateChanged(STOPPED))
        assert stage.drawer.name == "a:latest"
        assert stage.drawer.sections.licence.text == "Licence of a:latest"
        assert not stage.drawer.actions_row.delete.isEnabled()

    played(qtbot, theme, scene)
