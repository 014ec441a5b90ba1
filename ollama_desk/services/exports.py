"""Writes installed models to GGUF files of the person's own, one at a time; the others wait their turn."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace as but
from pathlib import Path
from typing import Protocol

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError, ModelFileError, NameTakenError, StorageError
from ollama_desk.domain.events import ExportFailed, ExportFinished, ExportProgressed, ExportsChanged
from ollama_desk.domain.exports import ExportJob, ExportOffer, ExportState, proposed_file_name
from ollama_desk.domain.models import Model
from ollama_desk.domain.pace import Pace
from ollama_desk.domain.server import ServerStatus
from ollama_desk.registry.exporting import Exportable, exportable
from ollama_desk.registry.reference import parse_name
from ollama_desk.services.export_run import ExportRun

log = logging.getLogger(__name__)

PLACE_ERRORS = (StorageError, NameTakenError)
KEPT = 20  # ended exports that are remembered


class Models(Protocol):
    """What the server has."""

    @property
    def models(self) -> tuple[Model, ...]: ...


class ExportsService:
    """Says what an export would be, does it, publishes how it goes.

    Args:
        models: what the server has.
        status: of the server.
        folder: where its models lie; None where they cannot be read from here.
        bus: for the events.
        tasks: owns the exports.
    """

    def __init__(
        self,
        models: Models,
        *,
        status: Callable[[], ServerStatus],
        folder: Callable[[], Awaitable[Path | None]],
        bus: EventBus,
        tasks: TaskScope,
    ) -> None:
        self._models = models
        self._status = status
        self._folder = folder
        self._bus = bus
        self._tasks = tasks
        self._jobs: dict[int, ExportJob] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._paces: dict[int, Pace] = {}
        self._ids = itertools.count(1)
        self._turn = asyncio.Lock()

    @property
    def jobs(self) -> tuple[ExportJob, ...]:
        """The exports, the oldest first, the latest ended ones among them."""
        return tuple(self._jobs.values())

    def refusal(self, name: str = "") -> str:
        """Why ``name``, or any model, cannot be exported, as far as that is known without looking; empty: it may be."""
        if not self._status().address.is_local:
            return "The server is on another machine: the files of its models cannot be read from here."
        model = next((model for model in self._models.models if model.name == name), None)
        if model is not None and model.remote_host:
            return f"This model runs at {model.remote_host}: its weights are not on this machine."
        return ""

    async def offer(self, name: str) -> ExportOffer:
        """What would be written of an installed model.

        Raises:
            ModelFileError: it cannot be exported; the sentence says why.
        """
        model = await self._exportable(name)
        parsed = parse_name(name)
        kind = next((model.quantization for model in self._models.models if model.name == name), "")
        return ExportOffer(
            name=name,
            file_name=proposed_file_name(parsed.model, parsed.tag, kind),
            weights_bytes=model.weights_bytes,
            projector_bytes=model.projector_bytes,
            adapter_count=model.adapter_count,
        )

    def start(self, name: str, path: Path, *, replace: bool = False) -> int:
        """Begin an export, or queue it behind the one that runs; its id.

        Args:
            name: of an installed model.
            path: of the file with the weights.
            replace: whether a file at ``path`` may go, because the person said so.
        """
        job = ExportJob(next(self._ids), name, path, ExportState.QUEUED)
        self._jobs[job.id] = job
        self._paces[job.id] = Pace()
        self._running[job.id] = self._tasks.spawn(self._run(job.id, replace=replace), name="export a model")
        self._changed()
        return job.id

    def cancel(self, job_id: int) -> None:
        """Stop an export; nothing of it stays. An ended one is not changed."""
        task = self._running.get(job_id)
        if task is not None:
            task.cancel()
            if self._jobs[job_id].state is ExportState.QUEUED:  # its task may never have begun
                self._end(job_id, ExportState.CANCELLED)

    async def _run(self, job_id: int, *, replace: bool) -> None:
        job = self._jobs[job_id]
        try:
            async with self._turn:  # no time limit: it is the turn of the one before for as long as that takes
                model = await self._exportable(job.name)
                self._jobs[job_id] = but(self._jobs[job_id], adapter_count=model.adapter_count)
                run = ExportRun(
                    model, job.path, replace=replace, tell=lambda state, *counts: self._tell(job_id, state, *counts)
                )
                files = await run.run()
        except asyncio.CancelledError:
            self._end(job_id, ExportState.CANCELLED)
            raise
        except DeskError as error:
            log.info("an export failed: %s", type(error).__name__)
            self._jobs[job_id] = but(self._jobs[job_id], is_about_place=isinstance(error, PLACE_ERRORS))
            self._end(job_id, ExportState.FAILED, reason=str(error))
        else:
            self._end(job_id, ExportState.FINISHED, files=files)

    async def _exportable(self, name: str) -> Exportable:
        refusal = self.refusal(name)
        if refusal:
            raise ModelFileError(refusal)
        folder = await self._folder()
        if folder is None:
            raise ModelFileError("The models folder of this server cannot be read from here.")
        return await asyncio.to_thread(exportable, folder, parse_name(name))

    def _tell(self, job_id: int, state: ExportState, total: int, done: int) -> None:
        old = self._jobs[job_id]
        if old.state is not state:
            self._paces[job_id] = Pace()
        speed = self._paces[job_id].at(asyncio.get_running_loop().time(), done)
        left_s = (total - done) / speed if speed > 0 else None
        job = but(old, state=state, total_bytes=total, completed_bytes=done, bytes_per_s=speed, left_s=left_s)
        self._jobs[job_id] = job
        if old.state is not state:
            self._changed()
        self._bus.publish(ExportProgressed(job))

    def _end(self, job_id: int, state: ExportState, *, files: tuple[Path, ...] = (), reason: str = "") -> None:
        self._running.pop(job_id, None)
        self._paces.pop(job_id, None)
        old = self._jobs.get(job_id)
        if old is None or old.state.is_over:
            return
        job = self._jobs[job_id] = but(old, state=state, bytes_per_s=0.0, left_s=None, files=files, reason=reason)
        over = [each.id for each in self._jobs.values() if each.state.is_over]
        for forgotten in over[:-KEPT]:
            del self._jobs[forgotten]
        self._changed()
        if state is ExportState.FINISHED:
            self._bus.publish(ExportFinished(job))
        elif state is ExportState.FAILED:
            self._bus.publish(ExportFailed(job))

    def _changed(self) -> None:
        self._bus.publish(ExportsChanged(self.jobs))
