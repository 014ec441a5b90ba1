"""The catalogue on *Get models*: found by what it is good for, looked up by one button, read when it is first seen."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.core.resources import resource
from ollama_desk.domain.catalogue import Catalogue, CatalogueEntry, CatalogueSize, Task
from ollama_desk.domain.events import ModelsChanged
from ollama_desk.domain.fit import MachineMemory
from ollama_desk.domain.models import Model
from ollama_desk.domain.server import ServerKind, ServerState, ServerStatus
from ollama_desk.services.catalogue import CatalogueService, read_catalogue
from ollama_desk.ui.models.catalogue_card import CatalogueCard
from ollama_desk.ui.models.catalogue_presenter import CataloguePresenter
from ollama_desk.ui.models.catalogue_text import is_installed, parameters_text, task_text
from ollama_desk.ui.models.get_panel import GetPanel
from ollama_desk.ui.models.get_presenter import GetPresenter
from ollama_desk.ui.settings.controls import Choice
from ollama_desk.ui.theme import Theme
from tests.support.pull_desk import OFFER, ScriptedPulls

GB = 1_000_000_000
READY = ServerStatus(ServerState.READY, kind=ServerKind.OLLAMA)
OWL = CatalogueEntry(
    "Owl",
    "Somebody",
    {"en": "Sees in the dark.", "de": "Sieht im Dunkeln."},
    frozenset({Task.CHAT, Task.VISION}),
    (
        CatalogueSize(
            "1B", "owl:1b", "hf.co/one/Owl-1B-GGUF", 10**9, 4096, 7 * 10**8, frozenset({"completion"}), "MIT"
        ),
        CatalogueSize("4B", "owl:4b", "", 4 * 10**9, 8192, 25 * 10**8, frozenset({"completion", "vision"}), "MIT"),
    ),
    "https://example.org/owl",
)
WREN = CatalogueEntry(
    "Wren",
    "Somebody else",
    {"en": "Small, for search."},
    frozenset({Task.EMBEDDING}),
    (CatalogueSize("22M", gguf="hf.co/two/Wren-GGUF", capabilities=frozenset({"embedding"}), licence="Apache 2.0"),),
    "https://example.org/wren",
)
CATALOGUE = Catalogue((OWL, WREN))


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> GetPanel:
    made = GetPanel(theme)
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    return made


@pytest.fixture
def filled(panel: GetPanel, qtbot: QtBot) -> GetPanel:
    fill(panel, CATALOGUE, qtbot)
    return panel


def fill(panel: GetPanel, catalogue: Catalogue, qtbot: QtBot) -> None:
    panel.show_catalogue(catalogue)
    qtbot.waitUntil(lambda: len(panel.catalogue.cards) == len(catalogue.entries), timeout=20_000)


def shown(panel: GetPanel) -> list[str]:
    return [name for name, card in panel.catalogue.cards.items() if card.isVisible()]


def pick(choice: Choice, value: object) -> None:
    """What the menu of a choice does."""
    choice.show_value(value)
    choice.picked.emit(value)


def fact_texts(card: CatalogueCard) -> list[str]:
    return [label.text() for label in card.facts]


def test_a_card_says_what_it_is_good_for_and_the_facts_of_its_usual_size(filled: GetPanel) -> None:
    assert not filled.blank.isVisible()
    card = filled.catalogue.cards["Owl"]
    assert card.name.text() == "Owl"
    assert card.about.text() == "Sees in the dark."
    assert fact_texts(card) == ["about 2.5 GB", "4B parameters", "8k context", "MIT"]
    assert card.origin.text() == "chat, vision · Somebody · owl:4b"
    assert not card.mark.isVisible()
    assert card.button.accessibleName() == "Look up owl:4b"
    assert card.sizes.accessibleName() == "Size of Owl: 4B"


def test_what_is_not_known_is_left_out(filled: GetPanel) -> None:
    card = filled.catalogue.cards["Wren"]
    assert fact_texts(card) == ["", "", "", "Apache 2.0"]
    assert not card.sizes.isVisible(), "there is nothing to choose"
    assert card.chosen.name == "hf.co/two/Wren-GGUF"


def test_another_size_is_chosen_by_its_name(filled: GetPanel) -> None:
    card = filled.catalogue.cards["Owl"]
    card.sizes.picked.emit("hf.co/one/Owl-1B-GGUF")
    assert fact_texts(card)[0] == "about 700 MB"
    assert card.sizes.accessibleName() == "Size of Owl: 1B · GGUF"
    assert card.button.accessibleName() == "Look up hf.co/one/Owl-1B-GGUF"


def test_what_a_registry_told_is_an_estimate_no_more(filled: GetPanel) -> None:
    card = filled.catalogue.cards["Owl"]
    filled.show_offer(replace(OFFER, name="library/OWL:4b", total_bytes=2_612_000_000), "")
    assert fact_texts(card)[0] == "2.6 GB"
    card.sizes.picked.emit("owl:1b")
    assert fact_texts(card)[0] == "about 700 MB"


def test_what_is_installed_is_marked_for_the_name_that_is_chosen(filled: GetPanel) -> None:
    filled.catalogue.show_installed({"owl:1b"})
    card = filled.catalogue.cards["Owl"]
    assert not card.mark.isVisible()
    card.sizes.picked.emit("owl:1b")
    assert card.mark.isVisible()
    assert card.sizes.accessibleName() == "Size of Owl: 1B, installed"
    filled.catalogue.show_installed(set())
    assert not card.mark.isVisible()


@pytest.mark.parametrize(
    ("name", "installed", "known"),
    [
        ("owl:1b", {"owl:1b"}, True),
        ("owl:1b", {"owl:4b"}, False),
        ("hf.co/one/Owl-1B-GGUF", {"hf.co/one/owl-1b-gguf:q4_k_m"}, True),
        ("hf.co/one/Owl-1B-GGUF", {"hf.co/one/owl-4b-gguf:q4_k_m"}, False),
    ],
)
def test_a_name_is_installed_under_any_tag_of_its_files(name: str, installed: set[str], *, known: bool) -> None:
    assert is_installed(name, installed) is known


def test_words_and_filters_leave_what_answers_them(filled: GetPanel) -> None:
    filters = filled.catalogue.filters
    QTest.keyClicks(filters.search, "dark")
    assert shown(filled) == ["Owl"]
    QTest.keyClick(filters.search, Qt.Key.Key_Escape)
    assert shown(filled) == ["Owl", "Wren"]
    pick(filters.task, Task.EMBEDDING.value)
    assert shown(filled) == ["Wren"]
    pick(filters.task, "")
    pick(filters.licence, "MIT")
    assert shown(filled) == ["Owl"]
    pick(filters.limit, 2 * 10**9)
    assert shown(filled) == ["Owl"]
    assert filled.catalogue.cards["Owl"].chosen.name == "owl:1b", "the size that answers"
    pick(filters.limit, 0)
    assert filled.catalogue.cards["Owl"].chosen.name == "owl:4b"


def test_what_does_not_fit_the_memory_is_said_to_be_too_large_and_can_be_hidden(filled: GetPanel) -> None:
    card, fits = filled.catalogue.cards["Owl"], filled.catalogue.filters.fits
    assert not fits.isVisible(), "nobody knows the memory"
    filled.catalogue.show_room(2 * GB)
    assert card.chosen.name == "owl:1b", "of what fits"
    assert not card.mark.isVisible()
    card.sizes.picked.emit("owl:4b")
    assert card.mark.text() == "Too large"
    assert card.button.accessibleDescription() == (
        "It needs about 3.1 GB of memory, and 2.0 GB is free on this machine."
    )
    assert fits.isVisible()
    fits.click()
    assert shown(filled) == ["Owl"], "what has no known size is not said to fit"
    assert card.chosen.name == "owl:1b"
    assert not card.mark.isVisible()
    filled.catalogue.show_room(1 * GB)
    assert shown(filled) == []
    filled.catalogue.none.button.click()
    assert not fits.isChecked()
    filled.catalogue.show_room(0)
    assert not fits.isVisible()
    assert shown(filled) == ["Owl", "Wren"]


def test_where_nothing_answers_it_says_so_and_the_filters_can_be_cleared(filled: GetPanel) -> None:
    filters = filled.catalogue.filters
    pick(filters.licence, "MIT")
    filters.search.setText("penguin")
    assert shown(filled) == []
    assert filled.catalogue.none.isVisible()
    filled.catalogue.none.button.click()
    assert shown(filled) == ["Owl", "Wren"]
    assert not filled.catalogue.none.isVisible()
    assert filters.search.text() == ""
    assert filters.licence.value == ""


def test_the_filters_offer_every_task_and_the_licences_that_there_are(filled: GetPanel) -> None:
    assert [task_text(task) for task in Task] == ["Chat", "Code", "Reasoning", "Pictures", "Tools", "Embeddings"]
    assert filled.catalogue.filters.task.accessibleName() == "Task: Any task"
    assert [label for _, label in filled.catalogue.filters.licence._choices] == ["Any licence", "Apache 2.0", "MIT"]


@pytest.mark.parametrize(
    ("count", "text"), [(0, ""), (23_000_000, "23M"), (3_210_000_000, "3.2B"), (117 * 10**9, "117B")]
)
def test_parameters_are_short(count: int, text: str) -> None:
    assert parameters_text(count) == text


def test_the_line_about_a_family_is_in_the_language_of_the_window(theme: Theme, qtbot: QtBot) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German))
    try:
        card, other = CatalogueCard(theme, OWL), CatalogueCard(theme, WREN)
    finally:
        QLocale.setDefault(before)
    qtbot.addWidget(card)
    qtbot.addWidget(other)
    assert card.about.text() == "Sieht im Dunkeln."
    assert other.about.text() == "Small, for search."


class Machine:
    """With 8 GB of memory free."""

    async def memory(self) -> MachineMemory:
        return MachineMemory(ram_total_bytes=16 * GB, ram_free_bytes=8 * GB)


Scene = Callable[[EventBus], Coroutine[Any, Any, None]]


def play(
    panel: GetPanel, pulls: ScriptedPulls, service: CatalogueService, scene: Scene, notices: list[str] | None = None
) -> None:
    """A scene with both presenters; ``notices`` takes what is told on the way, of which there is none otherwise."""
    told = list[str]() if notices is None else notices

    async def scenario() -> None:
        bus = EventBus()
        signals, actions = Signals(bus), Actions(notify=told.append)
        kept = (
            GetPresenter(
                pulls, panel=panel, signals=signals, actions=actions, server=READY, show_job=lambda _job_id: None
            ),
            CataloguePresenter(
                service,
                memory=Machine(),
                panel=panel,
                signals=signals,
                actions=actions,
                models=[Model("llama3.2:3b")],
            ),
        )
        await scene(bus)
        await actions.aclose()
        signals.disconnect_bus()
        del kept

    asyncio.run(scenario())
    assert notices is not None or not told


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            QApplication.processEvents()
            await asyncio.sleep(0.002)


def test_it_is_read_when_it_is_first_seen_and_follows_what_is_installed(theme: Theme, qtbot: QtBot) -> None:
    panel = GetPanel(theme)
    qtbot.addWidget(panel)
    panel.resize(900, 600)
    cards = panel.catalogue.cards

    async def scene(bus: EventBus) -> None:
        for _ in range(5):
            QApplication.processEvents()
            await asyncio.sleep(0)
        assert not panel.catalogue.has_entries
        panel.show()
        await until(lambda: "Qwen3" in cards and cards["Qwen3"].isVisible())
        assert cards["Llama 3.2"].mark.isVisible()
        assert not cards["Qwen3"].mark.isVisible()
        await until(panel.catalogue.filters.fits.isVisible)
        bus.publish(ModelsChanged((Model("qwen3:8b"),), ()))
        assert cards["Qwen3"].mark.isVisible()
        assert not cards["Llama 3.2"].mark.isVisible()
        panel.hide()
        panel.show()  # and not read again
        await until(lambda: len(cards) == len(read_catalogue(resource("catalogue.toml")).entries))

    play(panel, ScriptedPulls(), CatalogueService(resource("catalogue.toml")), scene)


def test_no_card_is_ever_squeezed_while_the_others_are_built(theme: Theme, qtbot: QtBot) -> None:
    panel = GetPanel(theme)
    qtbot.addWidget(panel)
    panel.resize(900, 600)
    cards = panel.catalogue.cards
    squeezed = set[str]()

    def look() -> bool:
        shown = {name: card for name, card in cards.items() if card.isVisible()}
        squeezed.update(name for name, card in shown.items() if card.height() < card.heightForWidth(card.width()))
        return len(shown) == len(read_catalogue(resource("catalogue.toml")).entries)

    async def scene(_bus: EventBus) -> None:
        panel.show()
        await until(look)

    play(panel, ScriptedPulls(), CatalogueService(resource("catalogue.toml")), scene)
    assert squeezed == set()


def test_the_button_looks_up_and_downloads_nothing_and_back_leads_back(theme: Theme, qtbot: QtBot) -> None:
    panel, pulls = GetPanel(theme), ScriptedPulls()
    qtbot.addWidget(panel)
    panel.resize(900, 600)

    async def scene(_bus: EventBus) -> None:
        panel.show()
        await until(lambda: "Llama 3.2" in panel.catalogue.cards)
        assert not panel.back.isVisible()
        panel.catalogue.cards["Llama 3.2"].button.click()
        assert panel.field.text() == "llama3.2:3b"
        await until(panel.card.isVisible)
        assert not panel.catalogue.isVisible()
        panel.back.click()
        await until(panel.catalogue.isVisible)
        assert not panel.card.isVisible()
        assert not panel.back.isVisible()
        panel.show_offer(OFFER, "")
        await until(panel.card.isVisible)
        QTest.keyClick(panel, Qt.Key.Key_Escape)
        await until(panel.catalogue.isVisible)

    play(panel, pulls, CatalogueService(resource("catalogue.toml")), scene)
    assert pulls.asked == ["look up llama3.2:3b"]


def test_without_a_catalogue_any_name_can_still_be_typed(theme: Theme, qtbot: QtBot, tmp_path: Path) -> None:
    panel, pulls = GetPanel(theme), ScriptedPulls()
    notices: list[str] = []
    qtbot.addWidget(panel)

    async def scene(_bus: EventBus) -> None:
        panel.show()
        await until(lambda: notices)
        panel.field.setText("qwen3:8b")
        QTest.keyClick(panel.field, Qt.Key.Key_Return)
        await until(panel.card.isVisible)
        assert not panel.back.isVisible()

    play(panel, pulls, CatalogueService(tmp_path / "none.toml"), scene, notices)
    assert notices[0].startswith("The catalogue of models cannot be read:")
