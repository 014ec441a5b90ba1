"""One move of the models folder, from its first byte to the last old file: copied, switched, tidied, or undone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from ollama_desk.core.bus import EventBus
from ollama_desk.core.threads import to_end
from ollama_desk.domain.errors import DeskError, MoveRefusedError, SidecarError, StorageError
from ollama_desk.domain.events import ServerStateChanged
from ollama_desk.domain.moving import MoveOffer, MoveState
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.registry.move_endings import Left, tidy, undo
from ollama_desk.registry.move_places import require_room
from ollama_desk.registry.moving import Carrier
from ollama_desk.registry.placing import free_bytes
from ollama_desk.registry.progress import Progress
from ollama_desk.services.server_plan import AT_REST

log = logging.getLogger(__name__)

T = TypeVar("T")

TICK_S = 0.1
END_S = 2.0  # for a thread that was told to stop
ROUNDS = 3  # with the server off, for what others write


class Server(Protocol):
    """Who has its models there."""

    @property
    def status(self) -> ServerStatus: ...
    def stop(self) -> None: ...
    def restart(self) -> None: ...


class Settings(Protocol):
    """Where the place of the models is written down."""

    async def change(self, *, models_folder: str) -> None: ...


class Holdable(Protocol):
    """What writes to the models folder, and can be held."""

    def held(self) -> AbstractAsyncContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Means:
    """What a move is made with.

    Args:
        server: is stopped for the switch, if it runs.
        settings: name the new place.
        pulls: are held, and go on in the new place.
        imports: the same.
        sharing: who else works in a folder, in words; empty where nobody does.
        is_answering: whether an answer is being given.
        bus: tells of the server.
        stop_limit_s: for the server to be off.
        start_limit_s: for the server to be there again.
    """

    server: Server
    settings: Settings
    pulls: Holdable
    imports: Holdable
    sharing: Callable[[Path], Awaitable[str]]
    is_answering: Callable[[], bool]
    bus: EventBus
    stop_limit_s: float = 30.0
    start_limit_s: float = 180.0


class MoveRun:
    """To be run once. Cancelled or failed before the switch it leaves everything as it was.

    Args:
        offer: what to move.
        means: with what.
        carrier: does it.
        journal_path: where the journal is.
        setting: what the settings shall say, and what they say now.
        tell: is told the state, the bytes in all and those that are done; at most ten times a second for one state.
    """

    def __init__(
        self,
        offer: MoveOffer,
        *,
        means: Means,
        carrier: Carrier,
        journal_path: Path,
        setting: tuple[str, str],
        tell: Callable[[MoveState, int, int], None],
    ) -> None:
        self._offer = offer
        self._means = means
        self._carrier = carrier
        self._journal_path = journal_path
        self._new_setting, self._old_setting = setting
        self._tell = tell
        self._has_begun = False
        self._has_stopped_server = False
        self._is_switched = False
        self._is_stuck = False  # a thread did not end: nothing is touched before the next start
        self.is_leaving = False  # the program ends: no server is started any more

    async def go(self) -> Left:
        """Move; what is left in the old place.

        Raises:
            DeskError: it failed; everything is as it was.
        """
        async with self._means.pulls.held(), self._means.imports.held():
            try:
                await self._copy()
                await self._switch()
                await self._start_there()
            except (asyncio.CancelledError, DeskError):
                if not self._is_switched:
                    await self._undo()
                raise
        self._tell(MoveState.TIDYING, 0, 0)
        return await self._work(lambda progress: tidy(self._carrier.journal, self._journal_path, progress))

    async def _copy(self) -> None:
        total = self._offer.size_bytes
        self._tell(MoveState.COPYING, total, 0)
        self._has_begun = True
        await self._work(lambda _progress: self._carrier.begin())
        if self._offer.copied_bytes < total and not await asyncio.to_thread(self._carrier.can_link):
            free = await asyncio.to_thread(free_bytes, self._offer.target)
            require_room(total, free, self._offer.target)
        await self._work(self._carrier.fill, MoveState.COPYING, total)

    async def _switch(self) -> None:
        await self._wait_for_answers()
        other = await self._means.sharing(self._offer.source)
        if other:
            raise MoveRefusedError(f"The models folder {self._offer.source} is used by {other}, too. Stop that first.")
        self._tell(MoveState.SWITCHING, 0, 0)
        await self._stop_server()
        for _ in range(ROUNDS):
            await self._work(self._carrier.fill)
            if await asyncio.to_thread(self._carrier.is_complete):
                break
        else:
            raise MoveRefusedError(
                f"Another program writes to the models folder {self._offer.source}. Stop it, then move the models."
            )
        await self._work(lambda _progress: self._carrier.publish())
        await self._work(lambda _progress: self._carrier.switched())
        self._is_switched = True
        try:
            await self._means.settings.change(models_folder=self._new_setting)
        except DeskError:
            await to_end(self._carrier.switched_back)
            self._is_switched = False
            raise

    async def _wait_for_answers(self) -> None:
        if self._means.is_answering():
            self._tell(MoveState.WAITING, 0, 0)
        while self._means.is_answering():  # noqa: ASYNC110 - the client tells nobody when a stream ends
            await asyncio.sleep(TICK_S)  # for as long as it takes: the person sees it and can cancel

    async def _stop_server(self) -> None:
        server = self._means.server
        if server.status.state in AT_REST:
            return
        self._has_stopped_server = True
        server.stop()
        if not await self._until(lambda state: state in AT_REST, self._means.stop_limit_s):
            raise SidecarError("The server did not stop. Stop it by hand, then move the models.")

    async def _start_there(self) -> None:
        """Raises ``SidecarError`` where the server cannot work there; then the old place is in force again."""
        if not self._has_stopped_server:
            return
        self._tell(MoveState.STARTING, 0, 0)
        server, seen = self._means.server, set[ServerState]()

        def has_come(state: ServerState) -> bool:
            seen.add(state)
            is_done = state in (ServerState.READY, ServerState.EXTERNAL, ServerState.CONFLICT, ServerState.FAILED)
            return is_done or (state is ServerState.STOPPED and ServerState.STARTING in seen)  # by the person

        server.restart()
        has_ended = await self._until(has_come, self._means.start_limit_s)
        if not has_ended or server.status.state is ServerState.FAILED:
            reason = server.status.reason
            await self._means.settings.change(models_folder=self._old_setting)
            await to_end(self._carrier.switched_back)
            self._is_switched = False
            raise SidecarError(f"The server did not start with the new folder, so the old one is used again. {reason}")

    async def _undo(self) -> None:
        """Bring the server back first: nobody waits for files to be removed."""
        if self._has_stopped_server and not self.is_leaving:
            self._means.server.restart()
        if not self._has_begun or self._is_stuck:
            return
        self._tell(MoveState.UNDOING, 0, 0)
        try:
            await self._work(lambda progress: undo(self._carrier.journal, self._journal_path, progress))
        except StorageError as error:
            log.info("what was copied could not be removed; the next start tries again: %s", error)

    async def _until(self, is_right: Callable[[ServerState], bool], limit_s: float) -> bool:
        """Whether the server came into such a state in time."""
        changed = asyncio.Event()
        forget = self._means.bus.subscribe(ServerStateChanged, lambda _event: changed.set())
        try:
            async with asyncio.timeout(limit_s):
                while not is_right(self._means.server.status.state):
                    await changed.wait()
                    changed.clear()
        except TimeoutError:
            return False
        finally:
            forget()
        return True

    async def _work(self, work: Callable[[Progress], T], state: MoveState | None = None, total_bytes: int = 0) -> T:
        """Run ``work`` in a thread, and say how far it is where ``state`` is given. Cancelled, it is told to stop."""
        progress = Progress()
        future = asyncio.get_running_loop().run_in_executor(None, work, progress)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())  # not told as one nobody saw
        try:
            while not future.done():
                await asyncio.wait({future}, timeout=TICK_S)
                if state is not None:
                    self._tell(state, total_bytes, min(progress.done_bytes, total_bytes))
        except asyncio.CancelledError:
            progress.stop()
            self._is_stuck = True
            # who cancels sees that it is being undone; a slow disk may have much to write before
            _, late = await asyncio.wait({future}, timeout=END_S if self.is_leaving else None)
            self._is_stuck = bool(late)
            raise
        return future.result()
