"""The speed of each model: kept after every answer, told as a history and as medians."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.chat import Message, TurnStats
from ollama_desk.domain.errors import OllamaError, StorageError
from ollama_desk.domain.events import (
    ModelRenamed,
    SpeedsChanged,
    TurnFailed,
    TurnFinished,
    TurnStarted,
    TurnStopped,
)
from ollama_desk.domain.model_names import DEFAULT_TAG
from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.domain.server import ServerStatus
from ollama_desk.domain.speed import Speed, SpeedSummary, placed, since, speed_of, summary_of
from ollama_desk.services.benchmark import BenchmarkService
from ollama_desk.services.benchmark_run import loaded_as
from ollama_desk.storage.speeds import SpeedStore

log = logging.getLogger(__name__)


class Models(Protocol):
    """What the server has."""

    @property
    def models(self) -> tuple[Model, ...]: ...
    @property
    def running(self) -> tuple[RunningModel, ...]: ...


class Loaded(Protocol):
    """Who knows what is in memory now: the client of a server."""

    async def ps(self) -> tuple[RunningModel, ...]: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """How things were when an answer was begun."""

    was_loaded: bool
    earlier: TurnStats | None  # of the answer that is continued


class SpeedService:
    """What cannot be saved is lost: nothing else hangs on it.

    Args:
        store: keeps the measurements.
        bus: tells of the answers, and is told of the changes.
        tasks: owns what is started here.
        models: what the server has.
        client: the server.
        status: of the server.
        bench: measures on request.
    """

    def __init__(
        self,
        store: SpeedStore,
        *,
        bus: EventBus,
        tasks: TaskScope,
        models: Models,
        client: Loaded,
        status: Callable[[], ServerStatus],
        bench: BenchmarkService,
        clock: Callable[[], datetime],
    ) -> None:
        self.bench = bench
        self._store = store
        self._bus = bus
        self._tasks = tasks
        self._models = models
        self._client = client
        self._status = status
        self._clock = clock
        self._asked: dict[int, Asked] = {}  # by the answer's id
        self._medians: dict[str, Mapping[str, float]] = {}  # by name, then digest
        bus.subscribe(TurnStarted, self._on_turn_started)
        bus.subscribe(TurnFinished, self._on_turn_finished)
        bus.subscribe(TurnStopped, self._on_turn_lost)
        bus.subscribe(TurnFailed, self._on_turn_lost)
        bus.subscribe(ModelRenamed, self._on_model_renamed)
        tasks.spawn(self._read_medians(), name="speeds of the models")

    def digest_of(self, name: str) -> str:
        """Which version of a model is installed; empty where that is not known."""
        model = loaded_as(name, self._models.models)
        return model.digest if model is not None else ""

    async def history(self, name: str) -> tuple[Speed, ...]:
        """What the last 500 answers of a model told, oldest first, those of its earlier versions too.

        Raises:
            StorageError: the database cannot be used.
        """
        return await self._store.of(name)

    async def summary(self, name: str) -> SpeedSummary:
        """Medians over the answers of the version that is installed.

        Raises:
            StorageError: the database cannot be used.
        """
        return summary_of(await self.history(name), self.digest_of(name))

    def medians(self) -> Mapping[str, float]:
        """The median of tokens a second of each installed model that has answered, by name."""
        found: dict[str, float] = {}
        for model in self._models.models:
            by_version = self._medians.get(model.name, {})
            median = by_version.get(model.digest, by_version.get(""))
            if median is not None:
                found[model.name] = median
        return found

    async def rename(self, old: str, new: str) -> None:
        """A model is called otherwise: its history and its benchmarks go with it.

        Raises:
            StorageError: the database cannot be used.
        """
        await self._store.rename(old, new)
        self._medians.pop(old, None)
        await self._refresh(new)
        self._bus.publish(SpeedsChanged(old))
        self._bus.publish(SpeedsChanged(new))

    def _on_model_renamed(self, event: ModelRenamed) -> None:
        self._tasks.spawn(self._rename(event), name=f"speeds of {event.new_name}")

    async def _rename(self, event: ModelRenamed) -> None:
        try:
            await self.rename(event.name, _whole(event.new_name))
        except StorageError as error:
            log.info("The speeds of a model do not follow its name: %s", error)

    def _on_turn_started(self, event: TurnStarted) -> None:
        answer = event.answer
        loaded = loaded_as(answer.model, self._models.running)
        self._asked[answer.id] = Asked(
            was_loaded=loaded is not None and not loaded.is_loading,
            earlier=answer.stats,
        )

    def _on_turn_lost(self, event: TurnStopped | TurnFailed) -> None:
        self._asked.pop(event.message.id, None)

    def _on_turn_finished(self, event: TurnFinished) -> None:
        message = event.message
        asked = self._asked.pop(message.id, Asked(was_loaded=False, earlier=None))
        if message.stats is not None and message.stats.answer_tokens > 0:
            self._tasks.spawn(self._keep(message, message.stats, asked), name=f"speed of answer {message.id}")

    async def _keep(self, message: Message, stats: TurnStats, asked: Asked) -> None:
        model = loaded_as(message.model, self._models.models)
        speed = speed_of(
            model.name if model is not None else message.model,
            stats if asked.earlier is None else since(asked.earlier, stats),
            at=self._clock(),
            was_loaded=asked.was_loaded,
        )
        digest = model.digest if model is not None else ""
        speed = replace(speed, digest=digest, server=self._status().kind)
        speed = placed(speed, await self._place(speed, asked))
        try:
            await self._store.add(speed)
            await self._refresh(speed.model)
        except StorageError as error:
            log.info("The speed of an answer is not kept: %s", error)
        else:
            self._bus.publish(SpeedsChanged(speed.model))

    async def _place(self, speed: Speed, asked: Asked) -> RunningModel | None:
        """Where the model lies; the list of before tells it unless the model was loaded since."""
        known = loaded_as(speed.model, self._models.running)
        if known is not None and asked.was_loaded and speed.load_s is None:
            return known
        try:
            return loaded_as(speed.model, await self._client.ps())
        except OllamaError as error:
            log.info("It could not be told where a model lies: %s", error)
            return None

    async def _refresh(self, name: str) -> None:
        self._medians |= await self._store.medians(name)

    async def _read_medians(self) -> None:
        try:
            self._medians |= await self._store.medians()
        except StorageError as error:
            log.info("The speeds of the models could not be read: %s", error)
        else:
            if self._medians:
                self._bus.publish(SpeedsChanged(""))


def _whole(name: str) -> str:
    """A name as servers list it."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:{DEFAULT_TAG}"
