"""Presenters: events reach the pages, wishes the services, failures the person."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.errors import OllamaError
from ollama_desk.domain.events import ModelsChanged, ServerStateChanged
from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.models.presenter import ModelsPresenter
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.welcome.panel import WelcomePanel
from ollama_desk.ui.welcome.presenter import WelcomePresenter

READY = ServerStatus(ServerState.READY)
SMALL = Model("small:1b")


class ListedModels:
    """A service that writes down what it was asked, and refuses what it is told to."""

    def __init__(self) -> None:
        self.models: tuple[Model, ...] = (SMALL,)
        self.running: tuple[RunningModel, ...] = ()
        self.known = True
        self.asked: list[str] = []
        self.refuse = False

    async def load(self, name: str) -> None:
        self._ask(f"load {name}")

    async def unload(self, name: str) -> None:
        self._ask(f"unload {name}")

    async def install_demo(self) -> None:
        self._ask("install")

    def _ask(self, wish: str) -> None:
        self.asked.append(wish)
        if self.refuse:
            raise OllamaError("There is no room left.")


def played(scene: Callable[[Actions], Coroutine[Any, Any, None]]) -> list[str]:
    """The notices of a scene that is played in a running loop."""
    notices: list[str] = []

    async def scenario() -> None:
        actions = Actions(notify=notices.append)
        await scene(actions)
        for _ in range(5):
            await asyncio.sleep(0)
        await actions.aclose()

    asyncio.run(scenario())
    return notices


def test_the_models_page_passes_wishes_on_and_shows_what_changed(theme: Theme, qtbot: QtBot) -> None:
    bus, service, wishes = EventBus(), ListedModels(), list[str]()
    panel = ModelsPanel(theme)
    qtbot.addWidget(panel)
    kept: list[object] = []

    async def scene(_actions: Actions) -> None:
        presenter = ModelsPresenter(
            service,
            panel=panel,
            signals=Signals(bus, parent=panel),
            server=READY,
            start_server=lambda: wishes.append("start"),
            try_demo=lambda: wishes.append("demo"),
            chat_with=wishes.append,
        )
        kept.append(presenter)
        panel.chat_requested.emit("small:1b")
        panel.demo_requested.emit()
        panel.start_server_requested.emit()
        bus.publish(ModelsChanged((SMALL, Model("other:2b")), ()))

    assert played(scene) == []
    assert wishes == ["small:1b", "demo", "start"]
    assert panel.table.model().rowCount() == 2
    bus.publish(ServerStateChanged(ServerStatus(ServerState.STOPPED)))
    bus.publish(ModelsChanged((), ()))
    assert panel.blank.button.text() == "Start server"


def welcome_scene(
    panel: WelcomePanel, service: ListedModels, bus: EventBus, kept: list[object]
) -> Callable[[Actions], Coroutine[Any, Any, None]]:
    async def scene(actions: Actions) -> None:
        presenter = WelcomePresenter(
            service,
            panel=panel,
            signals=Signals(bus, parent=panel),
            actions=actions,
            server=READY,
            start_server=list[str]().clear,
        )
        kept.append(presenter)
        panel.ask()

    return scene


def test_the_demonstration_model_is_installed_from_the_welcome_page(theme: Theme, qtbot: QtBot) -> None:
    panel, service, bus, kept = WelcomePanel(theme), ListedModels(), EventBus(), list[object]()
    qtbot.addWidget(panel)
    assert played(welcome_scene(panel, service, bus, kept)) == []
    assert service.asked == ["install"]
    assert panel.demo.isEnabled()
    bus.publish(ServerStateChanged(ServerStatus(ServerState.STOPPED)))
    assert not panel.demo.isEnabled()


def test_a_failed_installation_is_said_on_the_page(theme: Theme, qtbot: QtBot) -> None:
    panel, service, kept = WelcomePanel(theme), ListedModels(), list[object]()
    qtbot.addWidget(panel)
    service.refuse = True
    panel.show()
    assert played(welcome_scene(panel, service, EventBus(), kept)) == []
    assert panel.problem.text() == "There is no room left."
    assert panel.demo.isEnabled()


def test_a_failed_installation_is_a_notice_where_the_page_is_not_seen(theme: Theme, qtbot: QtBot) -> None:
    panel, service, kept = WelcomePanel(theme), ListedModels(), list[object]()
    qtbot.addWidget(panel)
    service.refuse = True
    assert played(welcome_scene(panel, service, EventBus(), kept)) == ["There is no room left."]
