"""Get models: nothing is asked that nobody named, nothing downloaded that nobody saw."""

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
from ollama_desk.domain.errors import ConsentNeededError, RegistryError
from ollama_desk.domain.events import PullsChanged, ServerStateChanged
from ollama_desk.domain.server import ServerKind, ServerState, ServerStatus
from ollama_desk.ui.models.busy import AFTER_MS, Busy
from ollama_desk.ui.models.get_panel import GetPanel
from ollama_desk.ui.models.get_presenter import GetPresenter
from ollama_desk.ui.theme import Theme
from tests.support.pull_desk import GB, OFFER, ScriptedPulls, pull_job

READY = ServerStatus(ServerState.READY, kind=ServerKind.OLLAMA)
Scene = Callable[[EventBus], Coroutine[Any, Any, None]]


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> GetPanel:
    made = GetPanel(theme)
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    return made


def play(panel: GetPanel, pulls: ScriptedPulls, scene: Scene) -> list[int]:
    """The ids of downloads that were shown, after a scene in a running loop."""
    led_to: list[int] = []

    async def scenario() -> None:
        bus = EventBus()
        notices: list[str] = []
        signals, actions = Signals(bus), Actions(notify=notices.append)
        kept = GetPresenter(pulls, panel=panel, signals=signals, actions=actions, server=READY, show_job=led_to.append)
        await scene(bus)
        await turns()
        await actions.aclose()
        signals.disconnect_bus()
        assert not notices
        del kept

    asyncio.run(scenario())
    return led_to


async def turns() -> None:
    for _ in range(4):
        await asyncio.sleep(0)


async def look_up(panel: GetPanel, text: str) -> None:
    panel.field.setText(text)
    QTest.keyClick(panel.field, Qt.Key.Key_Return)
    await turns()


def test_at_first_the_page_says_what_it_takes(panel: GetPanel) -> None:
    assert panel.blank.isVisible()
    assert not panel.card.isVisible()
    assert not panel.button.isEnabled()
    panel.field.setText("x")
    assert panel.button.isEnabled()


def test_a_name_is_looked_up_on_enter_and_shown_before_anything_is_downloaded(panel: GetPanel) -> None:
    pulls = ScriptedPulls()

    async def scene(_bus: EventBus) -> None:
        await look_up(panel, "ollama pull llama3.2:3b")
        assert panel.card.isVisible()
        assert panel.card.name.text() == "llama3.2:3b"
        assert panel.card.download.isEnabled()
        assert panel.card.download.text() == "Download (4.7 GB)"
        assert panel.card.licence.text() == "Licence: LLAMA COMMUNITY LICENSE"
        panel.card.all.click()
        assert "And more." in panel.card.text.toPlainText()
        await look_up(panel, "qwen3:8b")  # Enter again looks up again and downloads nothing

    assert play(panel, pulls, scene) == []
    assert pulls.asked == ["look up llama3.2:3b", "look up qwen3:8b"]


def test_download_puts_it_among_the_downloads_and_leads_there(panel: GetPanel) -> None:
    pulls = ScriptedPulls()

    async def scene(_bus: EventBus) -> None:
        await look_up(panel, "llama3.2:3b")
        panel.card.download.click()
        await turns()
        assert panel.field.text() == ""
        assert panel.blank.isVisible()

    assert play(panel, pulls, scene) == [7]
    assert pulls.asked == ["look up llama3.2:3b", "add llama3.2:3b"]


def test_an_unknown_registry_is_asked_only_after_the_person(panel: GetPanel) -> None:
    pulls = ScriptedPulls()
    pulls.errors = [ConsentNeededError("It is not known.", host="box.example")]

    async def scene(_bus: EventBus) -> None:
        await look_up(panel, "box.example/a/b")
        assert panel.consent.isVisible()
        assert "box.example" in panel.consent.words()
        panel.consent.yes.click()
        await turns()
        assert panel.card.isVisible()
        panel.card.download.click()
        await turns()

    assert play(panel, pulls, scene) == [7]
    asked = ["look up box.example/a/b", "look up box.example/a/b consented", "add box.example/a/b consented"]
    assert pulls.asked == asked


def test_plain_http_is_agreed_to_before_a_byte_is_sent(panel: GetPanel) -> None:
    pulls = ScriptedPulls()

    async def scene(_bus: EventBus) -> None:
        await look_up(panel, "http://box:5000/a/b")
        assert panel.consent.isVisible()
        assert "encrypted" in panel.consent.words()
        assert pulls.asked == []
        panel.consent.no.click()
        assert panel.blank.isVisible()
        await look_up(panel, "http://box:5000/a/b")
        panel.consent.yes.click()

    assert play(panel, pulls, scene) == []
    assert pulls.asked == ["look up box:5000/a/b insecure consented"]


