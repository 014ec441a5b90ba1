"""The models folder in order: what it holds, whether it is whole, what can go, and how a damaged model is mended."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.core.threads import to_end
from ollama_desk.domain.errors import StorageError, UpkeepRefusedError
from ollama_desk.domain.events import (
    MoveChanged,
    PullFinished,
    PullsChanged,
    ServerStateChanged,
    UpkeepChanged,
    VerifyProgressed,
)
from ollama_desk.domain.pulls import PullJob
from ollama_desk.domain.server import ServerStatus
from ollama_desk.domain.upkeep import (
    BlobVerdict,
    CleanedUp,
    DiskUse,
    Leftover,
    ModelUse,
    Upkeep,
    VerifyProgress,
    health_of,
)
from ollama_desk.registry.leftovers import MIN_AGE_S, SETTLE_S, find_leftovers, put_back, remove_leftovers
from ollama_desk.registry.repairing import has_moved, settle
from ollama_desk.registry.usage import disk_use
from ollama_desk.services.upkeep_reading import Reading
from ollama_desk.services.upkeep_repair import Pulls, Repair
from ollama_desk.services.upkeep_rules import Imports, awaited_digests, kept_digests, refusal, unseen_because

log = logging.getLogger(__name__)


class UpkeepService:
    """Looks at the folder when it is asked to, and publishes what it finds.

    Args:
        pulls: what is being downloaded.
        imports: what is being imported.
        status: of the server.
        folder: where the models lie, if they can be seen from here.
        sharing: who else works in a folder, in words; empty where nobody does.
        bus: for ``UpkeepChanged`` and ``VerifyProgressed``.
        tasks: owns the verification.
        min_age_s: what is younger is no leftover.
        settle_s: see ``registry.leftovers``.
    """

    def __init__(
        self,
        pulls: Pulls,
        imports: Imports,
        *,
        status: Callable[[], ServerStatus],
        folder: Callable[[], Awaitable[Path | None]],
        sharing: Callable[[Path], Awaitable[str]],
        bus: EventBus,
        tasks: TaskScope,
        min_age_s: float = MIN_AGE_S,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._pulls = pulls
        self._imports = imports
        self._status = status
        self._folder = folder
        self._sharing = sharing
        self._bus = bus
        self._tasks = tasks
        self._min_age_s = min_age_s
        self._settle_s = settle_s
        self._state = Upkeep()
        self._seen: Path | None = None
        self._verdicts: dict[str, BlobVerdict] = {}
        self._owners: dict[str, str] = {}  # by digest, the model that it was seen to belong to
        self._reading: Reading | None = None
        self._task: asyncio.Task[None] | None = None
        self._repaired: dict[int, frozenset[str]] = {}  # by download, the digests that it brings anew
        self._changing = asyncio.Lock()
        self._is_moving = False
        self._is_recovered = False
        bus.subscribe(MoveChanged, self._on_move_changed)
        bus.subscribe(PullFinished, self._on_pull_finished)
        bus.subscribe(PullsChanged, self._on_pulls_changed)
        bus.subscribe(ServerStateChanged, self._on_server_state_changed)

    @property
    def state(self) -> Upkeep:
        """What was known when it was looked at last."""
        return self._state

    async def usage(self) -> Upkeep:
        """Look at the folder now.

        Raises:
            StorageError: it cannot be read.
        """
        async with self._changing:
            return await self._look()

    async def verify(self, names: Iterable[str] | None = None) -> None:
        """Begin to read the files of these models, or of all; one that goes on already goes on.

        Raises:
            UpkeepRefusedError: they are not on this machine.
            StorageError: the folder cannot be read.
        """
        state = await self.usage()
        if state.use is None or self._seen is None:
            raise UpkeepRefusedError(state.unseen)
        wanted = None if names is None else frozenset(names)
        chosen = [model for model in state.use.models if wanted is None or model.name in wanted]
        self._read({layer.digest for model in chosen for layer in model.layers})

    def pause(self) -> None:
        """Let the verification rest."""
        if self._reading is not None:
            self._reading.pause(on=True)

    def resume(self) -> None:
        """Let it go on."""
        if self._reading is not None:
            self._reading.pause(on=False)

    def cancel(self) -> None:
        """End the verification; what was read is known."""
        if self._task is not None:
            self._task.cancel()

    async def leftovers(self, *, recent: bool = False) -> tuple[Leftover, ...]:
        """What could go, the largest first.

        Args:
            recent: also what was written to in the last minutes, which another program may be about to need.

        Raises:
            UpkeepRefusedError: nothing may be removed there.
            StorageError: the folder cannot be read.
        """
        async with self._changing:
            folder = await self._own()
            work = partial(find_leftovers, folder, keep=self._kept(), min_age_s=0.0 if recent else self._min_age_s)
            found = await asyncio.to_thread(work)
        owners = self._known_owners()
        return tuple(replace(each, belonged_to=owners.get(each.digest, each.belonged_to)) for each in found)

    async def clean_up(self, leftovers: Iterable[Leftover]) -> CleanedUp:
        """Remove what ``leftovers`` found, but what somebody has come to need.

        Raises:
            UpkeepRefusedError: nothing may be removed there now.
            StorageError: the folder cannot be read; nothing was removed that is needed.
        """
        wanted = tuple(leftovers)
        async with self._changing:
            folder = await self._own()
            freed = await to_end(partial(remove_leftovers, folder, wanted, settle_s=self._settle_s, needed=self._kept))
            there = {each.digest or each.files for each in await asyncio.to_thread(find_leftovers, folder, min_age_s=0)}
            await self._look()
        return CleanedUp(freed, sum((each.digest or each.files) in there for each in wanted))

    async def repair(self, name: str) -> PullJob:
        """Download the damaged files of a model again, and only those.

        Raises:
            UpkeepRefusedError: it cannot be mended like this; the sentence says what to do.
            RegistryError, PullRefusedError: it cannot be had now; everything is as it was.
            StorageError: a file cannot be moved.
        """
        async with self._changing:
            folder = await self._own()
            state = await self._look()
            repair = Repair(folder, state, pulls=self._pulls)
            job, digests = await repair.begin(name)
            self._repaired[job.id] = digests
            await self._look()
        return job

    async def _own(self) -> Path:
        """The folder, where something may be changed in it. Raises ``UpkeepRefusedError`` or ``StorageError``."""
        state = await self._look()
        if self._seen is None or state.untouchable:
            raise UpkeepRefusedError(state.unseen or state.untouchable)
        return self._seen

    async def _look(self) -> Upkeep:
        folder = await self._folder()
        if folder != self._seen:
            self._verdicts.clear()
        self._seen = folder
        if folder is None:
            return self._become(use=None, unseen=unseen_because(self._status()), untouchable="")
        shared_with = await self._sharing(folder)
        untouchable = refusal(
            self._status(),
            shared_with=shared_with,
            imports=self._imports.jobs,
            pulls=self._pulls.jobs,
            is_moving=self._is_moving,
        )
        use = await asyncio.to_thread(self._use_of, folder, may_touch=not (untouchable or shared_with))
        self._owners |= {layer.digest: model.name for model in use.models for layer in model.layers}
        return self._become(use=use, unseen="", untouchable=untouchable)

    def _use_of(self, folder: Path, *, may_touch: bool) -> DiskUse:
        use = disk_use(folder, keep=self._kept())
        if may_touch and has_moved(folder):
            put_back(folder)
            settle(folder, awaited_digests(use, self._pulls.jobs))
            use = disk_use(folder, keep=self._kept())
        return use

    def _read(self, digests: Iterable[str]) -> None:
        if self._task is not None or self._seen is None:
            return
        self._reading = Reading(self._seen, sorted(digests), on_progress=self._on_progress, on_verdict=self._on_verdict)
        self._become(progress=self._reading.progress)
        self._task = self._tasks.spawn(self._verify(self._reading), name="verify files")
        self._task.add_done_callback(self._on_read)  # also where it is cancelled before its first step

    async def _verify(self, reading: Reading) -> None:
        await reading.run()
        await self.usage()

    def _on_read(self, _task: asyncio.Task[None]) -> None:
        self._reading = self._task = None
        self._become(progress=None)

    def _kept(self) -> frozenset[str]:
        return kept_digests(self._pulls.jobs)

    def _known_owners(self) -> dict[str, str]:
        coming = {layer.digest: job.name for job in self._pulls.jobs for layer in job.layers}
        return self._owners | coming

    def _become(self, **changes: Any) -> Upkeep:
        state = replace(self._state, **changes)
        models: tuple[ModelUse, ...] = state.use.models if state.use is not None else ()
        state = replace(state, healths=tuple(health_of(model, self._verdicts) for model in models))
        if state != self._state:
            self._state = state
            self._bus.publish(UpkeepChanged(state))
        return state

    def _on_progress(self, progress: VerifyProgress) -> None:
        was_paused = self._state.progress is not None and self._state.progress.is_paused
        if was_paused != progress.is_paused:
            self._become(progress=progress)
        self._bus.publish(VerifyProgressed(progress))

    def _on_verdict(self, verdict: BlobVerdict) -> None:
        self._verdicts[verdict.digest] = verdict
        if verdict.damage is not None:
            self._become()

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        if event.status.is_ours and event.status.state.answers and not self._is_recovered:
            self._is_recovered = True
            self._tasks.spawn(self._recover(), name="put back what a killed clean-up moved")

    async def _recover(self) -> None:
        folder = await self._folder()
        if folder is not None and await asyncio.to_thread(has_moved, folder):
            await self.usage()

    def _on_move_changed(self, event: MoveChanged) -> None:
        self._is_moving = not event.job.state.is_over

    def _on_pull_finished(self, event: PullFinished) -> None:
        digests = self._repaired.pop(event.job.id, None)
        if digests is not None:
            self._tasks.spawn(self._check(digests), name="verify what was downloaded again")

    def _on_pulls_changed(self, event: PullsChanged) -> None:
        """What a download was to bring anew is put back when the person takes it off the list."""
        gone = self._repaired.keys() - {job.id for job in event.jobs}
        for job_id in gone:
            self._tasks.spawn(self._check(self._repaired.pop(job_id)), name="put back what was damaged")

    async def _check(self, digests: frozenset[str]) -> None:
        try:
            await self.usage()
        except StorageError as error:
            log.info("What was downloaded again could not be looked at: %s", error)
            return
        self._read(digests)
