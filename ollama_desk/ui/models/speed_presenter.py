"""Connects the section of speed to the service that measures."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.benchmark import Benchmark, BenchmarkProgress
from ollama_desk.domain.errors import BenchmarkRefusedError, DeskError
from ollama_desk.domain.events import (
    BenchmarkFailed,
    BenchmarkFinished,
    BenchmarkProgressed,
    Event,
    SpeedsChanged,
)
from ollama_desk.domain.speed import Speed
from ollama_desk.ui.language import said
from ollama_desk.ui.models.drawer import ModelDrawer
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.models.speed_section import SpeedSection
from ollama_desk.ui.text import one_line, utc_now

NAME_CHARS = 60


class Bench(Protocol):
    """Who measures."""

    @property
    def progress(self) -> BenchmarkProgress | None: ...
    def refusal(self, name: str) -> str: ...
    def start(self, name: str) -> None: ...
    def cancel(self) -> None: ...
    def results(self, name: str) -> Coroutine[Any, Any, tuple[Benchmark, ...]]: ...


class Speeds(Protocol):
    """Who keeps what was measured."""

    @property
    def bench(self) -> Bench: ...
    def digest_of(self, name: str) -> str: ...
    def history(self, name: str) -> Coroutine[Any, Any, tuple[Speed, ...]]: ...
    def medians(self) -> Mapping[str, float]: ...


class SpeedPresenter:
    """Looks while the section is seen, at the model that the drawer shows.

    Args:
        speeds: the service.
        section: shows it.
        drawer: says which model.
        table: shows the medians of all of them.
        signals: the events.
        actions: runs what takes time.
        notify: tells of the end of a benchmark that is not seen.
    """

    def __init__(
        self,
        speeds: Speeds,
        *,
        section: SpeedSection,
        drawer: ModelDrawer,
        table: ModelsPanel,
        signals: Signals,
        actions: Actions,
        notify: Callable[[str], None],
    ) -> None:
        self._speeds = speeds
        self._section = section
        self._table = table
        self._actions = actions
        self._notify = notify
        self._name = drawer.name
        self._digest = ""
        self._is_stale = True
        self._is_busy = False
        drawer.model_shown.connect(self._on_model_shown)
        section.shown.connect(self._on_shown)
        section.bench.benchmark_requested.connect(self._on_benchmark_requested)
        section.bench.cancel_requested.connect(speeds.bench.cancel)
        signals.speeds_changed.connect(self._on_speeds_changed)
        signals.models_changed.connect(self._on_circumstances_changed)
        signals.server_state_changed.connect(self._on_circumstances_changed)
        signals.turn_started.connect(self._on_circumstances_changed)
        signals.pulls_changed.connect(self._on_circumstances_changed)
        signals.benchmark_progressed.connect(self._on_benchmark_progressed)
        signals.benchmark_finished.connect(self._on_benchmark_finished)
        signals.benchmark_failed.connect(self._on_benchmark_failed)
        self._show_bench()
        self._show_medians()

    def _on_model_shown(self, name: str) -> None:
        self._name, self._digest = name, self._speeds.digest_of(name)
        self._section.show_waiting()
        self._show_bench()
        self._again()

    def _on_shown(self) -> None:
        self._show_bench()
        self._look()

    def _on_speeds_changed(self, event: SpeedsChanged) -> None:
        self._show_medians()
        if event.model in ("", self._name):
            self._again()

    def _on_circumstances_changed(self, _event: Event) -> None:
        """Other models, another server, or something that it does now."""
        self._show_bench()
        self._show_medians()
        digest = self._speeds.digest_of(self._name)
        if digest != self._digest:
            self._digest = digest
            self._again()

    def _on_benchmark_requested(self) -> None:
        try:
            self._speeds.bench.start(self._name)
        except BenchmarkRefusedError as error:
            self._section.bench.show_trouble(one_line(said(str(error))))
        self._show_bench()

    def _on_benchmark_progressed(self, _event: BenchmarkProgressed) -> None:
        self._show_bench()

    def _on_benchmark_finished(self, event: BenchmarkFinished) -> None:
        name = event.benchmark.model
        self._show_bench()
        if name == self._name:
            self._again()
        if not self._is_seen(name):
            self._tell(_tr("The benchmark of %1 is complete."), name)

    def _on_benchmark_failed(self, event: BenchmarkFailed) -> None:
        self._show_bench()
        if not event.reason:
            return
        if self._is_seen(event.model):
            self._section.bench.show_trouble(one_line(said(event.reason)))
        else:
            self._tell(_tr("The benchmark of %1 failed.") + " " + one_line(said(event.reason)), event.model)

    def _is_seen(self, name: str) -> bool:
        return name == self._name and self._section.isVisible()

    def _tell(self, words: str, name: str) -> None:
        self._notify(words.replace("%1", one_line(name, NAME_CHARS), 1))

    def _show_bench(self) -> None:
        """The button, or how far the benchmark of this model is."""
        part, bench = self._section.bench, self._speeds.bench
        progress = bench.progress
        part.show_refusal(said(bench.refusal(self._name)) if self._name else "")
        part.show_progress(progress if progress is not None and progress.model == self._name else None)

    def _show_medians(self) -> None:
        self._table.show_speeds(self._speeds.medians())

    def _again(self) -> None:
        self._is_stale = True
        self._look()

    def _look(self) -> None:
        if self._is_stale and not self._is_busy and self._name and self._section.isVisible():
            self._is_busy = True
            self._actions.run(self._tell_all(), name="look at a model's speed")

    async def _tell_all(self) -> None:
        """Again from the start where something changed meanwhile."""
        try:
            while self._is_stale and self._name and self._section.isVisible():
                self._is_stale = False
                await self._tell_of(self._name)
        finally:
            self._is_busy = False

    async def _tell_of(self, name: str) -> None:
        try:
            history = await self._speeds.history(name)
            results = await self._speeds.bench.results(name)
        except DeskError as error:
            if name == self._name:
                self._section.show_trouble(one_line(said(str(error))))
            return
        if name == self._name:
            digest = self._speeds.digest_of(name)
            self._section.show_history(history, digest=digest, now=utc_now())
            self._section.bench.show_results(results, digest=digest)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Speed", text)
