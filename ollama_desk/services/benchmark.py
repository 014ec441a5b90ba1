"""Benchmarks: one at a time, told as they go, cancelled at once, kept with the circumstances that they hold for."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.benchmark import Benchmark, BenchmarkProgress, why_not
from ollama_desk.domain.errors import BenchmarkRefusedError, DeskError, StorageError
from ollama_desk.domain.events import (
    BenchmarkFailed,
    BenchmarkFinished,
    BenchmarkProgressed,
    NoticeRaised,
    PullsChanged,
    TurnFailed,
    TurnFinished,
    TurnStarted,
    TurnStopped,
)
from ollama_desk.domain.models import Model
from ollama_desk.domain.pulls import PullState
from ollama_desk.domain.server import ServerStatus
from ollama_desk.domain.speed import gpu_percent
from ollama_desk.services.benchmark_run import BenchmarkRunner, BenchSource, Measured, loaded_as
from ollama_desk.storage.speeds import SpeedStore

log = logging.getLogger(__name__)


class Server(BenchSource, Protocol):
    """What is measured, and whether it has other work."""

    @property
    def is_streaming(self) -> bool: ...


class BenchmarkService:
    """Answers in chats have precedence: a benchmark stops for them, and measures again what they disturbed.

    Args:
        store: keeps the results.
        bus: is told of everything, and tells of answers.
        tasks: owns what is started here.
        client: the server.
        models: what is installed now.
        status: of the server.
        keep_alive: how long a model stays in memory after it was used, as Ollama writes it; empty: the server decides.
        clock: the time now, aware UTC.
    """

    def __init__(
        self,
        store: SpeedStore,
        *,
        bus: EventBus,
        tasks: TaskScope,
        client: Server,
        models: Callable[[], tuple[Model, ...]],
        status: Callable[[], ServerStatus],
        keep_alive: Callable[[str], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._bus = bus
        self._tasks = tasks
        self._client = client
        self._models = models
        self._status = status
        self._keep_alive = keep_alive
        self._clock = clock
        self._answering: set[int] = set()  # the ids of answers that grow
        self._is_pulling = False
        self._runner: BenchmarkRunner | None = None
        self._cancel: Callable[[], object] = lambda: None
        self._ending: BenchmarkFinished | BenchmarkFailed = BenchmarkFailed("", "")
        self._progress: BenchmarkProgress | None = None
        bus.subscribe(TurnStarted, self._on_turn_started)
        bus.subscribe(TurnFinished, self._on_turn_ended)
        bus.subscribe(TurnStopped, self._on_turn_ended)
        bus.subscribe(TurnFailed, self._on_turn_ended)
        bus.subscribe(PullsChanged, self._on_pulls_changed)

    @property
    def progress(self) -> BenchmarkProgress | None:
        """Of the benchmark that runs; None for none."""
        return self._progress

    def refusal(self, name: str) -> str:
        """Why a model cannot be measured now, as a sentence; empty where it can."""
        model = loaded_as(name, self._models())
        if model is None:
            return "This model is not installed on the server, or the server does not answer."
        if reason := why_not(model):
            return reason
        if self._progress is not None and self._progress.model != name:
            return f'"{self._progress.model}" is being measured. Wait for its end, or cancel it.'
        if self._progress is None and (self._is_pulling or (self._client.is_streaming and not self._answering)):
            return "A download or an upload is going on, which would slow the model down. Wait for its end."
        return ""

    def start(self, name: str) -> None:
        """Measure a model; what comes of it is told by events.

        Raises:
            BenchmarkRefusedError: it cannot be measured, or not now.
        """
        reason = self.refusal(name)
        model = loaded_as(name, self._models())
        if reason or model is None or self._progress is not None:
            raise BenchmarkRefusedError(reason or f'"{name}" is being measured already.')
        self._runner = BenchmarkRunner(
            self._client,
            model=model,
            nonce=self._clock().isoformat(),
            tell=self._on_progress,
            keep_alive=self._keep_alive(model.name),
        )
        if self._answering:
            self._runner.give_way()
        self._progress = BenchmarkProgress(model.name)
        self._ending = BenchmarkFailed(model.name, "")
        task = self._tasks.spawn(self._measure(self._runner, model), name=f"benchmark of {model.name}")
        task.add_done_callback(self._on_ended)  # one that is cancelled before its first step ends too
        self._cancel = task.cancel

    def cancel(self) -> None:
        """End the benchmark now, if there is one; the server is told to stop."""
        if self._progress is not None:
            self._cancel()

    async def results(self, name: str) -> tuple[Benchmark, ...]:
        """A model's benchmarks, newest first, those of its earlier versions too.

        Raises:
            StorageError: the database cannot be used.
        """
        return await self._store.benchmarks(name)

    async def _measure(self, runner: BenchmarkRunner, model: Model) -> None:
        try:
            benchmark = self._told(model, await runner.measure())
            self._ending = BenchmarkFinished(benchmark)
            await self._keep(benchmark)
        except DeskError as error:
            log.info("A benchmark failed: %s", type(error).__name__)
            self._ending = BenchmarkFailed(model.name, str(error))

    def _on_ended(self, _task: object) -> None:
        self._runner = self._progress = None
        self._bus.publish(self._ending)

    def _told(self, model: Model, measured: Measured) -> Benchmark:
        status, running = self._status(), measured.running
        return Benchmark(
            model.name,
            self._clock(),
            measured.rows,
            digest=model.digest,
            load_s=measured.load_s,
            context_length=running.context_length if running is not None else 0,
            gpu_percent=gpu_percent(running) if running is not None else None,
            server=status.kind,
            server_version=status.version,
        )

    async def _keep(self, benchmark: Benchmark) -> None:
        try:
            await self._store.add_benchmark(benchmark)
        except StorageError as error:
            self._bus.publish(NoticeRaised(f"{error} The benchmark is shown, but not kept."))

    def _on_progress(self, progress: BenchmarkProgress) -> None:
        self._progress = progress
        self._bus.publish(BenchmarkProgressed(progress))

    def _on_pulls_changed(self, event: PullsChanged) -> None:
        self._is_pulling = any(job.state is PullState.RUNNING for job in event.jobs)

    def _on_turn_started(self, event: TurnStarted) -> None:
        self._answering.add(event.answer.id)
        if self._runner is not None:
            self._runner.give_way()

    def _on_turn_ended(self, event: TurnFinished | TurnStopped | TurnFailed) -> None:
        self._answering.discard(event.message.id)
        if self._runner is not None and not self._answering:
            self._runner.go_on()
