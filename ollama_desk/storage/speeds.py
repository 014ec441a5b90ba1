"""What is kept of the models' speed: their last answers, and their benchmarks."""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import TypeVar

import msgspec

from ollama_desk.domain.benchmark import Benchmark, BenchmarkRow
from ollama_desk.domain.server import ServerKind
from ollama_desk.domain.speed import FEWEST_TOKENS, Speed
from ollama_desk.storage.database import Database, Durability
from ollama_desk.storage.rows import from_ms, storable, to_ms

log = logging.getLogger(__name__)
T = TypeVar("T")

MOST_ANSWERS = 500  # of one model; the oldest go
MOST_BENCHMARKS = 20  # of one model
MICROSECONDS = 1_000_000
LARGEST = 2**62  # what a server says of its durations is not ours to believe
DAMAGED = (ValueError, IndexError, TypeError, OverflowError, msgspec.MsgspecError)

ADD = (
    "INSERT INTO speeds (model, at, prompt_tokens, answer_tokens, answer_us, prompt_us, first_token_us, load_us,"
    " context_length, gpu_percent, digest, server) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
PRUNE = (
    "DELETE FROM speeds WHERE model = ?1 AND id <="
    " (SELECT id FROM speeds WHERE model = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)"
)
RATES = (
    "SELECT model, digest, answer_tokens * 1000000.0 / answer_us FROM speeds"
    " WHERE answer_tokens >= ?1 AND answer_us > 0 AND (?2 IS NULL OR model = ?2)"
)
ADD_BENCHMARK = (
    "INSERT INTO benchmarks (at, model, digest, load_us, context_length, gpu_percent, server, server_version,"
    " measured) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
PRUNE_BENCHMARKS = (
    "DELETE FROM benchmarks WHERE model = ?1 AND id <="
    " (SELECT id FROM benchmarks WHERE model = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)"
)


class SpeedStore:
    """Every method raises ``StorageError`` where the database cannot be used.

    What is written survives the death of the program, and may be lost in a power cut.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, speed: Speed) -> None:
        """Keep what an answer told; of each model the last 500."""
        name = storable(speed.model)
        values = (
            name,
            to_ms(speed.at),
            min(speed.prompt_tokens, LARGEST),
            min(speed.answer_tokens, LARGEST),
            _us(speed.answer_s),
            _us(speed.prompt_s),
            _us(speed.first_token_s),
            _us(speed.load_s),
            speed.context_length,
            speed.gpu_percent,
            storable(speed.digest),
            speed.server.value,
        )

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(ADD, values)
            connection.execute(PRUNE, (name, MOST_ANSWERS))

        await self._database.write(work, durability=Durability.CRASH)

    async def of(self, model: str) -> tuple[Speed, ...]:
        """What is kept of a model's answers, oldest first."""

        def work(connection: sqlite3.Connection) -> list[sqlite3.Row]:
            return connection.execute("SELECT * FROM speeds WHERE model = ? ORDER BY id", (storable(model),)).fetchall()

        return _readable(await self._database.read(work), _speed)

    async def medians(self, model: str | None = None) -> dict[str, Mapping[str, float]]:
        """The median of tokens a second by the digest of its versions, of one model or of every one."""
        name = None if model is None else storable(model)

        def work(connection: sqlite3.Connection) -> dict[str, Mapping[str, float]]:
            found: dict[str, dict[str, list[float]]] = {}
            for owner, digest, rate in connection.execute(RATES, (FEWEST_TOKENS, name)):
                found.setdefault(owner, {}).setdefault(digest, []).append(rate)
            return {owner: {each: median(rates) for each, rates in by.items()} for owner, by in found.items()}

        return await self._database.read(work)

    async def rename(self, old: str, new: str) -> None:
        """A model is called otherwise: its history goes with it, behind what there is of that name."""
        names = (storable(new), storable(old))

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE speeds SET model = ? WHERE model = ?", names)
            connection.execute("UPDATE benchmarks SET model = ? WHERE model = ?", names)
            connection.execute(PRUNE, (names[0], MOST_ANSWERS))
            connection.execute(PRUNE_BENCHMARKS, (names[0], MOST_BENCHMARKS))

        await self._database.write(work, durability=Durability.CRASH)

    async def add_benchmark(self, benchmark: Benchmark) -> None:
        """Keep a benchmark; of each model the last 20."""
        name = storable(benchmark.model)
        values = (
            to_ms(benchmark.at),
            name,
            storable(benchmark.digest),
            _us(benchmark.load_s),
            benchmark.context_length,
            benchmark.gpu_percent,
            benchmark.server.value,
            storable(benchmark.server_version),
            msgspec.json.encode(benchmark.rows).decode(),
        )

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(ADD_BENCHMARK, values)
            connection.execute(PRUNE_BENCHMARKS, (name, MOST_BENCHMARKS))

        await self._database.write(work, durability=Durability.CRASH)

    async def benchmarks(self, model: str) -> tuple[Benchmark, ...]:
        """A model's benchmarks, newest first."""

        def work(connection: sqlite3.Connection) -> list[sqlite3.Row]:
            query = "SELECT * FROM benchmarks WHERE model = ? ORDER BY id DESC"
            return connection.execute(query, (storable(model),)).fetchall()

        return _readable(await self._database.read(work), _benchmark)


def _us(seconds: float | None) -> int | None:
    return None if seconds is None else min(round(seconds * MICROSECONDS), LARGEST)


def _seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / MICROSECONDS


def _readable(rows: Iterable[sqlite3.Row], parse: Callable[[sqlite3.Row], T]) -> tuple[T, ...]:
    """What can be read: nothing else hangs on a measurement."""
    whole: list[T] = []
    damaged = 0
    for row in rows:
        try:
            whole.append(parse(row))
        except DAMAGED:
            damaged += 1
    if damaged:
        log.warning("Measurements of speed that are left out, their rows are damaged: %d", damaged)
    return tuple(whole)


def _speed(row: sqlite3.Row) -> Speed:
    return Speed(
        model=row["model"],
        at=from_ms(row["at"]),
        digest=row["digest"],
        prompt_tokens=row["prompt_tokens"],
        answer_tokens=row["answer_tokens"],
        prompt_s=_seconds(row["prompt_us"]),
        answer_s=row["answer_us"] / MICROSECONDS,
        first_token_s=_seconds(row["first_token_us"]),
        load_s=_seconds(row["load_us"]),
        context_length=row["context_length"],
        gpu_percent=row["gpu_percent"],
        server=ServerKind(row["server"]),
    )


def _benchmark(row: sqlite3.Row) -> Benchmark:
    return Benchmark(
        id=row["id"],
        model=row["model"],
        at=from_ms(row["at"]),
        rows=msgspec.json.decode(row["measured"], type=tuple[BenchmarkRow, ...]),
        digest=row["digest"],
        load_s=_seconds(row["load_us"]),
        context_length=row["context_length"],
        gpu_percent=row["gpu_percent"],
        server=ServerKind(row["server"]),
        server_version=row["server_version"],
    )
