"""Moves the models folder to another place as a job: it can be cancelled until the switch, and loses nothing."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError, MoveRefusedError, StorageError, WorkStoppedError
from ollama_desk.domain.events import MoveChanged, MoveProgressed, NoticeRaised
from ollama_desk.domain.moving import MoveJob, MoveOffer, MoveState
from ollama_desk.domain.pace import Pace
from ollama_desk.domain.server import ServerState
from ollama_desk.domain.settings import Settings
from ollama_desk.registry.move_endings import Left, is_in_reach, tidy, undo
from ollama_desk.registry.move_journal import Journal, Step, read_journal, remove_journal
from ollama_desk.registry.moving import Carrier, no_step
from ollama_desk.registry.progress import Progress
from ollama_desk.services.config import DeskConfig
from ollama_desk.services.moving_offer import offer_of, setting_text
from ollama_desk.services.moving_run import Means, MoveRun
from ollama_desk.services.server_plan import AT_REST

log = logging.getLogger(__name__)

LEAVE_S = 2.5  # of the 8 s in which the program ends
LAST_S = 0.5
NAMED = 3  # foreign files in a sentence


class Places(Protocol):
    """Where the models are."""

    @property
    def settings(self) -> Settings: ...
    @property
    def models_folder(self) -> Path: ...


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether a move can begin.

    Args:
        own_folder: where the server that was started last has its models.
        shared_with: who else works there, in words.
        busy: why the folder is in use otherwise, as a sentence; empty where it is not.
    """

    own_folder: Callable[[], Path]
    shared_with: Callable[[], str]
    busy: Callable[[], str]


