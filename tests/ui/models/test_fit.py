"""Whether a model will run, as the pages show it: the badge, the sum behind it, and a column of the table."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.events import MachineExamined, ModelsChanged, ServerStateChanged
from ollama_desk.domain.fit import Fit, GpuMemory, MachineMemory, Verdict, Wish
from ollama_desk.domain.machine import GpuFacts
from ollama_desk.domain.models import Model
from ollama_desk.domain.pulls import Offer
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.ui.models.fit_presenter import FitPresenter
from ollama_desk.ui.models.fit_row import FitRow
from ollama_desk.ui.models.fit_text import fit_line, fit_note, fit_terms, fit_tip, verdict_text, verdict_tone
from ollama_desk.ui.models.offer_card import OfferCard
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.theme import Theme

GB = 1_000_000_000
READY = ServerStatus(ServerState.READY)
MACHINE = MachineMemory((GpuMemory(12 * GB, 11 * GB),), 32 * GB, 24 * GB)
GPU_FIT = Fit(Verdict.FITS_GPU, Wish(8192), 4_900_000_000, 1_100_000_000, 300_000_000, MACHINE, 33, 33)


def fit(verdict: Verdict, *, on_gpu: int = 0, machine: MachineMemory = MACHINE, reason: str = "") -> Fit:
    return Fit(verdict, Wish(8192), 4_900_000_000, 1_100_000_000, 300_000_000, machine, 33, on_gpu, reason)


def offer(name: str = "llama3.1:8b") -> Offer:
    return Offer(name, "a" * 64, (), 5 * GB, 5 * GB, 50 * GB, disk="/models")


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        (GPU_FIT, "Fits in GPU: 6.3 GB needed, 11 GB free in the GPU"),
        (fit(Verdict.PARTLY_CPU, on_gpu=19), "Partly on CPU: 6.3 GB needed, 19 of 33 layers in the GPU"),
        (
            fit(Verdict.FITS_MEMORY_SLOW, machine=MachineMemory((), 32 * GB, 24 * GB)),
            "Fits in memory, slow: 6.3 GB needed, 24 GB free",
        ),
        (
            fit(Verdict.WILL_NOT_RUN, machine=MachineMemory((), 8 * GB, 0)),
            "Will not run: 6.3 GB needed, 0 B free",
        ),
        (fit(Verdict.UNKNOWN, machine=MachineMemory()), "Not known whether it will run"),
    ],
)
def test_the_line_has_the_verdict_and_the_figures_that_it_hangs_on(shown: Fit, line: str) -> None:
    assert fit_line(shown) == line


def test_every_verdict_has_words_and_a_colour_of_its_own_kind() -> None:
    assert len({verdict_text(verdict) for verdict in Verdict}) == len(Verdict)
    assert verdict_tone(Verdict.WILL_NOT_RUN) == "danger"
    assert verdict_tone(Verdict.FITS_GPU) == "ok"


def test_the_terms_add_up_to_what_is_needed() -> None:
    assert fit_terms(GPU_FIT) == [
        ("Weights", "4.9 GB"),
        ("Cache, 8k tokens as f16", "1.1 GB"),
        ("Buffers", "300 MB"),
        ("Together", "6.3 GB"),
        ("Free in the GPU", "11 GB of 12 GB"),
        ("Layers in the GPU", "33 of 33"),
        ("Free memory", "24 GB of 32 GB"),
    ]
    many = Fit(Verdict.UNKNOWN, Wish(4096, "q8_0", 4), 1, 1, 1, layers=2)
    assert ("Cache, 4 × 4k tokens as q8_0", "1 B") in fit_terms(many)
    assert fit_terms(Fit(Verdict.UNKNOWN)) == []


def test_what_would_help_is_said() -> None:
    shown = fit(Verdict.WILL_NOT_RUN, machine=MachineMemory((), 8 * GB, GB), reason="The driver sleeps.")
    assert fit_note(shown) == "The driver sleeps. It would run with fewer other programs open."
    assert fit_note(GPU_FIT) == ""


def test_foreign_text_in_a_tip_stays_text() -> None:
    assert "<b>" not in fit_tip(fit(Verdict.UNKNOWN, reason="<b>bold</b>"))


def test_the_sum_opens_and_closes_and_stays_as_it_was(qtbot: QtBot, theme: Theme) -> None:
    row = FitRow(theme)
    qtbot.addWidget(row)
    assert row.isHidden()
    assert row.summary() == ""
    row.show_fit(GPU_FIT)
    assert row.terms.isHidden()
    assert row.note.isHidden()
    row.why.click()
    assert not row.terms.isHidden()
    row.show_fit(fit(Verdict.PARTLY_CPU, on_gpu=3, reason="A reason."))
    assert not row.terms.isHidden()
    assert row.summary() == "Partly on CPU: 6.3 GB needed, 3 of 33 layers in the GPU. A reason."
    row.show_nothing()
    assert row.isHidden()


class Fits:
    """Estimates that come when the test lets them."""

    def __init__(self) -> None:
        self.asked: list[Offer | str] = []
        self.go = asyncio.Event()

    async def fit_of(self, wanted: Offer | str, *, context: int | None = None) -> Fit:  # noqa: ARG002 - as the service
        self.asked.append(wanted)
        await self.go.wait()
        return GPU_FIT


async def settle() -> None:
    for _ in range(100):
        await asyncio.sleep(0)


def played(
    qtbot: QtBot, theme: Theme, scene: Callable[[EventBus, Fits, OfferCard, ModelsPanel], Awaitable[None]]
) -> None:
    card, panel = OfferCard(theme), ModelsPanel(theme)
    panel.resize(1100, 600)
    for widget in (card, panel):
        qtbot.addWidget(widget)

    async def run() -> None:
        bus, fits, notices = EventBus(), Fits(), list[str]()
        signals, actions = Signals(bus), Actions(notify=notices.append)
        presenter = FitPresenter(fits, card=card, installed=panel, signals=signals, actions=actions)
        bus.subscribe(ModelsChanged, lambda event: panel.show_models(event.models, event.running))
        panel.show_server(READY)
        await scene(bus, fits, card, panel)
        await actions.aclose()
        signals.disconnect_bus()
        assert notices == []
        assert presenter is not None

    asyncio.run(run())


def models_changed(*names: str) -> ModelsChanged:
    return ModelsChanged(tuple(Model(name, digest="a" * 64) for name in names), ())


def memory(panel: ModelsPanel) -> list[str]:
    model = panel.table.model()
    titles = [model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())]
    return [model.index(row, titles.index("Memory")).data() for row in range(model.rowCount())]


def test_the_card_tells_of_the_offer_that_it_shows_and_of_no_other(qtbot: QtBot, theme: Theme) -> None:
    async def scene(_bus: EventBus, fits: Fits, card: OfferCard, _panel: ModelsPanel) -> None:
        first, second = offer("first:1b"), offer("second:2b")
        card.show_offer(first)
        await settle()
        assert card.fit.isHidden()
        fits.go.set()
        await settle()
        assert fits.asked == [first]
        assert "Fits in GPU" in card.summary()
        card.show_offer(second)
        assert card.fit.isHidden()
        card.show_fit(first, GPU_FIT)
        assert card.fit.isHidden(), "it came too late"
        await settle()
        assert not card.fit.isHidden()

    played(qtbot, theme, scene)


def test_installed_models_are_estimated_once_their_page_is_seen(qtbot: QtBot, theme: Theme) -> None:
    async def scene(bus: EventBus, fits: Fits, _card: OfferCard, panel: ModelsPanel) -> None:
        fits.go.set()
        bus.publish(models_changed("one", "two"))
        await settle()
        assert fits.asked == []
        panel.show()
        await settle()
        assert fits.asked == ["one", "two"]
        assert memory(panel) == ["6.3 GB", "6.3 GB"]
        bus.publish(models_changed("three"))
        await settle()
        assert memory(panel) == ["6.3 GB"]
        asked = len(fits.asked)
        bus.publish(ServerStateChanged(READY))
        await settle()
        bus.publish(ServerStateChanged(ServerStatus(ServerState.STOPPED)))
        bus.publish(MachineExamined(GpuFacts(), None))
        await settle()
        assert len(fits.asked) == asked + 2

    played(qtbot, theme, scene)


def test_what_changes_while_estimates_are_made_is_looked_at_again_by_the_same_task(qtbot: QtBot, theme: Theme) -> None:
    async def scene(bus: EventBus, fits: Fits, _card: OfferCard, panel: ModelsPanel) -> None:
        panel.show()
        bus.publish(models_changed("one"))
        await settle()
        bus.publish(models_changed("one", "two"))
        bus.publish(models_changed("one", "two"))
        await settle()
        assert fits.asked == ["one"]
        fits.go.set()
        await settle()
        assert fits.asked == ["one", "one", "two"]

    played(qtbot, theme, scene)


def test_the_column_says_what_will_not_run_and_nothing_of_what_is_not_known(qtbot: QtBot, theme: Theme) -> None:
    panel = ModelsPanel(theme)
    qtbot.addWidget(panel)
    panel.show_server(READY)
    panel.show_models([Model("a"), Model("b"), Model("c")], ())
    panel.show_fits({"a": fit(Verdict.WILL_NOT_RUN), "b": Fit(Verdict.UNKNOWN, reason="Nobody knows.")})
    assert memory(panel) == ["Will not run", "", ""]
