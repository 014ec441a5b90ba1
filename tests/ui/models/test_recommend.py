"""The line above the catalogue: which model for the chosen task, and why; installed already, it is chatted with."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.core.resources import resource
from ollama_desk.domain.catalogue import Catalogue, Task
from ollama_desk.domain.events import MachineExamined, ModelsChanged, ServerStateChanged
from ollama_desk.domain.fit import GpuMemory, MachineMemory
from ollama_desk.domain.machine import GpuFacts
from ollama_desk.domain.models import Model
from ollama_desk.domain.recommendation import Recommendation, Why, recommend
from ollama_desk.domain.server import ServerKind, ServerState, ServerStatus
from ollama_desk.services.catalogue import read_catalogue
from ollama_desk.ui.models.get_panel import GetPanel
from ollama_desk.ui.models.recommend_presenter import RecommendPresenter
from ollama_desk.ui.models.recommend_row import RecommendRow
from ollama_desk.ui.models.recommend_text import for_task, line_text, nothing_text, reason_text, reason_tone
from ollama_desk.ui.theme import Theme

GIB = 1 << 30
MACHINE = MachineMemory((GpuMemory(8 * GIB, 8 * GIB),), 32 * GIB, 20 * GIB)
READY = ServerStatus(ServerState.READY, kind=ServerKind.OLLAMA)


def shipped() -> Catalogue:
    return read_catalogue(resource("catalogue.toml"))


def recommended(task: Task = Task.CHAT, machine: MachineMemory = MACHINE) -> Recommendation:
    found = recommend(shipped(), machine=machine, task=task)
    assert found is not None
    return found


class Recommendations:
    """Recommends for a machine that a test may change."""

    def __init__(self) -> None:
        self.machine = MACHINE
        self.asked: list[Task] = []

    async def recommend(self, task: Task = Task.CHAT) -> Recommendation | None:
        self.asked.append(task)
        return recommend(shipped(), machine=self.machine, task=task)


class Scene:
    """The page with its line, and what happens to it."""

    def __init__(self, theme: Theme, qtbot: QtBot) -> None:
        self.panel = GetPanel(theme)
        self.row = RecommendRow(theme, parent=self.panel.catalogue)
        self.panel.catalogue.place_first(self.row)
        qtbot.addWidget(self.panel)
        self.panel.resize(900, 600)
        self.service = Recommendations()
        self.models: tuple[Model, ...] = ()
        self.chats: list[str] = []
        self.bus = EventBus()

    def play(self, scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def scenario() -> None:
            notices: list[str] = []
            signals, actions = Signals(self.bus), Actions(notify=notices.append)
            kept = RecommendPresenter(
                self.service,
                row=self.row,
                panel=self.panel,
                signals=signals,
                actions=actions,
                models=lambda: self.models,
                server=READY,
                chat_with=self.chats.append,
            )
            await scene()
            await actions.aclose()
            signals.disconnect_bus()
            assert not notices
            del kept

        asyncio.run(scenario())

    async def see(self) -> None:
        self.panel.show()
        await turns()

    def install(self, *names: str) -> None:
        self.models = tuple(Model(name, "", 1) for name in names)
        self.bus.publish(ModelsChanged(self.models, ()))


async def turns() -> None:
    for _ in range(4):
        await asyncio.sleep(0)


@pytest.fixture
def scene(theme: Theme, qtbot: QtBot) -> Scene:
    return Scene(theme, qtbot)


def test_nothing_is_asked_before_somebody_looks(scene: Scene) -> None:
    async def look() -> None:
        await turns()
        scene.bus.publish(MachineExamined(GpuFacts(), None))
        await turns()
        assert scene.service.asked == []
        assert scene.row.isHidden()
        await scene.see()
        assert scene.service.asked == [Task.CHAT]

    scene.play(look)
    assert scene.row.line.text() == (
        "For chat on this machine: Qwen3 8B. It fits your GPU whole, with room for 8k tokens of context."
    )
    assert scene.row.button.text() == "Look up…"


def test_the_button_looks_up_and_downloads_nothing(scene: Scene, qtbot: QtBot) -> None:
    async def look() -> None:
        await scene.see()
        with qtbot.waitSignal(scene.panel.look_up_requested) as asked:
            QTest.mouseClick(scene.row.button, Qt.MouseButton.LeftButton)
        assert asked.args == ["qwen3:8b"]

    scene.play(look)


def test_it_follows_the_task_and_what_is_installed(scene: Scene) -> None:
    async def look() -> None:
        await scene.see()
        scene.install("qwen3:8b")
        assert scene.row.line.text().endswith("It is installed.")
        assert scene.row.button.text() == "Chat"
        scene.row.button.click()
        assert scene.chats == ["qwen3:8b"]
        task = scene.panel.catalogue.filters.task
        task.show_value(Task.EMBEDDING)
        task.picked.emit(Task.EMBEDDING)
        await turns()
        assert scene.row.line.text().startswith("For embeddings on this machine: EmbeddingGemma 300M.")
        assert scene.row.button.text() == "Look up…"
        scene.install("embeddinggemma:300m")
        assert scene.row.button.isHidden(), "nobody chats with it"

    scene.play(look)


def test_it_follows_the_memory_and_the_server(scene: Scene) -> None:
    async def look() -> None:
        await scene.see()
        scene.service.machine = MachineMemory((), 8 * GIB, 5 * GIB)
        scene.bus.publish(ServerStateChanged(replace(READY, pid=7)))
        await turns()
        assert "Qwen3 8B" in scene.row.line.text(), "what does not matter asks nothing"
        scene.bus.publish(ServerStateChanged(replace(READY, kind=ServerKind.BUILT_IN)))
        await turns()
        assert "Llama 3.2 3B" in scene.row.line.text()
        scene.service.machine = MachineMemory((), GIB, GIB // 2)
        scene.bus.publish(MachineExamined(GpuFacts(), None))
        await turns()
        assert scene.row.line.text() == nothing_text(Task.CHAT)
        assert scene.row.button.isHidden()

    scene.play(look)


def test_every_reason_is_a_sentence_of_its_own() -> None:
    some = recommended()
    said = {reason_text(replace(some, why=why)) for why in Why}
    assert len(said) == len(Why)
    assert not [text for text in said if "%" in text or not text.endswith(".")]
    assert {reason_tone(replace(some, why=why)) for why in Why} == {"ok", "warning", "muted"}
    two = recommended(machine=replace(MACHINE, gpus=MACHINE.gpus * 2))
    assert "your GPUs" in reason_text(two)
    assert "no room for it" in reason_text(replace(some, is_held_by_disk=True))


def test_every_task_has_its_words() -> None:
    assert len({for_task(task) for task in Task}) == len(Task)
    assert line_text(recommended(Task.CODE)).startswith("For code on this machine: Qwen2.5-Coder 7B. It fits")
