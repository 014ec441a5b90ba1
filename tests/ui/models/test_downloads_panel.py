"""The list of downloads: one cell changes at a time, and each wish reaches the service."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.errors import PullRefusedError
from ollama_desk.domain.events import PullProgressed, PullsChanged
from ollama_desk.domain.pulls import PullJob, PullState
from ollama_desk.ui.models.cancel_dialog import CancelDialog
from ollama_desk.ui.models.downloads_panel import DownloadsPanel
from ollama_desk.ui.models.downloads_presenter import DownloadsPresenter
from ollama_desk.ui.models.job_actions import Doable, doable
from ollama_desk.ui.theme import Theme
from tests.support.pseudo import LongWords, cut
from tests.support.pull_desk import GB, LAYERS, ScriptedPulls, pull_job

RUNNING = pull_job(
    1, "llama3.2:3b", total_bytes=4 * GB, completed_bytes=GB, bytes_per_s=24e6, left_s=125, layers=LAYERS
)
QUEUED = pull_job(2, "qwen3:8b", PullState.QUEUED)
PAUSED = pull_job(3, "phi4:14b", PullState.PAUSED, total_bytes=9 * GB, completed_bytes=GB)
FAILED = pull_job(
    4, "<b>gone</b>\u202e", PullState.FAILED, total_bytes=GB, completed_bytes=9, reason="It is <i>gone</i>."
)
DONE = pull_job(5, "demo", PullState.FINISHED, total_bytes=GB, completed_bytes=GB)
ALL = (RUNNING, QUEUED, PAUSED, FAILED, DONE)


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> DownloadsPanel:
    made = DownloadsPanel(theme)
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show_jobs(ALL)
    made.show()
    return made


def names(panel: DownloadsPanel) -> list[str]:
    model = panel.table.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def shown(panel: DownloadsPanel) -> set[str]:
    row = panel.actions_row
    return {action.text() for action in row.all() if action.isEnabled()}


def wishes(panel: DownloadsPanel) -> list[tuple[str, tuple[object, ...]]]:
    """What the panel asks for from now on."""
    heard: list[tuple[str, tuple[object, ...]]] = []
    for name in ("pause", "resume", "retry", "cancel", "dismiss", "move", "clear", "chat", "get"):
        getattr(panel, f"{name}_requested").connect(lambda *what, name=name: heard.append((name, what)))
    return heard


def question(panel: DownloadsPanel) -> CancelDialog:
    found = [each for each in panel.window().findChildren(CancelDialog) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def test_without_downloads_the_page_says_what_it_is_for_and_leads_on(panel: DownloadsPanel) -> None:
    panel.show_jobs(())
    heard = wishes(panel)
    assert panel.blank.isVisible()
    panel.blank.button.click()
    assert heard == [("get", ())]


def test_downloads_stand_in_the_order_of_the_queue(panel: DownloadsPanel) -> None:
    assert names(panel) == ["llama3.2:3b", "qwen3:8b", "phi4:14b", "<b>gone</b>", "demo"]
    panel.show_jobs((QUEUED, RUNNING, PAUSED, FAILED, DONE))
    assert names(panel)[:2] == ["qwen3:8b", "llama3.2:3b"]
    assert panel.selected_id() == RUNNING.id, "the selection follows the job"


def test_an_update_changes_one_cell_and_nothing_else(panel: DownloadsPanel) -> None:
    changed: list[tuple[int, int, int, int]] = []
    resets: list[None] = []
    model = panel.table.model()

    def on_changed(first: QModelIndex, last: QModelIndex) -> None:
        changed.append((first.row(), first.column(), last.row(), last.column()))

    model.dataChanged.connect(on_changed)
    model.modelReset.connect(lambda: resets.append(None))
    model.layoutChanged.connect(lambda: resets.append(None))
    for step in range(1, 20):
        panel.show_job(replace(RUNNING, completed_bytes=GB + step * 100_000_000))
    assert changed == [(0, 2, 0, 2)] * 19
    assert not resets
    panel.show_job(pull_job(99))
    assert len(changed) == 19, "a job that is not listed changes nothing"


def test_two_hundred_downloads_are_shown_and_go_on(panel: DownloadsPanel) -> None:
    jobs = [pull_job(at, state=PullState.QUEUED) for at in range(1, 201)]
    panel.show_jobs(jobs)
    panel.select(150)
    assert panel.selected_id() == 150
    panel.show_jobs(jobs[1:])
    assert len(names(panel)) == 199
    assert panel.selected_id() == 150


@pytest.mark.parametrize(
    ("job", "verbs"),
    [
        (RUNNING, {"Pause", "Cancel download…", "Move down"}),
        (QUEUED, {"Pause", "Cancel download…", "Move up", "Move down"}),
        (PAUSED, {"Go on", "Cancel download…", "Move up"}),  # below it are those that are over
        (FAILED, {"Try again", "Take out of the list"}),
        (DONE, {"Chat with this model", "Take out of the list"}),
    ],
)
def test_what_can_be_done_depends_on_the_state(panel: DownloadsPanel, job: PullJob, verbs: set[str]) -> None:
    panel.select(job.id)
    assert shown(panel) == verbs


def test_nothing_can_be_done_with_nothing(panel: DownloadsPanel) -> None:
    assert doable(None, 0, 0) == Doable()
    panel.show_jobs(())
    assert shown(panel) == set()


def test_what_waits_can_be_paused_or_tried_now(panel: DownloadsPanel) -> None:
    panel.show_jobs((pull_job(1, state=PullState.WAITING, reason="The disk is full."),))
    heard = wishes(panel)
    assert {"Pause", "Try again"} <= shown(panel)
    panel.activateWindow()
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Space)
    panel.actions_row.retry.trigger()
    assert heard == [("pause", (1,)), ("retry", (1,))]


def test_keys_do_what_the_buttons_do(panel: DownloadsPanel) -> None:
    heard = wishes(panel)
    panel.activateWindow()
    panel.table.setFocus()
    for job, key, wish in (
        (QUEUED, Qt.Key.Key_Space, ("pause", (2,))),
        (PAUSED, Qt.Key.Key_Space, ("resume", (3,))),
        (FAILED, Qt.Key.Key_Space, ("retry", (4,))),
        (QUEUED, Qt.Key.Key_Delete, ("cancel", (2, False))),
        (DONE, Qt.Key.Key_Delete, ("dismiss", (5,))),
    ):
        heard.clear()
        panel.select(job.id)
        QTest.keyClick(panel.table, key)
        assert heard == [wish]
    heard.clear()
    panel.select(2)
    QTest.keyClick(panel.table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(panel.table, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert heard == [("move", (2, 0)), ("move", (2, 2))]


@pytest.mark.parametrize(("button", "answers"), [("keep", [(1, True)]), ("yes", [(1, False)]), ("no", [])])
def test_what_has_come_is_kept_or_removed_as_the_person_says(
    panel: DownloadsPanel, button: str, answers: list[tuple[int, bool]]
) -> None:
    heard: list[tuple[int, bool]] = []
    panel.cancel_requested.connect(lambda job_id, keep: heard.append((job_id, keep)))
    panel.select(RUNNING.id)
    panel.actions_row.cancel.trigger()
    getattr(question(panel), button).click()
    assert heard == answers
    QApplication.sendPostedEvents()


@pytest.mark.parametrize("words", ["ours", "long"])
def test_all_answers_can_be_read(panel: DownloadsPanel, qapp: QApplication, words: str) -> None:
    translator = LongWords(qapp)
    if words == "long":
        qapp.installTranslator(translator)
    panel.actions_row.cancel.trigger()
    dialog = question(panel)
    QApplication.processEvents()
    found = cut(dialog)
    dialog.reject()
    qapp.removeTranslator(translator)
    assert not found


def test_a_failed_download_with_parts_asks_before_they_are_forgotten(panel: DownloadsPanel) -> None:
    heard = wishes(panel)
    panel.select(FAILED.id)
    panel.actions_row.dismiss.trigger()
    question(panel).keep.click()
    assert heard == [("cancel", (4, True))]
    panel.show_jobs((replace(FAILED, completed_bytes=0),))
    heard.clear()
    panel.actions_row.dismiss.trigger()
    assert heard == [("dismiss", (4,))]


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # menus, without a screen
def test_the_context_menu_has_what_can_be_done(panel: DownloadsPanel) -> None:
    panel.select(DONE.id)
    panel.table.customContextMenuRequested.emit(QPoint(5, 5))
    menus = panel.actions_row.findChildren(QMenu)
    assert [action.text() for action in menus[-1].actions() if not action.isSeparator()] == [
        "Chat with this model",
        "Take out of the list",
    ]
    menus[-1].close()


def test_details_show_the_layers_and_the_whole_reason(panel: DownloadsPanel) -> None:
    assert not panel.details.isVisible()
    panel.table.activated.emit(panel.table.currentIndex())  # Enter
    assert panel.details.isVisible()
    assert panel.details.layers.model().rowCount() == 3
    panel.show_job(replace(RUNNING, layers=(replace(LAYERS[0], completed_bytes=4 * GB), *LAYERS[1:])))
    assert panel.details.layers.model().index(0, 2).data() == "4.0 of 4.0 GB"
    panel.select(FAILED.id)
    assert panel.details.reason.text() == "It is <i>gone</i>."
    assert panel.details.name.text() == "<b>gone</b>"
    assert panel.details.name.textFormat() is Qt.TextFormat.PlainText
    assert not panel.details.layers.isVisible()


def test_what_has_ended_can_be_cleared_and_only_then(panel: DownloadsPanel) -> None:
    heard = wishes(panel)
    panel.clear.click()
    panel.show_jobs((RUNNING,))
    assert not panel.clear.isEnabled()
    assert heard == [("clear", ())]


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_the_list_paints_in_both_directions_of_reading(panel: DownloadsPanel, direction: Qt.LayoutDirection) -> None:
    panel.setLayoutDirection(direction)
    panel.show_jobs((*ALL, replace(RUNNING, id=9, is_stalled=True)))
    panel.select(1)
    image = panel.grab().toImage()
    accent = panel.table.theme.tokens.accent.upper()
    pixels = {image.pixelColor(x, y).name().upper() for x in range(0, image.width(), 2) for y in range(60, 160)}
    assert accent in pixels, "the bar is seen"


def play(
    panel: DownloadsPanel, pulls: ScriptedPulls, scene: Callable[[EventBus], Coroutine[Any, Any, None]]
) -> list[str]:
    notices: list[str] = []

    async def scenario() -> None:
        bus = EventBus()
        signals, actions = Signals(bus), Actions(notify=notices.append)
        kept = DownloadsPresenter(
            pulls,
            panel=panel,
            signals=signals,
            actions=actions,
            chat_with=lambda name: pulls.asked.append(f"chat {name}"),
        )
        await scene(bus)
        for _ in range(3):
            await asyncio.sleep(0)
        await actions.aclose()
        signals.disconnect_bus()
        del kept

    asyncio.run(scenario())
    return notices


def test_every_wish_reaches_the_service(panel: DownloadsPanel) -> None:
    pulls = ScriptedPulls(*ALL)

    async def scene(_bus: EventBus) -> None:
        for wish in (panel.pause_requested, panel.resume_requested, panel.retry_requested, panel.dismiss_requested):
            wish.emit(3)
        panel.move_requested.emit(3, 0)
        for keep in (True, False):
            panel.cancel_requested.emit(3, keep)
        panel.clear_requested.emit()
        panel.chat_requested.emit("demo")

    assert play(panel, pulls, scene) == []
    assert pulls.asked[0] == "chat demo"
    assert set(pulls.asked[1:]) == {
        "pause 3", "resume 3", "retry 3", "dismiss 3", "move 3 to 0", "cancel 3, keep", "cancel 3", "clear",
    }  # fmt: skip


def test_what_happens_reaches_the_list_and_a_refusal_the_person(panel: DownloadsPanel) -> None:
    pulls = ScriptedPulls()
    pulls.errors = [PullRefusedError("It cannot be paused.")]

    async def scene(bus: EventBus) -> None:
        assert names(panel) == []
        bus.publish(PullsChanged((RUNNING, QUEUED)))
        bus.publish(PullProgressed(replace(RUNNING, completed_bytes=2 * GB)))
        assert panel.table.model().index(0, 2).data() == "2.0 of 4.0 GB · 24 MB/s · 2 min left"
        panel.pause_requested.emit(1)

    assert play(panel, pulls, scene) == ["It cannot be paused."]
