"""A job with what only the running program knows of it, and the order in which jobs have their turn."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ollama_desk.domain.pull_progress import Pace, Progress
from ollama_desk.domain.pulls import PullJob, PullPhase, PullState
from ollama_desk.registry.reference import ModelName, parse_name
from ollama_desk.services.pulls_run import PullRun
from ollama_desk.services.pulls_trouble import Way

ALIVE = (PullState.QUEUED, PullState.RUNNING, PullState.WAITING)
SLOW = (PullPhase.LOOKING_UP, PullPhase.DOWNLOADING)  # phases in which silence is worth telling


@dataclass(slots=True)
class Entry:
    """One job."""

    job: PullJob
    name: ModelName
    progress: Progress
    pace: Pace | None = None
    run: PullRun | None = None
    task: asyncio.Task[None] | None = None
    then: PullState = PullState.PAUSED  # what it becomes when its run is stopped
    waits_for: Way | None = None
    not_before_s: float = 0.0  # of the loop's clock
    failed: int = 0  # in a row, nothing having come in between
    misfits: int = 0
    has_mended: bool = False
    told_at_s: float = 0.0
    came_before: int = 0  # bytes, at the end of the last attempt

    @classmethod
    def of(cls, job: PullJob) -> "Entry":
        """Raises ``InvalidNameError``."""
        return cls(job, parse_name(job.name), Progress(job.layers))

    @property
    def is_alive(self) -> bool:
        """Whether it goes on by itself."""
        return self.job.state in ALIVE

    @property
    def is_waiting_its_turn(self) -> bool:
        return self.task is None and self.job.state in (PullState.QUEUED, PullState.WAITING)

    def begin_anew(self) -> None:
        """Forget what went wrong before."""
        self.waits_for, self.not_before_s, self.failed, self.misfits, self.has_mended = None, 0.0, 0, 0, False

    def change(self, **changes: Any) -> PullJob:
        """The job with these fields, and with what has come."""
        progress = self.progress
        self.job = replace(
            self.job,
            **{
                "phase": progress.phase,
                "total_bytes": progress.total_bytes,
                "completed_bytes": progress.completed_bytes,
                "layers": progress.layers,
                **changes,
            },
        )
        return self.job

    def look(self, now_s: float) -> PullJob:
        """The job as a running one is now."""
        progress, pace = self.progress, self.pace
        if pace is None:
            return self.change()
        missing = progress.total_bytes - progress.completed_bytes
        is_slow = progress.phase in SLOW and pace.is_stalled(now_s)
        return self.change(
            bytes_per_s=pace.bytes_per_s(now_s),
            left_s=pace.left_s(missing, now_s) if progress.phase is PullPhase.DOWNLOADING else None,
            is_stalled=is_slow,
            is_refetching=progress.is_refetching,
        )

    def rest(self, state: PullState, reason: str = "", ended_at: datetime | None = None) -> PullJob:
        """The job as one that does not run."""
        self.pace = None
        return self.change(
            state=state, reason=reason, ended_at=ended_at, phase=self.progress.phase,
            bytes_per_s=0.0, left_s=None, is_stalled=False, is_refetching=False,
        )  # fmt: skip


class Queue:
    """All jobs: those that are not over in their order, then those that are, the last one first."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries)

    @property
    def jobs(self) -> tuple[PullJob, ...]:
        return tuple(entry.job for entry in (*self.going, *self.over))

    @property
    def going(self) -> list[Entry]:
        return [entry for entry in self._entries if not entry.job.state.is_over]

    @property
    def over(self) -> list[Entry]:
        ended = [entry for entry in self._entries if entry.job.state.is_over]
        return sorted(ended, key=lambda entry: (entry.job.ended_at or entry.job.added_at, entry.job.id), reverse=True)

    @property
    def running(self) -> list[Entry]:
        return [entry for entry in self._entries if entry.task is not None]

    def find(self, job_id: int) -> Entry | None:
        return next((entry for entry in self._entries if entry.job.id == job_id), None)

    def named(self, key: str) -> list[Entry]:
        """Those that mean the same model."""
        return [entry for entry in self._entries if entry.name.key == key]

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)

    def remove(self, entries: Iterable[Entry]) -> None:
        gone = {entry.job.id for entry in entries}
        self._entries = [entry for entry in self._entries if entry.job.id not in gone]

    def move(self, entry: Entry, place: int) -> list[int]:
        """Put a job at ``place`` (from 0) among those that are not over; the ids of all in their order."""
        rest = [other for other in self.going if other is not entry]
        place = max(0, min(place, len(rest)))
        self._entries = [*rest[:place], entry, *rest[place:], *self.over]
        return [each.job.id for each in self._entries]

    def shares(self, digest: str, entry: Entry) -> bool:
        """Whether another job that may go on has the blob too."""
        others = (other for other in self._entries if other is not entry and other.job.state is not PullState.FINISHED)
        return any(layer.digest == digest for other in others for layer in other.progress.layers)