def test_an_error_stands_below_the_field(panel: GetPanel) -> None:
    pulls = ScriptedPulls()
    pulls.errors = [RegistryError("There is no <b>such</b> model.")]

    async def scene(_bus: EventBus) -> None:
        await look_up(panel, "nothing")
        assert panel.problem.text() == "There is no <b>such</b> model."
        assert panel.problem.textFormat() is Qt.TextFormat.PlainText
        await look_up(panel, "llama3.2:3b")
        assert not panel.problem.isVisible()
        pulls.errors = [RegistryError("It is being downloaded already.")]
        panel.card.download.click()
        await turns()
        assert panel.problem.text() == "It is being downloaded already."

    assert play(panel, pulls, scene) == []


def test_what_takes_long_shows_a_mark_and_can_be_cancelled(panel: GetPanel, qtbot: QtBot) -> None:
    pulls = ScriptedPulls()
    pulls.gate.clear()

    async def scene(_bus: EventBus) -> None:
        await look_up(panel, "slow")
        assert not panel.busy.isVisible(), "not at once"
        qtbot.waitUntil(panel.busy.isVisible, timeout=20_000)
        assert panel.button.text() == "Cancel"
        panel.button.click()
        await turns()
        qtbot.waitUntil(panel.blank.isVisible, timeout=20_000)
        assert panel.button.text() == "Look up"
        await look_up(panel, "again")
        QTest.keyClick(panel.field, Qt.Key.Key_Escape)
        await turns()
        pulls.gate.set()
        await turns()
        assert not panel.card.isVisible(), "what was cancelled does not come after all"

    assert play(panel, pulls, scene) == []


def test_the_name_that_was_asked_for_last_is_the_one_that_is_shown(panel: GetPanel) -> None:
    pulls = ScriptedPulls()
    pulls.gate.clear()

    async def scene(_bus: EventBus) -> None:
        panel.look_up_requested.emit("first")
        panel.look_up_requested.emit("second")  # before the first one's task has begun
        await turns()
        panel.look_up_requested.emit("third")
        await turns()
        pulls.gate.set()
        await turns()
        assert panel.card.name.text() == "third"

    play(panel, pulls, scene)
    assert pulls.asked == ["look up second", "look up third"]


def test_the_mark_stays_long_enough_to_be_seen(theme: Theme, qtbot: QtBot) -> None:
    busy = Busy(theme)
    qtbot.addWidget(busy)
    done: list[str] = []
    busy.begin("Looking")
    busy.end(lambda: done.append("at once"))
    assert done == ["at once"]
    busy.begin("Looking")
    qtbot.waitUntil(busy.isVisible, timeout=20_000)
    busy.end(lambda: done.append("later"))
    assert done == ["at once"]
    qtbot.waitUntil(lambda: done == ["at once", "later"], timeout=20_000)
    assert busy.isHidden()
    assert AFTER_MS == 300


def test_what_cannot_be_downloaded_says_why_and_follows_what_happens(panel: GetPanel) -> None:
    pulls = ScriptedPulls(offer=replace(OFFER, has_weights=False))

    async def scene(bus: EventBus) -> None:
        await look_up(panel, "x")
        assert panel.card.download.isEnabled()
        bus.publish(ServerStateChanged(replace(READY, kind=ServerKind.BUILT_IN)))
        assert not panel.card.download.isEnabled()
        assert "GGUF" in panel.card.why.text()
        assert panel.card.download.accessibleDescription() == panel.card.why.text()
        bus.publish(PullsChanged((pull_job(1, "x"),)))
        assert "already" in panel.card.why.text()

    play(panel, pulls, scene)


@pytest.mark.parametrize(
    ("facts", "label", "why"),
    [
        ({"free_bytes": GB}, "Download (4.7 GB)", "3.7 GB more"),
        ({"is_installed": True, "missing_bytes": 0}, "Download", "installed"),
        ({"is_update": True, "missing_bytes": GB}, "Update (1.0 GB)", ""),
        ({"free_bytes": None, "licence": ""}, "Download (4.7 GB)", ""),
    ],
)
def test_the_button_names_what_it_costs(panel: GetPanel, facts: dict[str, object], label: str, why: str) -> None:
    pulls = ScriptedPulls(offer=replace(OFFER, **facts))  # type: ignore[arg-type] # a table of facts

    async def scene(_bus: EventBus) -> None:
        await look_up(panel, "x")
        assert panel.card.download.text() == label
        assert panel.card.download.isEnabled() is not bool(why)
        assert why in panel.card.why.text()

    play(panel, pulls, scene)


def test_foreign_text_on_the_card_is_plain(panel: GetPanel) -> None:
    panel.show_offer(
        replace(OFFER, name="<img src=x>\u202eevil\n2", licence="<h1>\x1b[31mL</h1>", family="<b>f</b>"), ""
    )
    assert panel.card.name.text() == "<img src=x>evil 2"
    assert panel.card.name.textFormat() is Qt.TextFormat.PlainText
    assert panel.card.text.toPlainText() == "<h1>L</h1>"
    assert panel.card.licence.text() == "Licence: <h1>L</h1>"