class MovingService:
    """Offers moves, does one at a time, and ends what an earlier run of the program left.

    Args:
        config: how the program was started.
        places: where the models are.
        facts: what decides whether it can begin.
        means: what it is done with.
        journal_path: where the journal is kept.
        bus: for ``MoveChanged`` and ``MoveProgressed``.
        tasks: owns the move.
        may_link: whether files may get a second name instead of being copied.
        step: is told after each change of a disk.
    """

    def __init__(
        self,
        config: DeskConfig,
        *,
        places: Places,
        facts: Facts,
        means: Means,
        journal_path: Path,
        bus: EventBus,
        tasks: TaskScope,
        may_link: bool = True,
        step: Callable[[str], None] = no_step,
    ) -> None:
        self._config = config
        self._places = places
        self._facts = facts
        self._means = means
        self._journal_path = journal_path
        self._bus = bus
        self._tasks = tasks
        self._may_link = may_link
        self._step = step
        self._run: MoveRun | None = None
        self._task: asyncio.Task[None] | None = tasks.spawn(self._recover(), name="end an earlier move")
        self._has_looked = asyncio.Event()  # for what an earlier run left
        self._pace = Pace()
        self.job: MoveJob | None = None  # the one that goes on, or the last one

    @property
    def is_moving(self) -> bool:
        """Whether files are being moved or removed."""
        return self.job is not None and not self.job.state.is_over

    def refusal(self) -> str:
        """Why no move can be begun now, as a sentence; empty where one can."""
        status, override = self._means.server.status, self._config.overrides.get("models_folder")
        if not status.address.is_local:
            return f"The server at {status.address} is on another machine: its models cannot be moved from here."
        if status.state in (ServerState.EXTERNAL, ServerState.CONFLICT):
            return "The server was not started by Ollama Desk: where it has its models is for others to say."
        if override is not None:
            return (
                f"{override.by} decides where the models are, not the settings. Start Ollama Desk without it to move."
            )
        if status.state.is_passing:
            return "The server is starting or stopping. Wait a moment."
        return self._in_use()

    def _in_use(self) -> str:
        other, folder = self._facts.shared_with(), self._places.models_folder
        if self.is_moving:
            return "The models folder is being moved already."
        if other:
            return f"The models folder {folder} is used by {other}, too. Stop that first."
        if self._means.server.status.state not in AT_REST and self._facts.own_folder() != folder:
            return "Another models folder was set, and the server still uses the old one. Start it again first."
        return self._facts.busy()

    async def examine(self, chosen: Path) -> MoveOffer:
        """What moving to the folder that a person chose would mean.

        Raises:
            MoveRefusedError: it cannot be moved now, or not there; the sentence says why.
            StorageError: a place cannot be read, or has no room.
        """
        await self._has_looked.wait()  # for one small file
        self._require_free()
        stops = self._means.server.status.state not in AT_REST
        source, around = self._places.models_folder, self._config.environment
        offer = await asyncio.to_thread(offer_of, source, chosen, around, stops_server=stops)
        other = await self._means.sharing(offer.target)
        if other:
            raise MoveRefusedError(f"{offer.target} is used by {other}. Stop that first, or choose another folder.")
        return offer

    def start(self, offer: MoveOffer) -> None:
        """Begin the move.

        Raises:
            MoveRefusedError: it cannot be moved now.
        """
        self._require_free()
        if offer.source != self._places.models_folder:
            raise MoveRefusedError("The models are in another folder by now. Choose the new folder again.")
        self._pace = Pace()
        self.job = MoveJob(MoveState.COPYING, offer.source, offer.target, offer.size_bytes)
        setting, default = self._places.settings.models_folder, self._config.folders.models
        carrier = Carrier(
            offer.source,
            offer.target,
            journal_path=self._journal_path,
            setting=setting,
            may_link=self._may_link,
            step=self._step,
        )
        self._run = MoveRun(
            offer,
            means=self._means,
            carrier=carrier,
            journal_path=self._journal_path,
            setting=(setting_text(offer.target, default), setting),
            tell=self._tell,
        )
        self._task = self._tasks.spawn(self._go(self._run), name="move the models folder")
        self._task.add_done_callback(lambda _task: self._end(MoveState.CANCELLED))  # it may never have begun
        self._bus.publish(MoveChanged(self.job))

    def cancel(self) -> None:
        """Stop it and take away what was copied; from the switch on it goes to its end."""
        if self._task is not None and self.job is not None and self.job.state.can_be_cancelled:
            self._task.cancel()
            self._tell(MoveState.UNDOING, 0, 0)  # at once: a disk that is slow to stop is no reason to ask again

    async def aclose(self) -> None:
        """Stop what goes on. What cannot be undone in time is undone by the next start."""
        if self._run is not None:
            self._run.is_leaving = True
        if self._task is None or self._task.done():
            return
        if self.job is None or self.job.state not in (MoveState.UNDOING, MoveState.TIDYING):
            self._task.cancel()
        _, late = await asyncio.wait({self._task}, timeout=LEAVE_S)
        if late:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=LAST_S)

    async def _go(self, run: MoveRun) -> None:
        try:
            left = await run.go()
        except asyncio.CancelledError:
            self._end(MoveState.CANCELLED)
            raise
        except DeskError as error:
            log.info("the models folder was not moved: %s", type(error).__name__)
            self._end(MoveState.FAILED, str(error))
        else:
            self._end(MoveState.FINISHED, self._remark(left))

    def _require_free(self) -> None:
        why = self.refusal()
        if why:
            raise MoveRefusedError(why)

    def _tell(self, state: MoveState, total_bytes: int, done_bytes: int) -> None:
        old = self.job
        if old is None:
            return
        if old.state is state and old.done_bytes == done_bytes:
            return
        speed = self._pace.at(asyncio.get_running_loop().time(), done_bytes) if state is MoveState.COPYING else 0.0
        left_s = (total_bytes - done_bytes) / speed if speed > 0 else None
        total = total_bytes or old.total_bytes
        done = done_bytes if total_bytes else old.done_bytes
        self.job = replace(old, state=state, total_bytes=total, done_bytes=done, bytes_per_s=speed, left_s=left_s)
        self._bus.publish(MoveProgressed(self.job) if old.state is state else MoveChanged(self.job))

    def _end(self, state: MoveState, reason: str = "") -> None:
        if self.job is not None and not self.job.state.is_over:
            self._run = self._task = None
            self.job = replace(self.job, state=state, bytes_per_s=0.0, left_s=None, reason=reason)
            self._bus.publish(MoveChanged(self.job))

    def _remark(self, left: Left) -> str:
        source = None if self.job is None else self.job.source
        if left.files:
            return f"Some files in {source} could not be removed. They are in the new folder, too."
        if left.others:
            names = ", ".join(left.others[:NAMED]) + (" …" if len(left.others) > NAMED else "")
            return f"{source} was kept, because it has other files in it: {names}"
        return ""

    async def _recover(self) -> None:
        """End what an earlier run of the program began: undo it, or remove what is left in the old place."""
        journal = await asyncio.to_thread(read_journal, self._journal_path)
        try:
            if journal is not None:
                await self._finish(journal)
        except WorkStoppedError:
            return
        except StorageError as error:
            log.info("a move of the models folder could not be ended: %s", error)
            self._end(MoveState.FAILED, str(error))
        finally:
            self._has_looked.set()

    async def _finish(self, journal: Journal) -> None:
        is_switched, in_force = journal.step is Step.SWITCHED, self._places.models_folder
        is_elsewhere = is_switched and in_force != journal.target_folder  # by hand, since
        if not is_elsewhere and not await asyncio.to_thread(is_in_reach, journal):
            log.info("a move of the models folder cannot be ended now: the disk of %s is not there", journal.target)
            return
        state = MoveState.TIDYING if is_switched else MoveState.UNDOING
        self.job = MoveJob(state, journal.source_folder, journal.target_folder)
        self._has_looked.set()
        self._bus.publish(MoveChanged(self.job))
        said = ""
        if not is_switched:
            await self._ended(undo, journal)
        elif is_elsewhere or await self._means.sharing(journal.source_folder):
            await asyncio.to_thread(remove_journal, self._journal_path)
            said = f"What was moved is in {journal.source} and in {journal.target}."
        else:
            await self._ended(tidy, journal)
        self._end(MoveState.FINISHED if is_switched else MoveState.CANCELLED)
        told = f"Moving the models to {journal.target} was cut off. Nothing is lost: they are in {in_force}."
        self._bus.publish(NoticeRaised(f"{told} {said}".rstrip()))

    async def _ended(self, work: Callable[[Journal, Path, Progress], object], journal: Journal) -> None:
        progress = Progress()
        try:
            await asyncio.to_thread(work, journal, self._journal_path, progress)
        except asyncio.CancelledError:
            progress.stop()  # the next start goes on
            raise
