"""From the machine to the first chat: nothing is asked before the click, every step is shown, every failure is said."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.core.resources import resource
from ollama_desk.domain.catalogue import Task
from ollama_desk.domain.errors import CatalogueError, DeskError, OllamaError, RegistryError, RegistryUnreachableError
from ollama_desk.domain.events import (
    MachineExamined,
    PullFinished,
    PullProgressed,
    PullsChanged,
    ServerStateChanged,
)
from ollama_desk.domain.fit import GpuMemory, MachineMemory
from ollama_desk.domain.machine import Gpu, GpuFacts, GpuVendor
from ollama_desk.domain.models import Model
from ollama_desk.domain.pulls import PullJob, PullPhase, PullState
from ollama_desk.domain.recommendation import Recommendation, recommend
from ollama_desk.domain.server import ServerKind, ServerState, ServerStatus
from ollama_desk.services.catalogue import read_catalogue
from ollama_desk.services.recommendation import Found
from ollama_desk.ui.models.cancel_dialog import CancelDialog
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.welcome.first_model import FirstModelPresenter
from ollama_desk.ui.welcome.panel import WelcomePanel
from ollama_desk.ui.welcome.proposal_card import Stage
from tests.support.pull_desk import GB, ScriptedPulls, pull_job

GIB = 1 << 30
CATALOGUE = read_catalogue(resource("catalogue.toml"))
GPU = Found(
    MachineMemory((GpuMemory(8 * GIB, 8 * GIB),), 32 * GIB, 20 * GIB),
    (Gpu(GpuVendor.NVIDIA, "RTX 4070", 8 * GIB),),
    400 * GB,
    "/home/ada/models",
)
LAPTOP = Found(MachineMemory((), 16 * GIB, 8 * GIB), (), 400 * GB, "/home/ada/models")
READY = ServerStatus(ServerState.READY, kind=ServerKind.OLLAMA)
COMING = pull_job(7, "qwen3:8b", total_bytes=5_200_000_000, completed_bytes=GB, bytes_per_s=24e6, left_s=175)


class Machine:
    """Is looked at, and has something recommended for it."""

    def __init__(self) -> None:
        self.found = GPU
        self.looks = 0
        self.errors: list[DeskError] = []

    async def look(self) -> Found:
        self.looks += 1
        return self.found

    async def recommend(self, task: Task = Task.CHAT, *, found: Found | None = None) -> Recommendation | None:
        assert found is not None
        if self.errors:
            raise self.errors.pop(0)
        return recommend(CATALOGUE, machine=found.memory, task=task, disk_free_bytes=found.disk_free_bytes)


class Models:
    """What is installed; loads it."""

    def __init__(self) -> None:
        self.models: tuple[Model, ...] = ()
        self.loaded: list[str] = []
        self.errors: list[DeskError] = []

    async def load(self, name: str) -> None:
        self.loaded.append(name)
        if self.errors:
            raise self.errors.pop(0)


class Scene:
    """The page, what is behind it, and what happens."""

    def __init__(self, theme: Theme, qtbot: QtBot) -> None:
        self.theme = theme
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.panel = WelcomePanel(theme, parent=self.window)
        self.panel.resize(800, 700)
        self.panel.show_server(READY)
        self.card = self.panel.proposal
        self.machine, self.models = Machine(), Models()
        self.pulls = ScriptedPulls()
        self.status = READY
        self.chats: list[str] = []
        self.notices: list[str] = []
        self.bus = EventBus()

    def play(self, scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def scenario() -> None:
            signals, actions = Signals(self.bus), Actions(notify=self.notices.append)
            kept = FirstModelPresenter(
                self.machine,
                pulls=self.pulls,
                models=self.models,
                panel=self.panel,
                theme=self.theme,
                signals=signals,
                actions=actions,
                server=lambda: self.status,
                chat_with=self.chats.append,
            )
            await scene()
            await actions.aclose()
            signals.disconnect_bus()
            del kept

        asyncio.run(scenario())

    def is_at(self, stage: Stage) -> bool:
        return self.card.stage is stage

    async def see(self) -> None:
        self.window.show()
        await turns()

    async def click(self) -> None:
        QTest.mouseClick(self.card.download, Qt.MouseButton.LeftButton)
        await turns()

    async def come(self, *jobs: PullJob) -> None:
        self.pulls.jobs = jobs
        self.bus.publish(PullsChanged(jobs))
        await turns()

    async def be(self, status: ServerStatus) -> None:
        self.status = status
        self.panel.show_server(status)
        self.bus.publish(ServerStateChanged(status))
        await turns()


async def turns() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


@pytest.fixture
def scene(theme: Theme, qtbot: QtBot) -> Scene:
    return Scene(theme, qtbot)


def test_nothing_is_looked_at_before_the_page_is_seen_and_nothing_asked_before_the_click(scene: Scene) -> None:
    async def play() -> None:
        await turns()
        assert scene.machine.looks == 0
        assert scene.is_at(Stage.LOOKING)
        await scene.see()
        assert scene.machine.looks == 1

    scene.play(play)
    card = scene.card
    assert (card.stage, scene.pulls.asked, scene.notices) == (Stage.PROPOSED, [], [])
    assert card.name.text() == "Qwen3 8B"
    assert card.facts.text() == "5.2 GB · 8.2B parameters · needs about 6.1 GB of memory · Apache 2.0"
    assert card.reason.text() == "It fits your GPU whole, with room for 8k tokens of context."
    assert card.download.text() == "Download and chat (5.2 GB)"
    assert card.download.accessibleName() == "Download and chat (5.2 GB): Qwen3 8B"
    assert scene.panel.found.gpu.text() == "RTX 4070, 8.6 GB"


def test_one_click_looks_up_downloads_loads_and_opens_the_chat(scene: Scene) -> None:
    async def play() -> None:
        await scene.see()
        await scene.click()
        assert scene.pulls.asked == ["look up qwen3:8b", "add qwen3:8b"]
        assert scene.is_at(Stage.COMING)
        await scene.come(replace(COMING, state=PullState.QUEUED))
        assert scene.card.progress.line.text().startswith("In the queue")
        scene.bus.publish(PullProgressed(COMING))
        assert scene.card.name.text() == "Qwen3 8B"
        assert scene.card.progress.line.text() == "1.0 of 5.2 GB · 24 MB/s · 2 min left"
        assert scene.card.progress.bar.value() == round(1000 / 5.2)
        done = replace(COMING, state=PullState.FINISHED)
        scene.models.models = (Model("qwen3:8b", "", 1),)
        scene.bus.publish(PullFinished(done))
        await scene.come(done)
        assert scene.models.loaded == scene.chats == ["qwen3:8b"]

    scene.play(play)
    assert scene.notices == []


def test_the_focus_of_the_keyboard_stays_in_the_card(scene: Scene) -> None:
    async def play() -> None:
        await scene.see()
        scene.card.download.setFocus()
        QTest.keyClick(scene.card.download, Qt.Key.Key_Space)
        await turns()
        assert scene.is_at(Stage.COMING)
        assert scene.window.focusWidget() is scene.card.progress.pause
        await scene.come(replace(COMING, state=PullState.FAILED, reason="It broke off."))
        assert scene.window.focusWidget() is scene.card.again

    scene.play(play)


def test_a_download_can_be_paused_go_on_and_be_given_up(scene: Scene) -> None:
    async def play() -> None:
        await scene.see()
        await scene.come(COMING)
        progress = scene.card.progress
        progress.pause.click()
        await scene.come(replace(COMING, state=PullState.PAUSED))
        assert progress.line.text() == "Paused · 1.0 of 5.2 GB"
        progress.pause.click()
        await turns()
        assert scene.pulls.asked == ["pause 7", "resume 7"]
        progress.cancel.click()
        dialog = scene.window.findChild(CancelDialog)
        assert dialog is not None
        dialog.keep.click()
        await turns()
        assert scene.pulls.asked[-1] == "cancel 7, keep"
        await scene.come()
        assert scene.is_at(Stage.PROPOSED)

    scene.play(play)


def test_what_the_last_run_left_is_taken_up_even_before_the_machine_is_known(scene: Scene) -> None:
    scene.pulls.jobs = (COMING,)

    async def play() -> None:
        await turns()
        assert (scene.card.stage, scene.card.name.text()) == (Stage.COMING, "qwen3:8b")
        await scene.see()
        assert (scene.card.stage, scene.card.name.text()) == (Stage.COMING, "Qwen3 8B")

    scene.play(play)


def test_what_is_given_up_before_the_machine_is_known_leads_to_looking(scene: Scene) -> None:
    scene.pulls.jobs = (COMING,)

    async def play() -> None:
        await turns()
        await scene.come()
        assert scene.is_at(Stage.LOOKING)
        await scene.see()
        assert scene.is_at(Stage.PROPOSED)

    scene.play(play)


def test_another_model_than_the_proposed_is_shown_under_its_own_name(scene: Scene) -> None:
    async def play() -> None:
        await scene.see()
        await scene.come(pull_job(3, "hf.co/x/y:Q4"))
        assert scene.card.name.text() == "hf.co/x/y:Q4"
        assert scene.card.facts.isHidden()
        scene.bus.publish(PullFinished(pull_job(3, "hf.co/x/y:Q4", PullState.FINISHED)))
        await turns()
        assert scene.chats == ["hf.co/x/y:Q4"]

    scene.play(play)


def test_without_a_network_it_is_said_with_what_works_all_the_same(scene: Scene) -> None:
    scene.pulls.errors = [RegistryUnreachableError("The registry cannot be reached.")]

    async def play() -> None:
        await scene.see()
        await scene.click()
        assert scene.is_at(Stage.FAILED)
        assert scene.card.problem.text() == "The registry cannot be reached."
        assert "need no network" in scene.card.note.text()
        assert scene.panel.demo.isEnabled()
        scene.card.again.click()
        await turns()
        assert scene.pulls.asked[-1] == "add qwen3:8b"
        assert scene.is_at(Stage.COMING)

    scene.play(play)
    assert scene.notices == []


def test_a_download_that_failed_says_why_and_goes_on_from_what_came(scene: Scene) -> None:
    async def play() -> None:
        await scene.see()
        await scene.come(COMING)
        await scene.come(replace(COMING, state=PullState.FAILED, reason="The registry broke off."))
        assert scene.is_at(Stage.FAILED)
        assert scene.card.problem.text() == "The registry broke off."
        scene.card.again.click()
        await turns()
        assert scene.pulls.asked == ["retry 7"]

    scene.play(play)


def test_a_disk_that_is_full_is_said_before_anything_is_downloaded(scene: Scene) -> None:
    scene.pulls.offer = replace(scene.pulls.offer, free_bytes=GB)

    async def play() -> None:
        await scene.see()
        await scene.click()
        assert scene.pulls.asked == ["look up qwen3:8b"]
        assert "more is needed on the disk" in scene.card.problem.text()
        scene.card.again.click()
        await turns()
        assert scene.pulls.asked == ["look up qwen3:8b"] * 2

    scene.play(play)


def test_more_than_the_estimate_is_shown_before_it_is_downloaded(scene: Scene) -> None:
    scene.pulls.offer = replace(scene.pulls.offer, total_bytes=9 * GB, missing_bytes=9 * GB)

    async def play() -> None:
        await scene.see()
        await scene.click()
        assert scene.pulls.asked == ["look up qwen3:8b"]
        assert scene.card.download.text() == "Download and chat (9.0 GB)"
        assert "9.0 GB, more than was estimated" in scene.card.note.text()
        await scene.click()
        assert scene.pulls.asked[-1] == "add qwen3:8b"

    scene.play(play)


def test_what_is_installed_already_is_only_loaded(scene: Scene) -> None:
    scene.pulls.offer = replace(scene.pulls.offer, is_installed=True)

    async def play() -> None:
        await scene.see()
        await scene.click()
        assert scene.models.loaded == scene.chats == ["qwen3:8b"]

    scene.play(play)


def test_a_look_up_that_takes_long_can_be_given_up(scene: Scene) -> None:
    scene.pulls.gate.clear()

    async def play() -> None:
        await scene.see()
        await scene.click()
        assert scene.is_at(Stage.BUSY)
        assert not scene.card.download.isEnabled()
        assert scene.card.cancel.isHidden(), "nothing flickers for what is over at once"
        async with asyncio.timeout(20):
            while scene.card.cancel.isHidden():
                QTest.qWait(10)
                await asyncio.sleep(0)
        scene.card.cancel.click()
        await turns()
        assert scene.is_at(Stage.PROPOSED)
        assert scene.card.download.isEnabled()

    scene.play(play)
    assert scene.pulls.asked == ["look up qwen3:8b"]


def test_nobody_who_looks_at_something_else_is_led_away(scene: Scene) -> None:
    async def play() -> None:
        await scene.see()
        await scene.come(COMING)
        scene.window.hide()
        scene.bus.publish(PullFinished(replace(COMING, state=PullState.FINISHED)))
        await turns()
        assert scene.chats == scene.models.loaded == []

    scene.play(play)


def test_a_model_that_is_listed_before_its_download_has_ended_is_chatted_with_all_the_same(scene: Scene) -> None:
    async def play() -> None:
        await scene.see()
        await scene.come(COMING)
        scene.models.models = (Model("qwen3:8b", "", 1),)
        scene.panel.hide()  # the chat stands in its place
        scene.bus.publish(PullFinished(replace(COMING, state=PullState.FINISHED)))
        await turns()
        assert scene.chats == ["qwen3:8b"]

    scene.play(play)


def test_who_chats_with_another_model_by_now_is_not_led_away(scene: Scene) -> None:
    async def play() -> None:
        await scene.see()
        await scene.come(COMING)
        scene.models.models = (Model("demo:latest", "", 1), Model("qwen3:8b", "", 1))
        scene.panel.hide()
        scene.bus.publish(PullFinished(replace(COMING, state=PullState.FINISHED)))
        await turns()
        assert scene.chats == []

    scene.play(play)


def test_a_model_that_does_not_load_says_why_and_is_tried_again(scene: Scene) -> None:
    scene.models.errors = [OllamaError("There is not enough memory."), OllamaError("There is still not enough.")]

    async def play() -> None:
        await scene.see()
        await scene.come(COMING)
        scene.bus.publish(PullFinished(replace(COMING, state=PullState.FINISHED)))
        await turns()
        assert scene.card.problem.text() == "There is not enough memory."
        scene.window.hide()  # the model is installed, so the page gives way to the chat
        scene.card.again.click()
        await turns()
        assert scene.notices == ["There is still not enough."]

    scene.play(play)
    assert scene.models.loaded == ["qwen3:8b"] * 2


def test_a_catalogue_that_cannot_be_read_is_said_and_read_again(scene: Scene) -> None:
    scene.machine.errors = [CatalogueError("The catalogue cannot be read.")]

    async def play() -> None:
        await scene.see()
        assert scene.card.problem.text() == "The catalogue cannot be read."
        assert scene.card.facts.isHidden()
        scene.card.again.click()
        await turns()
        assert scene.is_at(Stage.PROPOSED)

    scene.play(play)


def test_the_proposal_waits_for_a_server_that_starts_and_follows_it(scene: Scene) -> None:
    starting = ServerStatus(ServerState.STARTING)
    scene.status = starting

    async def play() -> None:
        await scene.be(starting)
        await scene.see()
        assert scene.is_at(Stage.LOOKING)
        assert scene.panel.found.gpu.text() == "…"
        scene.machine.found = LAPTOP
        await scene.be(ServerStatus(ServerState.READY, kind=ServerKind.BUILT_IN))
        assert scene.card.name.text() == "Llama 3.2 3B"
        await scene.be(ServerStatus(ServerState.READY, kind=ServerKind.BUILT_IN, pid=7))
        looks = scene.machine.looks
        scene.machine.found = GPU
        scene.bus.publish(MachineExamined(GpuFacts(GPU.gpus), None))
        await turns()
        assert scene.machine.looks == looks + 1
        assert scene.card.name.text() == "Qwen3 8B"

    scene.play(play)


def test_without_a_server_the_button_waits_and_says_so(scene: Scene) -> None:
    async def play() -> None:
        await scene.be(ServerStatus(ServerState.STOPPED))
        await scene.see()
        assert scene.is_at(Stage.PROPOSED)
        assert not scene.card.download.isEnabled()
        assert "server" in scene.card.download.toolTip()
        assert scene.panel.found.start.isVisible()
        await scene.be(READY)
        assert scene.card.download.isEnabled()

    scene.play(play)


def test_where_nothing_runs_another_can_be_chosen(scene: Scene) -> None:
    scene.machine.found = Found(MachineMemory((), GIB, GIB // 3))

    async def play() -> None:
        await scene.see()
        assert scene.is_at(Stage.NOTHING)
        assert scene.card.download.isHidden()
        assert scene.card.another.isVisible()

    scene.play(play)


def test_while_the_size_is_not_known_the_bar_has_no_end(scene: Scene) -> None:
    async def play() -> None:
        await scene.see()
        await scene.come(pull_job(7, "qwen3:8b", phase=PullPhase.LOOKING_UP))
        assert scene.card.progress.bar.maximum() == 0
        assert scene.card.progress.line.text() == "Looking up"

    scene.play(play)


def test_a_name_that_is_refused_is_said(scene: Scene) -> None:
    scene.pulls.errors = [RegistryError("There is no such model.")]

    async def play() -> None:
        await scene.see()
        await scene.click()
        assert (scene.card.problem.text(), scene.card.note.text()) == ("There is no such model.", "")
        assert scene.card.note.isHidden()

    scene.play(play)
