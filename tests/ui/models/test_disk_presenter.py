"""The view of the disk over a scripted service: when it looks, what it asks for, and what it says of the answers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import TypeVar

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.errors import DeskError, UpkeepRefusedError
from ollama_desk.domain.events import ModelsChanged, UpkeepChanged, VerifyProgressed
from ollama_desk.domain.pulls import PullJob
from ollama_desk.domain.speed import SpeedSummary
from ollama_desk.domain.upkeep import (
    CleanedUp,
    Leftover,
    Upkeep,
    VerifyProgress,
)
from ollama_desk.ui.models.disk_clean import CleanDialog
from ollama_desk.ui.models.disk_panel import DiskPanel
from ollama_desk.ui.models.disk_presenter import DiskPresenter
from ollama_desk.ui.models.marks import Mark
from ollama_desk.ui.theme import Theme
from tests.support import upkeep_states as states
from tests.support.disk_panels import disk_panel, texts
from tests.support.pull_desk import pull_job
from tests.support.upkeep_states import GB, LONG, NAMES

T = TypeVar("T")


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> DiskPanel:
    return disk_panel(theme, qtbot)


class ScriptedUpkeep:
    """The service as the test says."""

    def __init__(self) -> None:
        self.state = states.few()
        self.asked: list[object] = []
        self.error: DeskError | None = None

    async def usage(self) -> Upkeep:
        return self._do("usage", self.state)

    async def verify(self, names: Iterable[str] | None = None) -> None:
        self._do(("verify", names), None)

    def pause(self) -> None:
        self.asked.append("pause")

    def resume(self) -> None:
        self.asked.append("resume")

    def cancel(self) -> None:
        self.asked.append("cancel")

    async def leftovers(self, *, recent: bool = False) -> tuple[Leftover, ...]:
        return self._do(("leftovers", recent), states.leftovers())

    async def clean_up(self, leftovers: Iterable[Leftover]) -> CleanedUp:
        return self._do(("clean up", tuple(leftovers)), CleanedUp(5 * GB, 1))

    async def repair(self, name: str) -> PullJob:
        return self._do(("repair", name), pull_job(7, name))

    def _do(self, asked: object, answer: T) -> T:
        self.asked.append(asked)
        if self.error is not None:
            raise self.error
        return answer


class ScriptedSpeeds:
    async def summary(self, name: str) -> SpeedSummary:
        return SpeedSummary(until=states.NOW if name == NAMES[0] else None)


class Marked:
    """Takes the marks down."""

    def __init__(self) -> None:
        self.names: frozenset[str] = frozenset()

    def show_marks(self, mark: Mark, names: frozenset[str]) -> None:
        assert mark is Mark.DAMAGED
        self.names = names


class Wired:
    """The view over a scripted service."""

    def __init__(self, panel: DiskPanel) -> None:
        self.bus = EventBus()
        self.panel = panel
        self.upkeep, self.table = ScriptedUpkeep(), Marked()
        self.actions = Actions(notify=pytest.fail)
        self.presenter = DiskPresenter(
            self.upkeep,
            speeds=ScriptedSpeeds(),
            panel=panel,
            table=self.table,
            signals=Signals(self.bus, parent=panel),
            actions=self.actions,
        )

    def become(self, state: Upkeep) -> None:
        self.upkeep.state = state
        self.bus.publish(UpkeepChanged(state))

    async def settle(self) -> None:
        for _ in range(20):
            QApplication.processEvents()
            await asyncio.sleep(0)


def play(panel: DiskPanel, scenario: Callable[[Wired], Awaitable[None]]) -> None:
    async def run() -> None:
        wired = Wired(panel)
        await scenario(wired)
        await wired.actions.aclose()

    asyncio.run(run())


def test_the_folder_is_looked_at_when_the_view_appears_and_when_something_changes(
    panel: DiskPanel, qtbot: QtBot
) -> None:
    async def scenario(wired: Wired) -> None:
        panel.hide()
        panel.show()
        await wired.settle()
        assert wired.upkeep.asked == ["usage"]
        assert texts(panel, 4).count("") == 4  # the fifth was used
        for _ in range(5):
            wired.bus.publish(ModelsChanged((), ()))
        timer = panel.findChild(QTimer)
        assert timer is not None
        assert timer.isActive()
        timer.timeout.emit()
        await wired.settle()
        assert wired.upkeep.asked == ["usage", "usage"]
        timer.stop()
        panel.hide()
        wired.bus.publish(ModelsChanged((), ()))
        assert not timer.isActive()
        wired.become(states.damaged())  # then its marks must be right
        wired.bus.publish(ModelsChanged((), ()))
        assert timer.isActive()
        timer.stop()

    assert qtbot is not None
    play(panel, scenario)


def test_wishes_reach_the_service_and_its_answers_the_view(panel: DiskPanel) -> None:
    async def scenario(wired: Wired) -> None:
        panel.table.clearSelection()
        panel.verify.click()
        panel.select(NAMES[0])
        panel.verify.click()
        panel.pause.click()
        panel.clean.click()
        await wired.settle()
        dialog = panel.window().findChild(CleanDialog)
        assert dialog is not None
        dialog.yes.click()
        await wired.settle()
        assert panel.told.text.text().startswith("5.0 GB freed. 1 entr")
        wired.become(states.damaged())
        panel.damage.buttons[1].click()
        await wired.settle()
        assert panel.told.text.text() == f"The damaged files of {NAMES[0]} are being downloaded again."
        assert panel.told.act.text() == "Show download"
        assert wired.upkeep.asked == [
            "pause",
            ("verify", None),
            ("verify", (NAMES[0],)),
            ("leftovers", False),
            ("clean up", states.leftovers()),
            ("repair", NAMES[0]),
        ]

    play(panel, scenario)


def test_a_refusal_stands_where_it_was_asked_for(panel: DiskPanel) -> None:
    async def scenario(wired: Wired) -> None:
        wired.upkeep.error = UpkeepRefusedError("A model is being imported. Wait until that is done.")
        panel.clean.click()
        await wired.settle()
        assert panel.told.text.text() == "A model is being imported. Wait until that is done."

    play(panel, scenario)


def test_the_end_of_a_verification_is_told_and_marks_follow(panel: DiskPanel) -> None:
    async def scenario(wired: Wired) -> None:
        going = VerifyProgress(0, 12 * GB)
        wired.become(replace(states.few(), progress=going))
        wired.bus.publish(VerifyProgressed(replace(going, done_bytes=6 * GB)))
        assert panel.line.text.text() == "Verifying files: 6.0 GB of 12 GB"
        wired.become(states.damaged())
        assert panel.line.text.text() == "Files of 2 models are damaged."
        assert wired.table.names == {LONG, NAMES[0]}
        wired.bus.publish(VerifyProgressed(going))  # too late
        assert panel.line.text.text() == "Files of 2 models are damaged."

        wired.become(replace(states.damaged(), progress=going))
        panel.line.cancel.click()
        wired.become(states.damaged())
        assert not panel.line.isVisible()
        assert "cancel" in wired.upkeep.asked

    play(panel, scenario)
