"""The tray shows the server's state and what can be done about it; the window never hides where nothing shows it."""

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.events import ModelsChanged, ServerStateChanged
from ollama_desk.domain.models import RunningModel
from ollama_desk.domain.server import ServerKind, ServerState, ServerStatus
from ollama_desk.ui.hiding import Hiding
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.tray import Tray
from ollama_desk.ui.tray_host import has_tray
from ollama_desk.ui.tray_presenter import TrayPresenter

# what Qt has no words for offscreen, where icons are made that nobody shows
pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged", "does not support raise", extend=True)

LOOK_MS = 10
ALWAYS = {"Open Ollama Desk", "Quit"}


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def tray(theme: Theme, window: QWidget) -> Tray:
    return Tray(theme, parent=window)


def labels(tray: Tray) -> list[str]:
    return [action.text() for action in tray.menu.actions() if not action.isSeparator()]


def choosable(tray: Tray) -> set[str]:
    return {action.text() for action in tray.menu.actions() if action.isEnabled() and not action.isSeparator()}


def choose(tray: Tray, label: str) -> None:
    next(action for action in tray.menu.actions() if action.text() == label).trigger()


@pytest.mark.parametrize(
    ("state", "tone", "offered"),
    [
        (ServerState.STOPPED, "strong", {"Start server"}),
        (ServerState.STARTING, "warning", {"Stop server", "Restart server"}),
        (ServerState.READY, "ok", {"Stop server", "Restart server"}),
        (ServerState.DEGRADED, "warning", {"Stop server", "Restart server"}),
        (ServerState.STOPPING, "warning", set()),
        (ServerState.BACKOFF, "warning", {"Stop server", "Restart server"}),
        (ServerState.FAILED, "danger", {"Start server"}),
        (ServerState.EXTERNAL, "ok", set()),
        (ServerState.CONFLICT, "danger", {"Start server"}),
    ],
)
def test_every_state_has_its_tone_and_offers_what_works_in_it(
    tray: Tray, state: ServerState, tone: str, offered: set[str]
) -> None:
    tray.show_status(ServerStatus(state, kind=ServerKind.BUILT_IN))
    assert tray.tone == tone
    assert choosable(tray) == offered | ALWAYS


def test_the_state_stands_in_the_menu_where_it_cannot_be_chosen(tray: Tray) -> None:
    tray.show_status(ServerStatus(ServerState.READY, kind=ServerKind.BUILT_IN))
    assert labels(tray)[0] == tray.tip == "Server: Running · built-in engine"
    assert labels(tray)[0] not in choosable(tray)


def test_each_entry_is_a_wish(tray: Tray, qtbot: QtBot) -> None:
    tray.show_status(ServerStatus(ServerState.READY))
    for label, wish in (
        ("Stop server", tray.stop_requested),
        ("Restart server", tray.restart_requested),
        ("Open Ollama Desk", tray.open_requested),
        ("Quit", tray.quit_requested),
    ):
        with qtbot.waitSignal(wish):
            choose(tray, label)
    tray.show_status(ServerStatus(ServerState.STOPPED))
    with qtbot.waitSignal(tray.start_requested):
        choose(tray, "Start server")


def test_loaded_models_can_be_unloaded_under_names_that_do_no_harm(tray: Tray, qtbot: QtBot) -> None:
    name = "r&d\x1b[31m/\u202emodel:" + "x" * 120
    tray.show_running(("small:1b", name))
    unloads = [label for label in labels(tray) if label.startswith("Unload")]
    assert unloads[0] == "Unload small:1b"
    assert unloads[1].startswith("Unload r&&d/model:")
    assert len(unloads[1]) < 70
    with qtbot.waitSignal(tray.unload_requested) as asked:
        choose(tray, unloads[1])
    assert asked.args == [name]
    tray.show_running(())
    assert not [label for label in labels(tray) if label.startswith("Unload")]
    assert labels(tray)[-2:] == ["Open Ollama Desk", "Quit"]


def test_the_menu_stays_as_it_is_while_the_same_models_are_loaded(tray: Tray) -> None:
    tray.show_running(("small:1b",))
    before = tray.menu.actions()
    tray.show_running(("small:1b",))
    assert tray.menu.actions() == before


