"""Advice about the machine: said once, sent away for good, and done with one click."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.errors import SidecarError
from ollama_desk.domain.events import MachineExamined, ServerStateChanged
from ollama_desk.domain.machine import Gpu, GpuFacts, GpuVendor, SystemOllama
from ollama_desk.domain.server import ServerAddress, ServerKind, ServerState, ServerStatus
from ollama_desk.ui.advice import Advice
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.server.advice_presenter import AdvicePresenter, idle_text, stopped_text
from ollama_desk.ui.theme import Theme

READY = ServerStatus(ServerState.READY, kind=ServerKind.BUILT_IN)
RTX = GpuFacts((Gpu(GpuVendor.NVIDIA, "GeForce RTX", 12_282 << 20),))
SYSTEM = SystemOllama(
    Path("/usr/share/ollama/.ollama/models"),
    4,
    12_000_000_000,
    ServerAddress(),
    can_be_started=True,
    folder_can_be_used=True,
    folder_is_writable=True,
)


class Pages:
    """Three places for advice, and a machine that writes down what it is asked."""

    def __init__(self, theme: Theme, qtbot: QtBot) -> None:
        self.gpu, self.here, self.there = (Advice(theme, name=name) for name in ("gpu", "here", "there"))
        for advice in (self.gpu, self.here, self.there):
            qtbot.addWidget(advice)
        self.found = MachineExamined(GpuFacts(), None)
        self.memory: dict[str, str] = {}
        self.asked: list[str] = []
        self.notices: list[str] = []

    @property
    def system(self) -> SystemOllama | None:
        return self.found.system

    async def start_system_server(self) -> None:
        self.asked.append("start")
        raise SidecarError("It was not allowed.")

    async def use_system_folder(self) -> None:
        self.asked.append("use")

    def play(self, scene: Callable[[EventBus], None], status: ServerStatus = READY) -> None:
        async def scenario() -> None:
            bus, actions = EventBus(), Actions(notify=self.notices.append)
            presenter = AdvicePresenter(
                Machine(self),
                gpu=self.gpu,
                system=(self.here, self.there),
                signals=Signals(bus, parent=self.gpu),
                actions=actions,
                server=status,
                memory=self.memory,
                open_page=self.asked.append,
            )
            scene(bus)
            for _ in range(5):
                await asyncio.sleep(0)
            await actions.aclose()
            assert presenter is not None

        asyncio.run(scenario())

    def find(self, bus: EventBus, gpu: GpuFacts, system: SystemOllama | None) -> None:
        self.found = MachineExamined(gpu, system)
        bus.publish(self.found)

    def shown(self) -> list[bool]:
        return [not advice.isHidden() for advice in (self.gpu, self.here, self.there)]


class Machine:
    """The service as the presenter sees it."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self.start_system_server = pages.start_system_server
        self.use_system_folder = pages.use_system_folder

    @property
    def gpu(self) -> GpuFacts:
        return self._pages.found.gpu

    @property
    def system(self) -> SystemOllama | None:
        return self._pages.found.system


@pytest.fixture
def pages(theme: Theme, qtbot: QtBot) -> Pages:
    return Pages(theme, qtbot)


def test_where_nothing_is_found_nothing_is_said(pages: Pages) -> None:
    pages.play(lambda bus: pages.find(bus, GpuFacts(), None))
    assert pages.shown() == [False, False, False]


def test_an_idle_gpu_is_told_with_what_to_do(pages: Pages) -> None:
    def scene(bus: EventBus) -> None:
        pages.find(bus, RTX, None)
        assert "GeForce RTX with 12 GB" in pages.gpu.text.text()
        assert [button.text() for button in pages.gpu.steps()] == ["How to install Ollama"]
        QTest.mouseClick(pages.gpu.steps()[0], Qt.MouseButton.LeftButton)
        bus.publish(ServerStateChanged(replace(READY, kind=ServerKind.OLLAMA)))

    pages.play(scene)
    assert pages.asked == ["https://ollama.com/download"]
    assert pages.shown() == [False, False, False]


