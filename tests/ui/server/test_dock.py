"""The status dock: whose server it is, how it is, and buttons that say why they do not work."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.events import ModelsChanged, ResourcesSampled, ServerStateChanged
from ollama_desk.domain.models import RunningModel
from ollama_desk.domain.server import ResourceSample, ServerAddress, ServerKind, ServerState, ServerStatus
from ollama_desk.ui.server.dock import StatusDock, floating_place
from ollama_desk.ui.server.presenter import ServerPresenter
from ollama_desk.ui.server.sparkline import Sparkline
from ollama_desk.ui.server.status_body import StatusBody
from ollama_desk.ui.server.status_line import StatusLine
from ollama_desk.ui.server.wording import details, wording
from ollama_desk.ui.theme import Theme

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
READY = ServerStatus(
    ServerState.READY,
    kind=ServerKind.BUILT_IN,
    pid=4312,
    version="0.33.0",
    started_at=NOW - timedelta(minutes=3),
)
CONFLICT = ServerStatus(
    ServerState.CONFLICT, "Another program holds the port.", free_address=ServerAddress("127.0.0.1", 11435)
)
EXTERNAL = ServerStatus(ServerState.EXTERNAL, kind=ServerKind.OLLAMA, version="0.31.1")


def sample(cpu_percent: float = 12.0) -> ResourceSample:
    return ResourceSample(NOW, cpu_percent, 1_300_000_000, 4)


class Docked:
    """A dock in a window, and its parts."""

    def __init__(self, theme: Theme, qtbot: QtBot) -> None:
        self.window = QMainWindow()
        qtbot.addWidget(self.window)
        self.dock = StatusDock(theme, parent=self.window)
        self.dock.fill(StatusBody(theme, parent=self.dock))
        self.window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.dock)
        self.window.resize(1000, 600)
        self.window.show()
        line = self.dock.findChild(StatusLine)
        body = self.dock.findChild(StatusBody)
        assert isinstance(line, StatusLine)
        assert isinstance(body, StatusBody)
        self.line = line
        self.body = body
        self.log = body.log


@pytest.fixture
def docked(theme: Theme, qtbot: QtBot) -> Docked:
    return Docked(theme, qtbot)


@pytest.mark.parametrize("state", list(ServerState))
def test_every_state_has_a_word_and_says_which_button_makes_sense(state: ServerState) -> None:
    words = wording(ServerStatus(state))
    assert words.word
    assert words.offers_start == (state in (ServerState.STOPPED, ServerState.FAILED, ServerState.CONFLICT))


def test_a_server_of_ours_tells_its_pid_version_and_age() -> None:
    assert details(READY, NOW) == "built-in engine · pid 4312 · 0.33.0 · up 3 min"


def test_a_server_of_somebody_else_is_said_to_be_that() -> None:
    assert details(EXTERNAL, NOW) == "Ollama, not started by Ollama Desk · 0.31.1"


def test_a_failed_server_gives_its_reason() -> None:
    failed = ServerStatus(ServerState.FAILED, "It fell 5 times.", kind=ServerKind.BUILT_IN)
    assert details(failed, NOW) == "built-in engine · It fell 5 times."


def test_start_and_stop_are_asked_for(docked: Docked, qtbot: QtBot) -> None:
    with qtbot.waitSignal(docked.dock.start_requested):
        QTest.mouseClick(docked.line.toggle, Qt.MouseButton.LeftButton)
    docked.dock.show_status(READY, NOW)
    assert docked.dock.state_text() == "Running"
    with qtbot.waitSignal(docked.dock.stop_requested):
        QTest.mouseClick(docked.line.toggle, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(docked.dock.restart_requested):
        QTest.mouseClick(docked.line.restart, Qt.MouseButton.LeftButton)


def test_a_foreign_server_cannot_be_stopped_from_here_and_the_button_says_why(docked: Docked) -> None:
    docked.dock.show_status(EXTERNAL, NOW)
    for button in (docked.line.toggle, docked.line.restart):
        assert not button.isEnabled()
        assert "not started by Ollama Desk" in button.toolTip()
        assert "not started by Ollama Desk" in button.accessibleDescription()


def test_one_line_closed_and_a_log_opened(docked: Docked, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: docked.dock.height() <= docked.line.sizeHint().height() + 2)
    with qtbot.waitSignal(docked.dock.opened_changed):
        QTest.mouseClick(docked.line.open, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: docked.log.height() > 40)
    assert docked.line.height() >= docked.line.sizeHint().height() - 1
    docked.dock.toggle()
    qtbot.waitUntil(lambda: docked.dock.height() <= docked.line.sizeHint().height() + 2)


def test_a_failure_opens_the_dock_once_with_the_last_lines(docked: Docked) -> None:
    failed = ServerStatus(ServerState.FAILED, "It fell.", log_tail=("first", "\x1b[31mlast\x1b[0m"))
    docked.dock.show_status(failed, NOW)
    assert docked.dock.opened
    assert docked.body.lines.texts() == ["first", "last"]
    docked.dock.toggle()
    docked.dock.show_status(failed, NOW)
    assert not docked.dock.opened


@pytest.mark.qt_log_ignore("does not support raise", extend=True)
def test_floating_it_is_a_window_of_its_own_with_room_for_the_log(docked: Docked, qtbot: QtBot) -> None:
    QTest.mouseClick(docked.line.float, Qt.MouseButton.LeftButton)
    assert docked.dock.isFloating()
    assert docked.dock.opened
    assert docked.dock.height() > 100
    QTest.mouseClick(docked.line.float, Qt.MouseButton.LeftButton)
    assert not docked.dock.isFloating()
    assert not docked.dock.opened


@pytest.mark.parametrize(
    "window", [QRect(100, 50, 1000, 600), QRect(0, 300, 1000, 780), QRect(700, 300, 1200, 780), QRect(0, 0, 1920, 1080)]
)
def test_it_floats_on_the_screen_and_off_the_composer(window: QRect) -> None:
    room = QRect(0, 0, 1920, 1080)
    place = floating_place(window, QSize(560, 240), room)
    composer = QRect(window.left(), window.bottom() - 160, window.width(), 160)
    assert room.contains(place)
    assert not place.intersects(composer)


def test_what_is_measured_is_shown_and_goes_with_the_process(docked: Docked) -> None:
    docked.dock.show_samples([sample()])
    assert docked.line.cpu.text() == "CPU 12 %"
    assert docked.line.memory.text() == "1.3 GB"
    docked.dock.show_samples([sample(), None])
    assert docked.line.memory.isHidden()


def test_a_narrow_line_keeps_its_buttons_whole_and_lets_figures_go(docked: Docked, qtbot: QtBot) -> None:
    docked.dock.show_status(READY, NOW)
    docked.dock.show_samples([sample()])
    assert docked.line.cpu.isVisible()
    docked.window.resize(420, 600)
    qtbot.waitUntil(lambda: not docked.line.cpu.isVisible())
    buttons = (docked.line.toggle, docked.line.restart, docked.line.float, docked.line.open)
    qtbot.waitUntil(lambda: all(button.width() >= button.sizeHint().width() for button in buttons))


def test_the_line_is_scaled_to_more_than_one_core(theme: Theme, qtbot: QtBot) -> None:
    plot = Sparkline(theme)
    qtbot.addWidget(plot)
    plot.resize(60, 18)
    plot.show_values((0.0, 100.0, 400.0))
    heights = [point.y() for point in plot.points()]
    assert heights[2] < heights[1] < heights[0]
    assert all(0 <= point.x() < 60 and 0 <= point.y() < 18 for point in plot.points())
    plot.show_values([1.0] * 500)
    assert len(plot.points()) == 60


def test_another_port_is_offered_where_a_stranger_has_ours(docked: Docked, qtbot: QtBot) -> None:
    assert docked.line.other_port.isHidden()
    docked.dock.show_status(CONFLICT, NOW)
    assert docked.line.other_port.text() == "Use port 11435"
    with qtbot.waitSignal(docked.dock.other_port_requested):
        QTest.mouseClick(docked.line.other_port, Qt.MouseButton.LeftButton)
    docked.dock.show_status(READY, NOW)
    assert docked.line.other_port.isHidden()


def test_the_opened_dock_shows_ten_minutes_and_what_is_loaded(docked: Docked, qtbot: QtBot) -> None:
    docked.dock.open(opened=True)
    docked.dock.show_samples([replace(sample(40.0), at=NOW - timedelta(seconds=300)), sample(12.0)])
    assert docked.body.cpu.value_text() == "12 %"
    assert docked.body.memory.top_text() == "2.0 GB"
    assert "at most 40 %" in docked.body.cpu.accessibleDescription()
    docked.dock.show_running([RunningModel("small:1b", size_bytes=1_000_000_000)])
    assert docked.body.loaded.texts() == ["1.0 GB · CPU"]
    with qtbot.waitSignal(docked.dock.unload_requested) as wish:
        QTest.mouseClick(docked.body.loaded.rows()[0].button, Qt.MouseButton.LeftButton)
    assert wish.args == ["small:1b"]


def test_a_narrow_dock_leaves_the_log_to_its_page(docked: Docked, qtbot: QtBot) -> None:
    docked.dock.open(opened=True)
    assert docked.log.isVisible()
    docked.window.resize(560, 600)
    qtbot.waitUntil(lambda: not docked.log.isVisible())
    assert docked.body.loaded.isVisible()


class ListedServer:
    """A service that writes down what it was asked."""

    def __init__(self) -> None:
        self.status = READY
        self.samples: list[ResourceSample | None] = []
        self.running = (RunningModel("small:1b"),)
        self.asked: list[str] = []

    def start(self) -> None:
        self.asked.append("start")

    def stop(self) -> None:
        self.asked.append("stop")

    def restart(self) -> None:
        self.asked.append("restart")

    def use_free_address(self) -> None:
        self.asked.append("other port")

    async def unload(self, name: str) -> None:
        self.asked.append(f"unload {name}")


def test_events_reach_the_dock_and_wishes_the_services(docked: Docked) -> None:
    bus, server = EventBus(), ListedServer()

    async def scene() -> None:
        actions = Actions(notify=lambda _: None)
        presenter = ServerPresenter(
            server, models=server, dock=docked.dock, signals=Signals(bus, parent=docked.window), actions=actions
        )
        assert docked.dock.state_text() == "Running"
        server.samples.append(sample())
        bus.publish(ResourcesSampled(sample()))
        assert docked.line.cpu.text() == "CPU 12 %"
        assert docked.body.cpu.value_text() == "", "nobody sees the plots while the dock is closed"
        docked.dock.toggle()
        assert docked.body.cpu.value_text() == "12 %"
        QTest.mouseClick(docked.line.toggle, Qt.MouseButton.LeftButton)
        QTest.mouseClick(docked.line.restart, Qt.MouseButton.LeftButton)
        docked.dock.unload_requested.emit("small:1b")
        docked.dock.other_port_requested.emit()
        bus.publish(ServerStateChanged(ServerStatus(ServerState.STOPPED)))
        bus.publish(ModelsChanged((), ()))
        await asyncio.sleep(0)
        await actions.aclose()
        assert presenter is not None

    asyncio.run(scene())
    assert server.asked == ["stop", "restart", "other port", "unload small:1b"]
    assert docked.dock.state_text() == "Stopped"
    assert docked.body.loaded.texts() == []