def test_a_click_on_the_icon_opens_the_window_and_its_menu_does_not(tray: Tray, theme: Theme, qtbot: QtBot) -> None:
    tray.appear()
    (icon,) = tray.findChildren(QSystemTrayIcon)
    assert not icon.icon().isNull()
    assert "Stopped" in icon.toolTip()
    with qtbot.waitSignal(tray.open_requested):
        icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    with qtbot.assertNotEmitted(tray.open_requested, wait=20):
        icon.activated.emit(QSystemTrayIcon.ActivationReason.Context)
    tray.vanish()
    assert not tray.is_shown


def test_the_icon_follows_state_and_look(tray: Tray, theme: Theme) -> None:
    tray.appear()
    (icon,) = tray.findChildren(QSystemTrayIcon)
    before = icon.icon().cacheKey()
    tray.show_status(ServerStatus(ServerState.FAILED))
    failed = icon.icon().cacheKey()
    theme.changed.emit()
    assert len({before, failed, icon.icon().cacheKey()}) == 3
    assert "Failed" in icon.toolTip()


class Panel:
    """A tray that is there or not."""

    def __init__(self, *, there: bool) -> None:
        self.there = there

    def __call__(self) -> bool:
        return self.there


def test_os04_without_a_tray_the_window_does_not_hide(window: QWidget, tray: Tray) -> None:
    hiding = Hiding(window, tray=tray, has_tray=has_tray, look_ms=LOOK_MS)  # offscreen there is none
    assert not hiding.hide()
    assert window.isVisible()
    hiding.end()


def test_the_window_hides_in_a_tray_and_is_opened_from_it(window: QWidget, tray: Tray, qtbot: QtBot) -> None:
    hiding = Hiding(window, tray=tray, has_tray=Panel(there=True), look_ms=LOOK_MS)
    assert tray.is_shown
    window.showMinimized()
    assert hiding.hide()
    assert not window.isVisible()
    tray.open_requested.emit()
    assert window.isVisible()
    assert not window.windowState() & Qt.WindowState.WindowMinimized
    hiding.end()
    assert not tray.is_shown


def test_os05_the_icon_comes_later_and_a_hidden_window_comes_back(window: QWidget, tray: Tray, qtbot: QtBot) -> None:
    panel = Panel(there=False)
    hiding = Hiding(window, tray=tray, has_tray=panel, look_ms=LOOK_MS)
    assert not tray.is_shown
    panel.there = True
    qtbot.waitUntil(lambda: tray.is_shown)
    assert hiding.hide()
    panel.there = False
    qtbot.waitUntil(window.isVisible)
    assert not tray.is_shown
    assert not hiding.hide()
    hiding.end()


class ListeningServer:
    """Writes down what it was asked."""

    def __init__(self) -> None:
        self.status = ServerStatus(ServerState.STOPPED)
        self.asked: list[str] = []

    def start(self) -> None:
        self.asked.append("start")

    def stop(self) -> None:
        self.asked.append("stop")

    def restart(self) -> None:
        self.asked.append("restart")


class LoadedModels:
    """One model in memory."""

    def __init__(self) -> None:
        self.running = (RunningModel("small:1b"),)
        self.unloaded = asyncio.Event()

    async def unload(self, name: str) -> None:
        if name == "small:1b":
            self.unloaded.set()


def test_events_reach_the_tray_and_its_wishes_the_services(tray: Tray) -> None:
    bus, server, models = EventBus(), ListeningServer(), LoadedModels()
    kept: list[object] = []

    async def scene() -> None:
        actions = Actions(notify=list[str]().append)
        signals = Signals(bus, parent=tray)
        kept.append(TrayPresenter(server, models, tray=tray, signals=signals, actions=actions))
        choose(tray, "Start server")
        bus.publish(ServerStateChanged(ServerStatus(ServerState.READY)))
        choose(tray, "Restart server")
        choose(tray, "Stop server")
        choose(tray, "Unload small:1b")
        await asyncio.wait_for(models.unloaded.wait(), 5)
        await actions.aclose()

    asyncio.run(scene())
    assert server.asked == ["start", "restart", "stop"]
    bus.publish(ModelsChanged((), ()))
    assert "Unload small:1b" not in labels(tray)
