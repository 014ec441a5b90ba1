"""The card of the models folder: a question that says what will happen, progress with a way out, an end in words."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.errors import MoveRefusedError
from ollama_desk.domain.events import ModelsChanged, MoveChanged, MoveProgressed, ServerStateChanged
from ollama_desk.domain.moving import MoveJob, MoveOffer, MoveState
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.domain.settings import FolderContent
from ollama_desk.ui.models.move_card import MoveCard
from ollama_desk.ui.models.move_presenter import MovePresenter
from ollama_desk.ui.models.move_text import consequences, end_text, progress_text, question_text, state_text
from ollama_desk.ui.settings.path_fields import FolderField
from ollama_desk.ui.theme import Theme
from tests.support.engine import free_port
from tests.support.model_shelf import fill_shelf
from tests.support.whole_window import whole_window

GB = 1_000_000_000
OLD, NEW = Path("/home/anna/.ollama/models"), Path("/mnt/big/models")
CONTENT = FolderContent(OLD, exists=True, model_count=3, size_bytes=4_700_000_000)
OFFER = MoveOffer(OLD, NEW, 3, 15, 4_700_000_000, 4_700_000_000, 120 * GB, target_models=2, stops_server=True)
JOB = MoveJob(MoveState.COPYING, OLD, NEW, 4_700_000_000, 1_200_000_000, 240e6, 14.6)


class ScriptedMoving:
    """Says what it is told to say, and writes down what it is asked."""

    models_folder = OLD

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.job: MoveJob | None = None
        self.why = ""
        self.error = ""

    def refusal(self) -> str:
        return self.why

    async def models_content(self) -> FolderContent:
        self.asked.append("content")
        return CONTENT

    async def examine(self, chosen: Path) -> MoveOffer:
        self.asked.append(f"examine {chosen}")
        if self.error:
            raise MoveRefusedError(self.error)
        return replace(OFFER, target=chosen)

    def start(self, offer: MoveOffer) -> None:
        self.asked.append(f"start {offer.target}")
        if self.error:
            raise MoveRefusedError(self.error)

    def cancel(self) -> None:
        self.asked.append("cancel")


@pytest.fixture
def card(theme: Theme, qtbot: QtBot) -> MoveCard:
    made = MoveCard(theme)
    qtbot.addWidget(made)
    made.resize(700, 300)
    made.show()
    made.show_content(CONTENT)
    return made


class Wired:
    """A card with its presenter over a scripted service."""

    def __init__(self, card: MoveCard, moving: ScriptedMoving) -> None:
        self.bus, self.said, self.opened = EventBus(), list[str](), list[Path]()
        self.actions = Actions(notify=self.said.append)
        self.presenter = MovePresenter(
            moving,
            places=moving,
            card=card,
            signals=Signals(self.bus, parent=card),
            actions=self.actions,
            notify=self.said.append,
            open_path=self.opened.append,
        )


@pytest.fixture
def moving() -> ScriptedMoving:
    return ScriptedMoving()


def test_the_folder_is_shown_with_what_is_in_it(card: MoveCard) -> None:
    assert (card.path.text(), card.content.text()) == (str(OLD), "3 models, 4.7 GB")
    assert card.choose.isEnabled()
    assert not any(part.isVisible() for part in (card.question, card.bar, card.end, card.why))
    card.show_content(FolderContent(OLD, exists=False))
    assert card.content.text() == "No models in it."
    assert not card.open.isEnabled()


def test_the_question_says_what_will_happen(card: MoveCard) -> None:
    card.show_offer(OFFER)
    assert card.question.text() == "Move 3 models to /mnt/big/models?"
    assert card.consequences.text().splitlines() == [
        "They are in /home/anna/.ollama/models now.",
        "4.7 GB are copied to another disk, where 120 GB are free. At 100 MB/s that takes 47 s.",
        "2 models are there already. They stay.",
        "The server goes on meanwhile. At the end it is started again, and what is loaded is unloaded.",
        "Another Ollama on this machine looks for models in the old folder and will not find them there.",
        "Nothing is removed from the old folder before everything is in the new one.",
    ]
    assert card.move_models.hasFocus()
    assert not card.choose.isEnabled()
    QTest.mouseClick(card.leave_models, Qt.MouseButton.LeftButton)
    assert not card.question.isVisible()
    assert card.choose.hasFocus()


def test_words_for_other_offers() -> None:
    same = replace(OFFER, source=NEW, copied_bytes=0, target_models=0, stops_server=False)
    assert "Both folders are on the same disk, so this takes a few seconds." in consequences(same)
    assert len(consequences(same)) == 3
    untold = replace(OFFER, free_bytes=None)
    assert "4.7 GB are copied to another disk. At 100 MB/s that takes 47 s." in consequences(untold)
    empty = replace(OFFER, model_count=0, size_bytes=0, copied_bytes=0)
    assert question_text(empty) == "Use /mnt/big/models for models from now on?"


def test_each_state_has_its_words() -> None:
    assert len({state_text(replace(JOB, state=state)) for state in MoveState}) == len(MoveState)
    assert progress_text(JOB) == "1.2 of 4.7 GB · 240 MB/s · 14 s left"
    assert progress_text(replace(JOB, state=MoveState.SWITCHING)) == ""
    failed = replace(JOB, state=MoveState.FAILED, reason="The disk that holds /mnt is full.")
    assert end_text(failed) == "The models were not moved. They are where they were. The disk that holds /mnt is full."


def test_progress_can_be_stopped_until_the_switch(card: MoveCard) -> None:
    card.show_job(JOB)
    assert card.state.text() == "Moving the models to /mnt/big/models"
    assert (card.bar.value(), card.progress.text()) == (255, "1.2 of 4.7 GB · 240 MB/s · 14 s left")
    assert card.stop.isEnabled()
    assert not card.choose.isEnabled()
    card.show_job(replace(JOB, state=MoveState.SWITCHING))
    assert not card.stop.isEnabled()
    assert card.stop.accessibleDescription() == "From here on it goes to its end by itself."
    assert (card.bar.minimum(), card.bar.maximum()) == (0, 0)
    card.show_job(replace(JOB, state=MoveState.FINISHED))
    assert card.end.text() == "The models are in /mnt/big/models now."
    assert not card.bar.isVisible()
    assert card.choose.isEnabled()


def test_why_nothing_can_be_moved_stands_below_the_button(card: MoveCard) -> None:
    card.show_refusal("The server is starting or stopping. Wait a moment.")
    assert not card.choose.isEnabled()
    assert (
        card.why.text() == card.choose.accessibleDescription() == "The server is starting or stopping. Wait a moment."
    )
    card.ask_for_place()
    assert not card.findChildren(QFileDialog)
    card.show_refusal("")
    assert card.choose.isEnabled()
    assert not card.why.isVisible()


def test_a_place_is_chosen_in_the_desktops_own_dialog(card: MoveCard, qtbot: QtBot) -> None:
    QTest.mouseClick(card.choose, Qt.MouseButton.LeftButton)
    (dialog,) = card.window().findChildren(QFileDialog)
    with qtbot.waitSignal(card.place_chosen) as chosen:
        dialog.fileSelected.emit(str(NEW))
    assert chosen.args == [NEW]
    dialog.close()


def test_from_a_place_to_the_end(card: MoveCard, moving: ScriptedMoving) -> None:
    async def scenario() -> None:
        wired = Wired(card, moving)
        wired.presenter.look()
        card.place_chosen.emit(NEW)
        await settle()
        assert card.question.isVisible()
        QTest.mouseClick(card.move_models, Qt.MouseButton.LeftButton)
        wired.bus.publish(MoveChanged(JOB))
        wired.bus.publish(MoveProgressed(replace(JOB, done_bytes=2_350_000_000)))
        assert card.bar.value() == 500
        QTest.mouseClick(card.stop, Qt.MouseButton.LeftButton)
        wired.bus.publish(MoveChanged(replace(JOB, state=MoveState.FINISHED)))
        await settle()
        assert moving.asked == ["content", f"examine {NEW}", f"start {NEW}", "cancel", "content"]
        assert wired.said == ["The models are in /mnt/big/models now."]
        QTest.mouseClick(card.open, Qt.MouseButton.LeftButton)
        assert wired.opened == [OLD]
        await wired.actions.aclose()

    asyncio.run(scenario())


def test_what_speaks_against_a_place_is_told_in_the_card(card: MoveCard, moving: ScriptedMoving) -> None:
    async def scenario() -> None:
        wired = Wired(card, moving)
        moving.error = "You may not write to /mnt/big. Choose another folder."
        card.place_chosen.emit(NEW)
        await settle()
        assert card.end.text() == moving.error
        assert card.end.property("role") == "problem"
        moving.error = ""
        card.place_chosen.emit(NEW)
        await settle()
        moving.error = "The server is starting or stopping. Wait a moment."
        QTest.mouseClick(card.move_models, Qt.MouseButton.LeftButton)
        assert card.end.text() == moving.error
        await wired.actions.aclose()

    asyncio.run(scenario())


def test_what_happens_elsewhere_is_followed(card: MoveCard, moving: ScriptedMoving) -> None:
    async def scenario() -> None:
        moving.job = replace(JOB, state=MoveState.UNDOING)
        wired = Wired(card, moving)
        assert card.bar.isVisible()
        wired.bus.publish(MoveChanged(replace(JOB, state=MoveState.CANCELLED)))
        assert wired.said == []  # of an earlier run: it has a notice of its own
        moving.why = "The server is starting or stopping. Wait a moment."
        wired.bus.publish(ServerStateChanged(ServerStatus(ServerState.STARTING)))
        assert card.why.isVisible()
        wired.bus.publish(ModelsChanged((), ()))
        await settle()
        assert moving.asked == ["content", "content"]
        await wired.actions.aclose()

    asyncio.run(scenario())


async def settle() -> None:
    """Let what was started come to its end: nothing in it waits for anybody."""
    for _ in range(5):
        await asyncio.sleep(0)
    QApplication.processEvents()


@pytest.mark.parametrize("width", [420, 700])
def test_long_paths_and_large_letters_fit(card: MoveCard, theme: Theme, width: int) -> None:
    theme.resize_text(18)
    long = Path("/mnt") / ("a-folder-with-a-long-name-" * 5) / "models"
    card.resize(width, 600)
    card.show_content(replace(CONTENT, path=long))
    card.show_offer(replace(OFFER, target=long))
    QApplication.processEvents()
    assert card.minimumSizeHint().width() <= width
    for button in (card.open, card.choose, card.move_models, card.leave_models):
        corner = button.mapTo(card, button.rect().bottomRight())
        assert card.rect().contains(corner)


def test_the_settings_lead_to_the_card_and_a_move_is_done_in_the_whole_window(tmp_path: Path, theme: Theme) -> None:
    async def scenario() -> None:
        fill_shelf(tmp_path / "data/models", 2)
        async with whole_window(tmp_path, theme, host=f"127.0.0.1:{free_port()}") as whole:
            window = whole.window
            window.resize(760, 520)
            window.show_page("settings")
            settings = window.findChild(FolderField)
            card = window.findChild(MoveCard)
            assert settings is not None
            assert card is not None
            QTest.mouseClick(settings.move_models, Qt.MouseButton.LeftButton)
            assert window.current_page() == "models"
            await whole.until(lambda: card.content.text().startswith("2 models, "))
            (dialog,) = window.findChildren(QFileDialog)
            dialog.fileSelected.emit(str(tmp_path / "new"))
            dialog.close()
            await whole.until(card.question.isVisible)
            QTest.mouseClick(card.move_models, Qt.MouseButton.LeftButton)
            await whole.until(card.end.isVisible)
            assert card.end.text() == f"The models are in {tmp_path / 'new'} now."
            await whole.until(lambda: card.path.text() == str(tmp_path / "new"))
            assert window.notices.current_text() == card.end.text()

    asyncio.run(scenario())
