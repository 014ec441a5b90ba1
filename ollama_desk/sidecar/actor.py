"""The actor that owns the server's state: starts it, watches it, starts it again, gives up, stops it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Generic

from ollama_desk.domain.errors import StorageError
from ollama_desk.domain.server import ServerAddress, ServerKind, ServerState
from ollama_desk.sidecar.board import Board, foreign_port
from ollama_desk.sidecar.launch import ServerProgram
from ollama_desk.sidecar.life import Life, R, Runs, pause
from ollama_desk.sidecar.obstacle import obstacle
from ollama_desk.sidecar.policy import CrashHistory, Exit, Timings, Verdict, backoff_s, judge
from ollama_desk.sidecar.probe import Answer, ProbeAnswer

log = logging.getLogger(__name__)

STILLBIRTHS = 2  # then it is tried without a guardian; once may have been a kill from outside
WORDS = {ServerKind.OLLAMA: "Ollama", ServerKind.BUILT_IN: "The built-in engine", ServerKind.UNKNOWN: "The server"}


class ServerActor(Generic[R]):
    """Keeps at most one server of ours running while it is wanted.

    Commands never wait and the last one wins: each says what is wanted and wakes the actor, which looks again.

    Args:
        choose: the program to run, asked anew before every start.
        ask: who answers at the address.
        random: a number in [0, 1), to spread the back-off.
        is_busy: whether an answer or a download of ours is under way.
    """

    def __init__(
        self,
        runs: Runs[R],
        *,
        board: Board,
        choose: Callable[[], ServerProgram],
        address: ServerAddress,
        timings: Timings,
        ask: Callable[[ServerAddress], Awaitable[ProbeAnswer]],
        random: Callable[[], float],
        is_busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._runs = runs
        self._board = board
        self._choose = choose
        self._address = self._next_address = address
        self._timings = timings
        self._ask = ask
        self._random = random
        self._is_busy = is_busy
        self._loop = asyncio.get_running_loop()
        self._command: asyncio.Future[None] = self._loop.create_future()
        self._wanted = False
        self._closing = False
        self._tidy = False
        self._history = CrashHistory()
        self._stillbirths = 0  # of guardians that ended before they had started anything

    # what is wished

    def start(self) -> None:
        """Start it, unless it runs or is about to; a wait that is under way is cut short."""
        waits = (ServerState.FAILED, ServerState.BACKOFF, ServerState.CONFLICT)
        if not self._wanted or self._board.status.state in waits:
            self._wish(wanted=True)

    def stop(self) -> None:
        self._wish(wanted=False)

    def restart(self) -> None:
        """Stop it if it runs, and start it."""
        self._wish(wanted=True)

    def move_to(self, address: ServerAddress) -> None:
        """Go on at another address: what runs is stopped, what is wanted is started there."""
        if address != self._next_address:
            self._next_address = address
            self._wish(wanted=self._wanted)

    def close(self) -> None:
        """Stop it for good."""
        self._wish(wanted=False)
        self._closing = True

    def _wish(self, *, wanted: bool) -> None:
        if self._closing:
            return
        self._wanted = wanted
        self._history = CrashHistory()
        self._stillbirths = 0
        if not self._command.done():
            self._command.set_result(None)

    # what is done

    async def run(self) -> None:
        """Do what is wished until it is closed and nothing of ours is left."""
        try:
            while self._wanted or not self._closing:
                self._command = self._loop.create_future()
                self._move()
                if self._wanted:
                    await self._try_once()
                else:
                    self._rest()
                    await self._pause(None)
            self._rest()
        finally:
            self._board.close()

    def _move(self) -> None:
        if self._next_address == self._address:
            return
        self._address = self._next_address
        self._runs.move_to(self._address)
        self._board.show(ServerState.STOPPED, f"Moved to {self._address}.", address=self._address)

    def _rest(self) -> None:
        if self._board.status.state is not ServerState.STOPPED:
            self._board.show(ServerState.STOPPED, "Stopped.")

    async def _try_once(self) -> None:
        """Bring the server up if the port is free, and stay with it to its end."""
        if not self._address.is_local:
            await self._watch_remote()
            return
        if not await self._has_tidied_up():
            return
        match (await self._ask(self._address)).answer:
            case Answer.OLLAMA:
                await self._watch_neighbour()
            case Answer.NOBODY:
                await self._live()
            case Answer.SILENT | Answer.STRANGER:
                await self._wait_for_port()

    async def _has_tidied_up(self) -> bool:
        if not self._tidy:
            try:
                await self._runs.tidy_up()
            except StorageError as error:
                self._board.show(ServerState.FAILED, str(error))
                await self._pause(None)
                return False
            self._tidy = True
        return True

    async def _watch_remote(self) -> None:
        """Say how a server on another machine fares: it is not for us to start."""
        misses = 0
        while True:
            answer = await self._ask(self._address)
            if answer.answer is Answer.OLLAMA:
                misses = 0
                self._to_external(answer.version)
            elif (misses := misses + 1) >= self._timings.misses or self._board.status.state is not ServerState.EXTERNAL:
                self._board.show(ServerState.DEGRADED, f"The server at {self._address} does not answer.")
            if await self._pause(self._timings.elsewhere_probe_s):
                return

    async def _watch_neighbour(self) -> None:
        """Use a server that others run on this machine, for as long as it answers and is wanted."""
        misses = 0
        elsewhere = self._runs.free_address()
        while misses < self._timings.misses:
            answer = await self._ask(self._address)
            match answer.answer:
                case Answer.OLLAMA:
                    misses = 0
                    self._to_external(answer.version, elsewhere)
                case Answer.NOBODY:
                    return
                case Answer.SILENT | Answer.STRANGER:
                    misses += 1
            if await self._pause(self._timings.elsewhere_probe_s):
                return

    def _to_external(self, version: str, elsewhere: ServerAddress | None = None) -> None:
        reason = f"A server that Ollama Desk did not start answers at {self._address}; it is used as it is."
        self._board.show(ServerState.EXTERNAL, reason, kind=ServerKind.UNKNOWN, version=version, free_address=elsewhere)

    async def _wait_for_port(self) -> None:
        self._board.show(ServerState.CONFLICT, foreign_port(self._address), free_address=self._runs.free_address())
        await self._pause(self._timings.elsewhere_probe_s)

    async def _live(self) -> None:
        """One run of a server of ours, from the spawn to its end and what follows from that."""
        program = self._choose()
        self._board.show(ServerState.STARTING, "Starting.", kind=program.kind, pid=None, started_at=None, version="")
        try:
            run = await self._spawn(program)
        except StorageError as error:
            await self._give_up(f"{WORDS[program.kind]} could not be started: {error}")
            return
        except OSError as error:
            await self._give_up(obstacle(Path(program.argv[0]), error.strerror or str(error)))
            return
        life = Life(
            run,
            runs=self._runs,
            board=self._board,
            ask=partial(self._ask, self._address),
            command=self._command,
            timings=self._timings,
            is_busy=self._is_busy,
            guarded=self._stillbirths < STILLBIRTHS,
        )
        ending, served_s = await life.live()
        if not run.started.done():
            self._stillbirths += ending == Exit(None)
        elif self._stillbirths < STILLBIRTHS:
            self._stillbirths = 0
        if self._board.status.state is ServerState.CONFLICT:
            await self._pause(None if life.is_no_ollama else self._timings.elsewhere_probe_s)
        elif ending.obstacle and not self._command.done():
            await self._give_up(obstacle(Path(program.argv[0]), ending.obstacle))
        elif not self._command.done():
            await self._mourn(ending, served_s)

    async def _spawn(self, program: ServerProgram) -> R:
        """Start it below a guardian; without one where that cannot be, which its state says."""
        if self._stillbirths < STILLBIRTHS:
            try:
                return await self._runs.spawn(program, guarded=True)
            except OSError as error:
                log.info("the guardian could not be started: %s", error)
                self._stillbirths = STILLBIRTHS
        return await self._runs.spawn(program, guarded=False)

    async def _mourn(self, ending: Exit, served_s: float) -> None:
        """Nobody asked for this end: look who has the port, try again, or stop trying."""
        words = await self._runs.last_words()
        now = self._loop.time()
        history = self._history
        self._history = history.hung(now) if ending.hung else history.crashed(now, ready_for_s=served_s)
        name = WORDS[self._board.status.kind]
        fall = f"{name} did not answer and was ended" if ending.hung else f"{name} ended unexpectedly ({ending})"
        match judge(ending, words, self._history, now):
            case Verdict.PORT_TAKEN:
                await self._wait_for_port()
            case Verdict.GIVE_UP:
                reason = f"{fall}, too often. Read its last lines, then start it again."
                await self._give_up(reason, words)
            case Verdict.TRY_AGAIN:
                wait_s = backoff_s(self._history.in_a_row, self._random())
                reason = f"{fall}. It is started again in {wait_s:.1f} s."
                self._board.show(ServerState.BACKOFF, reason, log_tail=words)
                await self._pause(wait_s)

    async def _give_up(self, reason: str, log_tail: tuple[str, ...] = ()) -> None:
        self._board.show(ServerState.FAILED, reason, log_tail=log_tail)
        await self._pause(None)

    async def _pause(self, seconds: float | None) -> bool:
        """Wait; True as soon as something else is wished. None: for as long as it takes."""
        return await pause(seconds, self._command)
