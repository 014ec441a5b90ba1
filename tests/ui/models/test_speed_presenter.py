"""The section of speed follows the drawer, the answers, and the benchmark that runs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.bus import EventBus
from ollama_desk.domain.benchmark import Benchmark, BenchmarkProgress, BenchmarkRow, BenchmarkRun, BenchmarkStep
from ollama_desk.domain.errors import BenchmarkRefusedError, StorageError
from ollama_desk.domain.events import (
    BenchmarkFailed,
    BenchmarkFinished,
    BenchmarkProgressed,
    ModelsChanged,
    SpeedsChanged,
)
from ollama_desk.domain.models import Model
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.domain.speed import Speed
from ollama_desk.ui.models.drawer import ModelDrawer
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.models.speed_presenter import SpeedPresenter
from ollama_desk.ui.models.speed_section import SpeedSection
from ollama_desk.ui.theme import Theme
from tests.support.engine import EngineProcess
from tests.support.models import tiny_model
from tests.support.whole_window import whole_window

AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
DONE = Benchmark("m", AT, (BenchmarkRow(128, (BenchmarkRun(128, 100, 1.0, 2.0, 0.5),) * 3),), digest="d", id=1)


@dataclass
class Measurer:
    """Says and does what the test wants."""

    progress: BenchmarkProgress | None = None
    reason: str = ""
    started: list[str] = field(default_factory=list)
    cancelled: int = 0
    kept: list[Benchmark] = field(default_factory=list)

    def refusal(self, name: str) -> str:  # noqa: ARG002 - as the service
        return self.reason

    def start(self, name: str) -> None:
        if self.reason:
            raise BenchmarkRefusedError(self.reason)
        self.started.append(name)
        self.progress = BenchmarkProgress(name)

    def cancel(self) -> None:
        self.cancelled += 1

    async def results(self, name: str) -> tuple[Benchmark, ...]:
        return tuple(each for each in self.kept if each.model == name)


@dataclass
class Speeds:
    """A history that the test writes."""

    bench: Measurer = field(default_factory=Measurer)
    digest: str = "d"
    told: list[Speed] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    failure: StorageError | None = None

    def digest_of(self, name: str) -> str:
        return self.digest if name else ""

    async def history(self, name: str) -> tuple[Speed, ...]:
        self.asked.append(name)
        if self.failure is not None:
            raise self.failure
        return tuple(each for each in self.told if each.model == name)

    def medians(self) -> Mapping[str, float]:
        return {each.model: each.tokens_per_s for each in self.told if each.tokens_per_s is not None}


@dataclass(frozen=True, slots=True)
class Stage:
    """What a scene plays with."""

    bus: EventBus
    speeds: Speeds
    drawer: ModelDrawer
    section: SpeedSection
    table: ModelsPanel
    notices: list[str]

    def open_section(self) -> None:
        self.drawer.show_model("m")
        self.drawer.tabs.setCurrentIndex(self.drawer.tabs.count() - 1)
        self.drawer.show()

    def said(self) -> str:
        QApplication.processEvents()  # what came into a layout is shown a turn later
        return "\n".join(label.text() for label in self.section.findChildren(QLabel) if label.isVisible())


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def played(qtbot: QtBot, theme: Theme, scene: Callable[[Stage], Awaitable[None]]) -> None:
    drawer, section, table = ModelDrawer(theme), SpeedSection(theme), ModelsPanel(theme)
    qtbot.addWidget(table)
    drawer.add_section("Speed", section)
    drawer.resize(400, 700)
    qtbot.addWidget(drawer)

    async def run() -> None:
        bus, speeds, notices = EventBus(), Speeds(), list[str]()
        signals, actions = Signals(bus), Actions(notify=notices.append)
        presenter = SpeedPresenter(
            speeds, section=section, drawer=drawer, table=table, signals=signals, actions=actions, notify=notices.append
        )
        await scene(Stage(bus, speeds, drawer, section, table, notices))
        await actions.aclose()
        signals.disconnect_bus()
        assert presenter is not None

    asyncio.run(run())


def speed(model: str = "m", *, rate: float = 50.0) -> Speed:
    return Speed(model, AT, digest="d", answer_tokens=100, answer_s=100 / rate)


def test_it_looks_when_it_is_seen_and_again_when_an_answer_was_measured(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        stage.drawer.show_model("m")
        await settle()
        assert stage.speeds.asked == []
        stage.open_section()
        await settle()
        assert stage.speeds.asked == ["m"]
        assert "No answers yet" in stage.said()
        stage.speeds.told.append(speed())
        stage.bus.publish(SpeedsChanged("other"))
        await settle()
        assert stage.speeds.asked == ["m"]
        stage.bus.publish(SpeedsChanged("m"))
        await settle()
        assert "50 tok/s" in stage.said()
        stage.drawer.show_model("n")
        assert "50 tok/s" not in stage.said()
        await settle()
        assert stage.speeds.asked == ["m", "m", "n"]
        stage.drawer.show_model("")
        await settle()
        assert stage.speeds.asked == ["m", "m", "n"]

    played(qtbot, theme, scene)


def speeds_in(panel: ModelsPanel) -> list[str]:
    model = panel.table.model()
    titles = [model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())]
    return [model.index(row, titles.index("Speed")).data() for row in range(model.rowCount())]


def test_the_table_has_the_median_of_every_model_that_has_answered(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        stage.table.show_server(ServerStatus(ServerState.READY))
        stage.table.show_models((Model("m"), Model("n")), ())
        assert speeds_in(stage.table) == ["", ""]
        stage.speeds.told += [speed(), speed("gone")]
        stage.bus.publish(SpeedsChanged(""))
        assert speeds_in(stage.table) == ["50 tok/s", ""]
        stage.speeds.told[:] = [speed("n", rate=9.0)]
        stage.bus.publish(ModelsChanged((), ()))
        assert speeds_in(stage.table) == ["", "9.0 tok/s"]

    played(qtbot, theme, scene)


def test_another_version_of_the_model_is_looked_at_anew(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        stage.speeds.told.append(speed())
        stage.open_section()
        await settle()
        assert "50 tok/s" in stage.said()
        stage.bus.publish(ModelsChanged((), ()))
        await settle()
        assert len(stage.speeds.asked) == 1
        stage.speeds.digest = "new"
        stage.bus.publish(ModelsChanged((), ()))
        await settle()
        assert "No answers yet" in stage.said()

    played(qtbot, theme, scene)


def test_a_history_that_cannot_be_read_says_why(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        stage.speeds.failure = StorageError("The disk is gone.")
        stage.open_section()
        await settle()
        assert "The disk is gone." in stage.said()

    played(qtbot, theme, scene)


def test_a_benchmark_is_started_followed_and_shown(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        bench, part = stage.speeds.bench, stage.section.bench
        stage.open_section()
        await settle()
        part.start.click()
        assert bench.started == ["m"]
        assert part.cancel.isVisible()
        bench.progress = BenchmarkProgress("m", BenchmarkStep.MEASURING, 128, 2, 3, 1, 9)
        stage.bus.publish(BenchmarkProgressed(bench.progress))
        assert "Prompt of 128 tokens, 2 of 3" in stage.said()
        part.cancel.click()
        assert bench.cancelled == 1
        stage.drawer.show_model("n")
        assert not part.cancel.isVisible(), "it is about another model"
        stage.drawer.show_model("m")
        assert part.cancel.isVisible()
        bench.progress = None
        bench.kept.append(DONE)
        stage.bus.publish(BenchmarkFinished(DONE))
        await settle()
        assert part.table.model().index(0, 2).data() == "50 ±0 %"
        assert stage.notices == []

    played(qtbot, theme, scene)


def test_what_becomes_of_a_benchmark_that_is_not_seen_is_told(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        stage.bus.publish(BenchmarkFinished(DONE))
        stage.bus.publish(BenchmarkFailed("m", "The server is gone."))
        stage.bus.publish(BenchmarkFailed("m", ""))
        await settle()
        assert stage.notices == [
            "The benchmark of m is complete.",
            "The benchmark of m failed. The server is gone.",
        ]

    played(qtbot, theme, scene)


def test_a_refusal_and_a_failure_stand_beside_the_button(qtbot: QtBot, theme: Theme) -> None:
    async def scene(stage: Stage) -> None:
        stage.open_section()
        await settle()
        stage.bus.publish(BenchmarkFailed("m", "The server is gone."))
        assert "The server is gone." in stage.said()
        stage.speeds.bench.reason = "Another is being measured."
        stage.section.bench.benchmark_requested.emit()
        assert "Another is being measured." in stage.said()
        assert not stage.section.bench.start.isEnabled()

    played(qtbot, theme, scene)


def show_speed(drawer: ModelDrawer) -> None:
    titles = [drawer.tabs.tabText(at) for at in range(drawer.tabs.count())]
    drawer.tabs.setCurrentIndex(titles.index("Speed"))


def test_in_the_whole_window_an_answer_appears_among_the_speeds_of_its_model(theme: Theme, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with whole_window(tmp_path, theme) as whole:
            section = whole.window.findChild(SpeedSection)
            drawer = whole.window.findChild(ModelDrawer)
            assert section is not None
            assert drawer is not None
            await whole.ask()
            name = whole.desk.models.models[0].name
            await whole.until(lambda: whole.desk.speed.medians().get(name))
            whole.window.show_page("models")
            drawer.show_model(name)
            show_speed(drawer)
            await whole.until(lambda: section.plot.isVisible() and section.plot.dots())

    asyncio.run(scenario())


def test_in_the_whole_window_a_real_engine_is_measured_at_the_push_of_a_button(theme: Theme, tmp_path: Path) -> None:
    async def scenario(engine: EngineProcess) -> None:
        async with whole_window(tmp_path / "desk", theme, host=f"127.0.0.1:{engine.port}") as whole:
            drawer, section = whole.window.findChild(ModelDrawer), whole.window.findChild(SpeedSection)
            assert drawer is not None
            assert section is not None
            whole.window.show_page("models")
            drawer.show_model("tiny:latest")
            show_speed(drawer)
            await whole.until(section.bench.start.isEnabled)
            section.bench.start.click()
            await whole.until(section.bench.table.isVisible)
            result = section.bench.table.model()
            assert result.rowCount() == 2
            assert abs(int(result.index(0, 0).data()) - 128) < 20
            assert section.bench.start.isVisible()
            section.bench.start.click()
            await whole.until(section.bench.cancel.isVisible)
            section.bench.cancel.click()
            await whole.until(section.bench.start.isVisible)
            assert not section.bench.trouble.isVisible()
            assert not section.bench.earlier.isVisible()

    folder = tmp_path / "e"
    folder.mkdir()
    with EngineProcess(folder / "models", {"TMPDIR": str(folder)}) as engine:
        engine.create("tiny", tiny_model(folder / "tiny.gguf"), parameters={"num_ctx": 512})
        asyncio.run(scenario(engine))
