"""Builds what measures the models' speed."""

from collections.abc import Callable

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.server import ServerStatus
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.services.benchmark import BenchmarkService
from ollama_desk.services.library import utc_now
from ollama_desk.services.speed import Models, SpeedService
from ollama_desk.storage.database import Database
from ollama_desk.storage.speeds import SpeedStore


def open_speed(
    database: Database,
    *,
    bus: EventBus,
    tasks: TaskScope,
    client: OllamaClient,
    models: Models,
    status: Callable[[], ServerStatus],
    keep_alive: Callable[[str], str] = lambda _name: "",
) -> SpeedService:
    """The service, with the benchmarks.

    Args:
        database: keeps the measurements.
        bus: tells of answers, and is told of what was measured.
        tasks: owns what is started here.
        client: the server.
        models: what it has.
        status: of the server.
        keep_alive: how long a model stays in memory after it was used, as Ollama writes it; empty: the server decides.
    """
    store = SpeedStore(database)
    bench = BenchmarkService(
        store,
        bus=bus,
        tasks=tasks,
        client=client,
        models=lambda: models.models,
        status=status,
        keep_alive=keep_alive,
        clock=utc_now,
    )
    return SpeedService(
        store, bus=bus, tasks=tasks, models=models, client=client, status=status, bench=bench, clock=utc_now
    )
