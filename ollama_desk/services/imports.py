"""Makes models of GGUF files of the person's own, one at a time; the others wait their turn."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError, NameTakenError, OllamaError, OllamaUnreachableError
from ollama_desk.domain.events import ImportFailed, ImportFinished, ImportProgressed, ImportsChanged, ServerStateChanged
from ollama_desk.domain.imports import ImportJob, ImportOffer, ImportState, Placing
from ollama_desk.domain.pace import Pace
from ollama_desk.domain.server import ServerStatus
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.registry.reference import parse_name
from ollama_desk.services.import_offer import offer_of
from ollama_desk.services.import_run import ImportRun
from ollama_desk.services.models import ModelsService

log = logging.getLogger(__name__)

KEPT = 20  # ended imports that are remembered
SERVER_WAIT_S = 60.0  # for a server that is starting


class ImportsService:
    """Looks at files, imports them, publishes how it goes.

    Args:
        client: asks the server.
        models: knows what is installed.
        bus: for the events.
        tasks: owns the imports.
        server: the server's status now.
        own_folder: the models folder that a server of ours was started with.
    """

    def __init__(
        self,
        client: OllamaClient,
        *,
        models: ModelsService,
        bus: EventBus,
        tasks: TaskScope,
        server: Callable[[], ServerStatus],
        own_folder: Callable[[], Path],
    ) -> None:
        self._client = client
        self._models = models
        self._bus = bus
        self._tasks = tasks
        self._server = server
        self._own_folder = own_folder
        self._jobs: dict[int, ImportJob] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._paces: dict[int, Pace] = {}
        self._ids = itertools.count(1)
        self._turn = asyncio.Lock()
        self._answers = asyncio.Event()
        bus.subscribe(ServerStateChanged, self._on_server_state_changed)

    @property
    def jobs(self) -> tuple[ImportJob, ...]:
        """The imports, the oldest first, the latest ended ones among them."""
        return tuple(self._jobs.values())

    async def examine(self, paths: Sequence[Path]) -> ImportOffer:
        """What the files stand for, from their headers.

        Raises:
            ModelFileError: they are no model that could be imported; the sentence says why.
            StorageError: a file cannot be read.
        """
        folder = self._folder()
        return await asyncio.to_thread(offer_of, tuple(paths), self._taken(), folder)

    def check_name(self, name: str) -> None:
        """Whether a model could be called so.

        Raises:
            InvalidNameError: it is no name.
            NameTakenError: a model is called so, or will be when another import ends.
        """
        if parse_name(name.strip()).key in self._taken():
            raise _taken(name.strip())

    def start(
        self, offer: ImportOffer, *, name: str, with_projector: bool = True, placing: Placing = Placing.COPY
    ) -> int:
        """Begin an import, or queue it behind the one that runs; its id.

        Raises:
            InvalidNameError: ``name`` is none.
            NameTakenError: it is taken.
        """
        self.check_name(name)
        job = ImportJob(next(self._ids), parse_name(name.strip()).short, ImportState.QUEUED, offer.size_bytes)
        files = (*offer.files, offer.projector) if with_projector and offer.projector else offer.files
        self._jobs[job.id] = job
        self._paces[job.id] = Pace()
        self._running[job.id] = self._tasks.spawn(self._run(job.id, files, placing), name="import a model")
        self._changed()
        return job.id

    def cancel(self, job_id: int) -> None:
        """Stop an import; nothing of it stays. An ended one is not changed."""
        task = self._running.get(job_id)
        if task is not None:
            task.cancel()
            if self._jobs[job_id].state is ImportState.QUEUED:  # its task may never have begun
                self._end(job_id, ImportState.CANCELLED)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """None is under way meanwhile; waits for one that is, and those that are asked for wait their turn."""
        async with self._turn:
            yield

    async def _run(self, job_id: int, files: Sequence[Path], placing: Placing) -> None:
        try:
            async with self._turn:
                await self._import(job_id, files, placing)
        except asyncio.CancelledError:
            self._end(job_id, ImportState.CANCELLED)
            raise
        except DeskError as error:
            log.info("an import failed: %s", type(error).__name__)
            self._end(job_id, ImportState.FAILED, str(error))
        else:
            self._end(job_id, ImportState.FINISHED)

    async def _import(self, job_id: int, files: Sequence[Path], placing: Placing) -> None:
        await self._server_answers()
        await self._models.refresh()  # before it answered, nobody knew which names were taken
        if _key(self._jobs[job_id].name) in {_key(model.name) for model in self._models.models}:
            raise _taken(self._jobs[job_id].name)
        run = ImportRun(
            self._client,
            files=files,
            name=self._jobs[job_id].name,
            placing=placing,
            folder=self._folder(),
            tell=lambda state, total, done: self._tell(job_id, state, total, done),
        )
        await run.run()
        try:
            await self._models.refresh()
        except OllamaError as error:  # the list comes by itself, a little later
            log.info("the models could not be listed: %s", error)

    async def _server_answers(self) -> None:
        """Wait for a server that is about to answer. Raises ``OllamaUnreachableError``."""
        status = self._server()
        if status.state.answers:
            return
        try:
            async with asyncio.timeout(SERVER_WAIT_S if status.state.is_passing else 0):
                await self._answers.wait()
        except TimeoutError as error:
            raise OllamaUnreachableError("The server is not running. Start it, then import the file again.") from error

    def _folder(self) -> Path | None:
        """The models folder, where it is ours to write to."""
        status = self._server()
        return self._own_folder() if status.is_ours and status.state.answers else None

    def _taken(self) -> frozenset[str]:
        """The keys of the names that cannot be given."""
        coming = (job.name for job in self._jobs.values() if not job.state.is_over)
        names = (*(model.name for model in self._models.models), *coming)
        return frozenset(filter(None, map(_key, names)))

    def _tell(self, job_id: int, state: ImportState, total: int, done: int) -> None:
        old = self._jobs[job_id]
        if old.state is not state:
            self._paces[job_id] = Pace()
        speed = self._paces[job_id].at(asyncio.get_running_loop().time(), done)
        left_s = (total - done) / speed if speed > 0 else None
        job = replace(old, state=state, total_bytes=total, completed_bytes=done, bytes_per_s=speed, left_s=left_s)
        self._jobs[job_id] = job
        if old.state is not state:
            self._changed()
        self._bus.publish(ImportProgressed(job))

    def _end(self, job_id: int, state: ImportState, reason: str = "") -> None:
        self._running.pop(job_id, None)
        self._paces.pop(job_id, None)
        old = self._jobs[job_id]
        if old.state.is_over:
            return
        job = self._jobs[job_id] = replace(old, state=state, bytes_per_s=0.0, left_s=None, reason=reason)
        over = [each.id for each in self._jobs.values() if each.state.is_over]
        for forgotten in over[:-KEPT]:
            del self._jobs[forgotten]
        self._changed()
        if state is ImportState.FINISHED:
            self._bus.publish(ImportFinished(job))
        elif state is ImportState.FAILED:
            self._bus.publish(ImportFailed(job))

    def _changed(self) -> None:
        self._bus.publish(ImportsChanged(self.jobs))

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        if event.status.state.answers:
            self._answers.set()
        else:
            self._answers.clear()


def _taken(name: str) -> NameTakenError:
    return NameTakenError(f"A model is called {name} already. Choose another name.")


def _key(name: str) -> str:
    try:
        return parse_name(name).key
    except DeskError:
        return ""
