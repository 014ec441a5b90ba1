"""One run of the server, from the moment it is started until nothing of it is left."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

from ollama_desk.domain.errors import StorageError
from ollama_desk.domain.server import ServerAddress, ServerState
from ollama_desk.sidecar.board import Board, foreign_port, impostor
from ollama_desk.sidecar.launch import ServerProgram
from ollama_desk.sidecar.policy import Exit, Silence, Timings
from ollama_desk.sidecar.probe import Answer, ProbeAnswer
from ollama_desk.sidecar.process import Birth

log = logging.getLogger(__name__)

SILENT = "It runs, but it does not answer. It may be busy; if it does nothing at all for a while, it is started anew."
UNGUARDED = (
    "Its guardian could not be started: if Ollama Desk is killed, the server goes on until Ollama Desk is opened again."
)
REPLACED = "Its program was replaced while it runs; restart it to use the new one."
HUNG = "It did not answer and did nothing: it is started anew."


class Run(Protocol):
    """One run of the server."""

    started: asyncio.Future[Birth]
    over: asyncio.Future[Exit]

    async def stop(self, grace_s: float) -> Exit: ...
    def abandon(self) -> None: ...


R = TypeVar("R", bound=Run)


class Runs(Protocol[R]):
    """What starts them, and keeps order on the machine: see ``runs.LocalRuns``."""

    def move_to(self, address: ServerAddress) -> None: ...
    def free_address(self) -> ServerAddress | None: ...
    async def tidy_up(self) -> None: ...
    async def spawn(self, program: ServerProgram, *, guarded: bool) -> R: ...
    async def is_replaced(self) -> bool: ...
    async def confirm(self, run: R, birth: Birth) -> None: ...
    async def has_port(self, birth: Birth) -> bool: ...
    async def works(self, birth: Birth) -> bool: ...
    async def clean_up(self, grace_s: float) -> None: ...
    async def last_words(self) -> tuple[str, ...]: ...


async def pause(seconds: float | None, *events: asyncio.Future[Any]) -> bool:
    """Wait; True as soon as one of ``events`` came. None: for as long as that takes."""
    done, _ = await asyncio.wait(events, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    return bool(done)


class Life(Generic[R]):
    """Looks after one run.

    Args:
        ask: who answers at the server's address.
        command: done as soon as something else is wished.
        is_busy: whether an answer or a download of ours is under way: then it is not ended for its silence.
    """

    def __init__(
        self,
        run: R,
        *,
        runs: Runs[R],
        board: Board,
        ask: Callable[[], Awaitable[ProbeAnswer]],
        command: asyncio.Future[None],
        timings: Timings,
        is_busy: Callable[[], bool],
        guarded: bool,
    ) -> None:
        self._run = run
        self._runs = runs
        self._board = board
        self._ask = ask
        self._command = command
        self._timings = timings
        self._is_busy = is_busy
        self._guarded = guarded
        self._hangs = False
        self._now = asyncio.get_running_loop().time
        self._ready_since: float | None = None
        self.is_no_ollama = False  # known once it has answered

    async def live(self) -> tuple[Exit, float]:
        """See it through: how it ended, and for how many seconds it had served by then."""
        try:
            await self._look_after()
            served_s = 0.0 if self._ready_since is None else self._now() - self._ready_since
            return await self._see_off(), served_s
        finally:
            self._run.abandon()

    async def _look_after(self) -> None:
        """Stay with a run until it ends, something else is wished, or it proves to be no Ollama."""
        await pause(self._timings.guardian_s, self._command, self._run.started, self._run.over)
        if not self._run.started.done():
            return
        birth = self._run.started.result()
        self._board.show(ServerState.STARTING, "Starting.", pid=birth.pid, started_at=datetime.now(UTC))
        try:
            await self._runs.confirm(self._run, birth)
        except StorageError as error:  # the intent is on disk, and that is enough to find it again
            log.info("the record of the server could not be written: %s", error)
        if await self._become_ready(birth):
            await self._stay_ready(birth)

    async def _become_ready(self, birth: Birth) -> bool:
        """Probe until the server answers or takes too long to; False where there is nothing more to wait for."""
        left_s = self._timings.start_limit_s
        wait_s = self._timings.first_probe_s
        strange = 0
        began = self._now()
        while not await pause(wait_s, self._command, self._run.over):
            answer = await self._ask()
            waited_s, began = self._now() - began, self._now()
            left_s -= waited_s if waited_s < self._timings.gap_s else 0.0
            if await self._is_ready(answer, birth):
                return True
            strange = strange + 1 if answer.answer is Answer.STRANGER else 0
            if strange >= self._timings.misses:
                await self._meet_stranger(birth)
                return False
            is_late = left_s < 0
            self._show_wait(answer.answer, is_late=is_late)
            if is_late:
                return True
            wait_s = min(self._timings.starting_probe_s, wait_s * 1.5)
        return False

    def _show_wait(self, answer: Answer, *, is_late: bool) -> None:
        state = ServerState.DEGRADED if is_late else ServerState.STARTING
        match answer:
            case Answer.OLLAMA:  # and not ours
                address = self._board.status.address
                self._board.show(state, impostor(address), free_address=self._runs.free_address())
            case _ if is_late:
                self._board.show(state, f"It does not answer after {self._timings.start_limit_s:.0f} s.")
            case Answer.SILENT:
                self._board.show(state, "Starting: it is looking for GPUs.")
            case Answer.NOBODY | Answer.STRANGER:
                pass

    async def _meet_stranger(self, birth: Birth) -> None:
        self.is_no_ollama = await self._runs.has_port(birth)
        if self.is_no_ollama:
            reason = "What was started as the server answers, but is not Ollama. Choose another program."
            self._board.show(ServerState.CONFLICT, reason)
        else:
            reason = foreign_port(self._board.status.address)
            self._board.show(ServerState.CONFLICT, reason, free_address=self._runs.free_address())

    async def _stay_ready(self, birth: Birth) -> None:
        """Watch until the server ends, something else is wished, or it neither answers nor works for too long."""
        silence = Silence()
        began = self._now()
        while not await pause(self._timings.ready_probe_s, self._command, self._run.over):
            answer = await self._ask()
            is_ready = await self._is_ready(answer, birth)
            works = is_ready or self._is_busy() or await self._runs.works(birth)
            waited_s, began = self._now() - began, self._now()
            if is_ready or answer.answer is Answer.OLLAMA:  # another one in its place is no silence
                silence = Silence()
                continue
            silence = silence.missed(waited_s, works=works, timings=self._timings)
            if silence.misses == self._timings.misses:
                self._board.show(ServerState.DEGRADED, SILENT)
            if silence.idle_s >= self._timings.hang_limit_s:
                self._hangs = True
                return

    async def _is_ready(self, answer: ProbeAnswer, birth: Birth) -> bool:
        """Take over READY where the answer is Ollama's and comes from our own: else prompts would go to strangers."""
        if answer.answer is not Answer.OLLAMA:
            return False
        if self._board.status.state is not ServerState.READY and not await self._runs.has_port(birth):
            return False
        self._ready_since = self._now() if self._ready_since is None else self._ready_since
        self._board.show(ServerState.READY, await self._how_it_runs(), version=answer.version)
        return True

    async def _how_it_runs(self) -> str:
        remarks = ["Running."]
        if not self._guarded:
            remarks.append(UNGUARDED)
        if await self._runs.is_replaced():
            remarks.append(REPLACED)
        return " ".join(remarks)

    async def _see_off(self) -> Exit:
        """Stop a run that is not over, and leave nothing of it."""
        grace_s = 0.0
        if not self._run.over.done():
            if self._board.status.state is not ServerState.CONFLICT:
                self._board.show(ServerState.STOPPING, HUNG if self._hangs else "Stopping.")
            ending = replace(await self._run.stop(self._timings.grace_s), hung=self._hangs)
        else:
            ending = self._run.over.result()
            if ending.code is None and not ending.obstacle:
                grace_s = self._timings.orphan_grace_s
                self._board.show(ServerState.STOPPING, "Its guardian was killed; what is left of it is being ended.")
        await self._runs.clean_up(grace_s)
        return ending