def test_gp01_why_a_gpu_cannot_be_used_is_told(pages: Pages) -> None:
    facts = GpuFacts(problem="The NVIDIA driver was updated while it was in use. Restart the machine.")
    pages.play(lambda bus: pages.find(bus, facts, None))
    assert pages.gpu.text.text() == facts.problem
    assert pages.gpu.steps() == []


def test_advice_that_was_sent_away_stays_away(pages: Pages) -> None:
    def send_away(bus: EventBus) -> None:
        pages.find(bus, RTX, SYSTEM)
        assert pages.shown() == [True, True, True]
        QTest.mouseClick(pages.gpu.close_button, Qt.MouseButton.LeftButton)
        QTest.mouseClick(pages.there.close_button, Qt.MouseButton.LeftButton)

    pages.play(send_away)
    assert pages.shown() == [False, False, False]
    pages.play(lambda bus: pages.find(bus, RTX, SYSTEM))
    assert pages.shown() == [False, False, False]
    other = GpuFacts((Gpu(GpuVendor.NVIDIA, "another"),))
    pages.play(lambda bus: pages.find(bus, other, replace(SYSTEM, models_folder=Path("/data"))))
    assert pages.shown() == [True, True, True]


def test_a_stopped_ollama_is_told_on_both_pages_and_done_with_one_click(pages: Pages) -> None:
    def scene(bus: EventBus) -> None:
        pages.find(bus, GpuFacts(), SYSTEM)
        assert pages.here.text.text() == pages.there.text.text()
        assert "4 models (12 GB)" in pages.here.text.text()
        start, use = pages.here.steps()
        assert (start.text(), use.text()) == ("Start it", "Use its models folder")
        QTest.mouseClick(start, Qt.MouseButton.LeftButton)
        QTest.mouseClick(use, Qt.MouseButton.LeftButton)

    pages.play(scene)
    assert pages.asked == ["start", "use"]
    assert pages.notices == ["It was not allowed."]


def test_where_it_cannot_be_started_from_here_the_command_is_copied(pages: Pages) -> None:
    def scene(bus: EventBus) -> None:
        pages.find(bus, GpuFacts(), replace(SYSTEM, can_be_started=False, folder_can_be_used=False))
        (step,) = pages.there.steps()
        assert step.text() == "Copy the command that starts it"
        QTest.mouseClick(step, Qt.MouseButton.LeftButton)

    pages.play(scene)
    assert QGuiApplication.clipboard().text() == "sudo systemctl start ollama"


def test_the_same_news_leaves_the_button_under_the_pointer(pages: Pages) -> None:
    def scene(bus: EventBus) -> None:
        pages.find(bus, RTX, SYSTEM)
        before = pages.here.steps()
        bus.publish(ServerStateChanged(replace(READY, version="0.33.1")))
        assert pages.here.steps() == before
        pages.find(bus, RTX, None)

    pages.play(scene)
    assert pages.shown() == [True, False, False]


def test_a_folder_that_can_only_be_read_is_said_to_be_that() -> None:
    assert "added or deleted" in stopped_text(replace(SYSTEM, folder_is_writable=False))
    assert "added or deleted" not in stopped_text(SYSTEM)
    assert idle_text(Gpu(GpuVendor.NVIDIA, "<b>x</b>\x1b")).count("<b>x</b>") == 1


def test_the_window_remembers_what_was_sent_away(theme: Theme, qtbot: QtBot) -> None:
    window = MainWindow(theme)
    qtbot.addWidget(window, before_close_func=lambda widget: widget.hide())
    window.memory["advice.gpu"] = "seen"
    again = MainWindow(theme)
    qtbot.addWidget(again, before_close_func=lambda widget: widget.hide())
    again.restore_state(window.save_state())
    assert again.memory == {"advice.gpu": "seen"}
