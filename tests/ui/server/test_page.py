"""The Server page: state, reason, facts, what helps in trouble, and that wishes reach the services."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.errors import SettingsError, StorageError
from ollama_desk.domain.events import ResourcesSampled, ServerStateChanged, SettingsChanged
from ollama_desk.domain.server import ServerAddress, ServerKind, ServerState, ServerStatus
from ollama_desk.domain.setting_values import SettingValue
from ollama_desk.domain.settings import Settings
from ollama_desk.ui.server.page_presenter import ServerPagePresenter
from ollama_desk.ui.server.panel import ServerPanel
from ollama_desk.ui.server.wording import Remedy, remedies
from ollama_desk.ui.theme import Theme

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
READY = ServerStatus(
    ServerState.READY,
    "It answers.",
    kind=ServerKind.BUILT_IN,
    pid=4312,
    version="0.33.0",
    started_at=NOW - timedelta(hours=2, minutes=5),
)
CONFLICT = ServerStatus(
    ServerState.CONFLICT, "Another program holds 127.0.0.1:11434.", free_address=ServerAddress(port=11435)
)
EXTERNAL = ServerStatus(
    ServerState.EXTERNAL, "It is used as it is.", version="0.31.1", free_address=ServerAddress(port=11436)
)
MISSING = ServerStatus(ServerState.FAILED, "There is no such file.", kind=ServerKind.OLLAMA, log_tail=("a", "\x07b"))


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> ServerPanel:
    made = ServerPanel(theme)
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    return made


def offered(panel: ServerPanel) -> list[str]:
    return [button.text() for button in panel.card.remedies.values() if button.isVisible()]


def test_a_running_server_tells_all_that_is_known(panel: ServerPanel) -> None:
    panel.show_status(READY, NOW)
    assert panel.card.word.text() == "Running"
    assert panel.card.reason.text() == "It answers."
    assert panel.card.facts.texts() == {
        "Program": "built-in engine",
        "Address": "127.0.0.1:11434",
        "Process": "4312",
        "Version": "0.33.0",
        "Running for": "2 h 5 min",
    }
    assert offered(panel) == []


@pytest.mark.parametrize("state", list(ServerState))
def test_every_state_can_be_shown_and_says_why_a_button_does_not_work(state: ServerState, panel: ServerPanel) -> None:
    panel.show_status(replace(READY, state=state), NOW)
    for button in (panel.card.toggle, panel.card.restart):
        assert button.isEnabled() or button.accessibleDescription()
        assert button.accessibleName()


def test_po02_a_port_in_use_offers_another_one(panel: ServerPanel, qtbot: QtBot) -> None:
    panel.show_status(CONFLICT, NOW)
    assert offered(panel) == ["Use port 11435"]
    with qtbot.waitSignal(panel.remedy_requested) as wish:
        QTest.mouseClick(panel.card.remedies[Remedy.OTHER_PORT], Qt.MouseButton.LeftButton)
    assert wish.args == [Remedy.OTHER_PORT]


def test_po01_a_foreign_server_is_said_to_be_that_and_cannot_be_stopped(panel: ServerPanel) -> None:
    panel.show_status(EXTERNAL, NOW)
    assert "not started by Ollama Desk" in panel.card.facts.texts()["Program"]
    assert not panel.card.toggle.isEnabled()
    assert "not started by Ollama Desk" in panel.card.toggle.toolTip()
    assert offered(panel) == ["Start another server at port 11436"]


def test_a_missing_program_offers_the_built_in_engine_and_shows_the_last_lines(panel: ServerPanel) -> None:
    panel.show_status(MISSING, NOW)
    assert offered(panel) == ["Use the built-in engine"]
    assert panel.log.lines.texts() == ["a", "b"]
    assert panel.card.toggle.text() == "Start"
    panel.show_built_in_chosen(chosen=True)
    assert offered(panel) == []


def test_nothing_is_offered_where_there_is_nothing() -> None:
    assert remedies(replace(CONFLICT, free_address=None), built_in_chosen=False) == ()
    assert remedies(replace(MISSING, kind=ServerKind.BUILT_IN), built_in_chosen=False) == ()
    assert remedies(READY, built_in_chosen=False) == ()


def test_what_comes_from_outside_is_plain_text(panel: ServerPanel) -> None:
    panel.show_status(replace(READY, version="<b>1</b>\x1b[31m" + "9" * 200, reason="<img src='file:///x'>\n2"), NOW)
    assert panel.card.reason.text() == "<img src='file:///x'> 2"
    assert panel.card.facts.texts()["Version"].startswith("<b>1</b>99")
    panel.grab()


def test_start_stop_and_restart_are_asked_for(panel: ServerPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.start_requested):
        QTest.mouseClick(panel.card.toggle, Qt.MouseButton.LeftButton)
    panel.show_status(READY, NOW)
    with qtbot.waitSignal(panel.stop_requested):
        QTest.mouseClick(panel.card.toggle, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(panel.restart_requested):
        QTest.mouseClick(panel.card.restart, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(("size", "pt"), [((640, 400), 9), ((640, 400), 18), ((1920, 1000), 10.5)])
def test_nothing_is_wider_than_the_page(
    panel: ServerPanel, theme: Theme, qtbot: QtBot, size: tuple[int, int], pt: float
) -> None:
    theme.resize_text(pt)
    panel.resize(*size)
    for status in (READY, CONFLICT, EXTERNAL, MISSING):
        panel.show_status(status, NOW)
        panel.grab()
        buttons: Sequence[QAbstractButton] = [*panel.findChildren(QPushButton), *panel.findChildren(QToolButton)]
        for button in (button for button in buttons if button.isVisible()):
            right = button.mapTo(panel, button.rect().topRight()).x()
            assert right < panel.width(), button.accessibleName()


def test_every_control_has_a_name(panel: ServerPanel) -> None:
    panel.show_status(CONFLICT, NOW)
    assert [control for control in panel.card.controls() if not control.accessibleName()] == []


class Services:
    """Server and settings that write down what they are asked."""

    def __init__(self) -> None:
        self.status = READY
        self.log_path = Path("/var/log/of/the/server.log")
        self.settings = Settings()
        self.asked: list[str] = []
        self.refusal = ""

    def start(self) -> None:
        self.asked.append("start")

    def stop(self) -> None:
        self.asked.append("stop")

    def restart(self) -> None:
        self.asked.append("restart")

    def use_free_address(self) -> None:
        self.asked.append("other port")

    async def save_log(self, path: Path, lines: Sequence[str]) -> None:
        if self.refusal:
            raise StorageError(self.refusal)
        self.asked.append(f"save {path} {list(lines)}")

    async def change(self, **values: SettingValue) -> None:
        if self.refusal:
            raise SettingsError(self.refusal)
        self.asked.append(f"set {values}")

    def restart_server(self) -> None:
        self.asked.append("restart with the settings")


def played(panel: ServerPanel, services: Services, scene: Callable[[EventBus], None]) -> list[str]:
    """The notices of a scene over a presenter."""
    notices: list[str] = []

    async def scenario() -> None:
        bus, actions = EventBus(), Actions(notify=notices.append)
        presenter = ServerPagePresenter(
            services,
            settings=services,
            panel=panel,
            signals=Signals(bus, parent=panel),
            actions=actions,
            open_path=lambda path: services.asked.append(f"open {path}"),
        )
        scene(bus)
        await _turns(5)
        await actions.aclose()
        assert presenter is not None

    asyncio.run(scenario())
    return notices


def _turns(count: int) -> Coroutine[Any, Any, None]:
    async def turn() -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    return turn()


def test_wishes_reach_the_services_and_events_the_page(panel: ServerPanel) -> None:
    services = Services()

    def scene(bus: EventBus) -> None:
        assert panel.card.word.text() == "Running"
        panel.start_requested.emit()
        panel.stop_requested.emit()
        panel.restart_requested.emit()
        panel.remedy_requested.emit(Remedy.OTHER_PORT)
        panel.remedy_requested.emit(Remedy.BUILT_IN)
        panel.log.folder_requested.emit()
        panel.log.save_requested.emit("there.log", ["one"])
        bus.publish(ResourcesSampled(None))
        bus.publish(ServerStateChanged(MISSING))
        assert offered(panel) == ["Use the built-in engine"]
        bus.publish(SettingsChanged(Settings(), Settings(server_program="built-in")))
        assert offered(panel) == []

    assert played(panel, services, scene) == []
    assert services.asked == [
        "start",
        "stop",
        "restart",
        "other port",
        "open /var/log/of/the",
        "set {'server_program': 'built-in'}",
        "restart with the settings",
        "save there.log ['one']",
    ]


def test_a_log_that_cannot_be_saved_is_a_notice(panel: ServerPanel) -> None:
    services = Services()
    services.refusal = "The disk is full."

    def scene(_bus: EventBus) -> None:
        panel.log.save_requested.emit("there.log", ["one"])
        panel.remedy_requested.emit(Remedy.BUILT_IN)

    assert played(panel, services, scene) == ["The disk is full.", "The disk is full."]
    assert services.asked == []
