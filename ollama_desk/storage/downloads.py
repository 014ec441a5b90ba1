"""Downloads and their order, kept so that they go on after a restart."""

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ollama_desk.domain.pulls import LayerProgress, PullJob, PullState
from ollama_desk.storage.database import Database, Durability
from ollama_desk.storage.rows import from_ms, storable, to_ms

log = logging.getLogger(__name__)

WAS_ALIVE = (PullState.RUNNING, PullState.WAITING)
DAMAGED = (ValueError, IndexError, TypeError, OverflowError, msgspec.MsgspecError)


class DownloadStore:
    """Every method raises ``StorageError`` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[PullJob, ...]:
        """Every job, in the order of the queue; what ran when the program ended waits for its turn again."""

        def work(connection: sqlite3.Connection) -> list[sqlite3.Row]:
            return connection.execute("SELECT * FROM downloads ORDER BY position, id").fetchall()

        found = [_job(row) for row in await self._database.read(work)]
        return tuple(job for job in found if job is not None)

    async def add(self, name: str, *, insecure: bool, at: datetime) -> PullJob:
        """A new job at the end of the queue."""
        values = (to_ms(at), int(insecure), storable(name), PullState.QUEUED.value)

        def work(connection: sqlite3.Connection) -> PullJob:
            made = connection.execute(
                "INSERT INTO downloads (position, added_at, insecure, name, state, reason, layers)"
                " VALUES ((SELECT IFNULL(MAX(position), 0) + 1 FROM downloads), ?, ?, ?, ?, '', '[]')",
                values,
            )
            return PullJob(made.lastrowid or 0, storable(name), PullState.QUEUED, at, insecure=insecure)

        return await self._database.write(work)

    async def save(self, job: PullJob, *, is_passing: bool = False) -> None:
        """Keep what a job is now; what is passing may be lost in a power cut. Nothing where it was removed."""
        values = (
            job.state.value,
            storable(job.reason),
            msgspec.json.encode(job.layers).decode(),
            None if job.ended_at is None else to_ms(job.ended_at),
            job.id,
        )

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE downloads SET state = ?, reason = ?, layers = ?, ended_at = ? WHERE id = ?", values
            )

        await self._database.write(work, durability=Durability.CRASH if is_passing else Durability.POWER_CUT)

    async def arrange(self, ids: Sequence[int]) -> None:
        """Let this be the order of the queue."""
        rows = list(enumerate(ids, 1))
        await self._database.write(
            lambda connection: connection.executemany("UPDATE downloads SET position = ? WHERE id = ?", rows).rowcount
        )

    async def remove(self, ids: Iterable[int]) -> None:
        rows = [(each,) for each in ids]
        await self._database.write(
            lambda connection: connection.executemany("DELETE FROM downloads WHERE id = ?", rows).rowcount
        )


def _job(row: sqlite3.Row) -> PullJob | None:
    """None for a row that cannot be read: a download can be asked for again."""
    try:
        state = PullState(row["state"])
        layers = msgspec.json.decode(row["layers"], type=tuple[LayerProgress, ...])
        return PullJob(
            id=row["id"],
            name=row["name"],
            state=PullState.QUEUED if state in WAS_ALIVE else state,
            added_at=from_ms(row["added_at"]),
            insecure=bool(row["insecure"]),
            total_bytes=sum(layer.total_bytes for layer in layers),
            completed_bytes=sum(layer.completed_bytes for layer in layers),
            reason="" if state in WAS_ALIVE else row["reason"],
            layers=layers,
            ended_at=None if row["ended_at"] is None else from_ms(row["ended_at"]),
        )
    except DAMAGED as error:
        log.warning("A download is left out of the list, its row is damaged: %s", error)
        return None
