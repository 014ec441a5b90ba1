"""One actor that owns the server's state: starts it, watches it, starts it again, gives up, stops it."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ollama_desk.core.files import private_folder
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import StorageError
from ollama_desk.domain.server import ResourceSample, ServerAddress, ServerKind, ServerState, ServerStatus
from ollama_desk.sidecar import ownership, server_log
from ollama_desk.sidecar.launch import ServerProgram, server_environment
from ollama_desk.sidecar.monitor import Monitor, listens
from ollama_desk.sidecar.policy import CrashHistory, backoff_s, says_port_is_taken
from ollama_desk.sidecar.probe import Answer, ProbeAnswer, probe
from ollama_desk.sidecar.process import Exit, ServerProcess

log = logging.getLogger(__name__)

SAME_LIFE = (ServerState.STARTING, ServerState.READY, ServerState.DEGRADED, ServerState.STOPPING)
WORDS = {ServerKind.OLLAMA: "Ollama", ServerKind.BUILT_IN: "The built-in engine", ServerKind.UNKNOWN: "The server"}


@dataclass(frozen=True, slots=True)
class Timings:
    """Every wait of the supervisor, in seconds."""

    first_probe: float = 0.05
    starting_probe: float = 0.25
    start_limit: float = 120.0
    ready_probe: float = 5.0
    elsewhere_probe: float = 5.0
    misses: int = 3
    grace: float = 5.0
    sample: float = 1.0


class Supervisor:
    """Keeps at most one server of ours running while it is wanted.

    Commands never wait: the last one wins. States come from ``states()``, each with its reason.

    Args:
        choose: the program to run, asked anew before every start.
        folder: for the owner id, the record and the log.
        environment: the app's own; the server gets what ``launch.server_environment`` lets through.
    """

    def __init__(
        self,
        choose: Callable[[], ServerProgram],
        *,
        address: ServerAddress,
        folder: Path,
        environment: Mapping[str, str],
        extra_env: Mapping[str, str] | None = None,
        models_folder: Path | None = None,
        timings: Timings | None = None,
        ask: Callable[[ServerAddress], Awaitable[ProbeAnswer]] = probe,
    ) -> None:
        self._choose = choose
        self._address = address
        self._folder = folder
        self._environment = environment
        self._extra_env = dict(extra_env or {})
        self._models_folder = models_folder
        self._timings = timings or Timings()
        self._ask = ask
        self._status = ServerStatus(ServerState.STOPPED, "Not started yet.", address=address)
        self._news: asyncio.Queue[ServerStatus | None] = asyncio.Queue()
        self._command = asyncio.Event()
        self._wanted = False
        self._closing = False
        self._owner = ""
        self._history = CrashHistory()
        self._process: ServerProcess | None = None
        self._log_start = 0
        self._tasks = TaskScope()
        self._actor = self._tasks.spawn(self._act(), name="supervisor")

    # what is known

    @property
    def status(self) -> ServerStatus:
        return self._status

    @property
    def log_path(self) -> Path:
        return self._folder / "server.log"

    def log_tail(self, lines: int) -> list[str]:
        """The server's last log lines, cleaned for display."""
        return server_log.tail(self.log_path, lines)

    async def states(self) -> AsyncGenerator[ServerStatus, None]:
        """The state now and every later one; ends with the supervisor. For one consumer."""
        yield self._status
        while (status := await self._news.get()) is not None:
            yield status

    async def resources(self) -> AsyncGenerator[ResourceSample | None, None]:
        """A measurement a second while there is a server of ours; one None when it is gone."""
        monitor, watched = None, None
        while True:
            if self._status.pid != watched:
                watched = self._status.pid
                monitor = Monitor(watched) if watched else None
                yield None
            if monitor is not None:
                sample = await asyncio.to_thread(monitor.sample)
                if sample is not None:
                    yield sample
            await asyncio.sleep(self._timings.sample)

    # what is wished

    def start(self) -> None:
        """Start it, unless it runs or is about to."""
        if not self._wanted or self._status.state in (ServerState.FAILED, ServerState.BACKOFF, ServerState.CONFLICT):
            self._wish(wanted=True)

    def stop(self) -> None:
        self._wish(wanted=False)

    def restart(self) -> None:
        """Stop it if it runs, and start it."""
        self._wish(wanted=True)

    async def aclose(self) -> None:
        """Stop the server and the actor; at the latest the grace and 2 s later."""
        self._closing = True
        self.stop()
        _, late = await asyncio.wait({self._actor}, timeout=self._timings.grace + 1.8)
        if late:
            log.error("the server did not end in time")
        self._news.put_nowait(None)
        await self._tasks.aclose(timeout_s=1.0)

    def _wish(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._history = CrashHistory()
        self._command.set()

    # the actor

    async def _act(self) -> None:
        while self._wanted or not self._closing:
            self._command.clear()
            if self._wanted and await self._is_tidy():
                await self._try_once()
            else:
                if not self._wanted:
                    self._to(ServerState.STOPPED, "Stopped.")
                await self._command.wait()

    async def _is_tidy(self) -> bool:
        """Whether the folder can be used and nothing of an earlier run is left; looked after once."""
        if not self._owner:
            try:
                await self._tidy_up()
            except StorageError as error:
                self._to(ServerState.FAILED, str(error))
        return bool(self._owner)

    async def _tidy_up(self) -> None:
        """End what an earlier run of the app left behind, before anything is started."""
        private_folder(self._folder)
        owner = ownership.owner_id(self._folder)
        ended = await asyncio.to_thread(ownership.sweep, owner)
        if ended:
            log.info("ended %d processes that an earlier run had left", ended)
        ownership.forget_record(self._folder)
        self._owner = owner

    async def _try_once(self) -> None:
        """Bring the server up if the port is free, and stay with it to its end."""
        if not self._address.is_local:
            await self._watch_elsewhere()
            return
        match (await self._ask(self._address)).answer:
            case Answer.OLLAMA:
                await self._watch_elsewhere()
            case Answer.NOBODY:
                await self._live()
            case Answer.SILENT | Answer.STRANGER:
                await self._wait_for_port()

    async def _watch_elsewhere(self) -> None:
        """Use a server that others run, for as long as it answers and is wanted."""
        misses = 0
        while self._wanted and misses < self._timings.misses:
            answer = await self._ask(self._address)
            if answer.answer is Answer.OLLAMA:
                misses = 0
                self._to(
                    ServerState.EXTERNAL,
                    f"A server that Ollama Desk did not start answers on {self._address}; it is used as it is.",
                    version=answer.version,
                )
            elif self._address.is_local and answer.answer is Answer.NOBODY:
                return
            else:
                misses += 1
                if not self._address.is_local:
                    self._to(ServerState.DEGRADED, f"The server at {self._address} does not answer.")
                    misses = 0
            if await self._pause(self._timings.elsewhere_probe):
                return

    async def _wait_for_port(self) -> None:
        self._to(
            ServerState.CONFLICT,
            f"Another program holds {self._address} and is not Ollama. End it, or start Ollama Desk with "
            f"--host 127.0.0.1:{self._address.port + 1}.",
        )
        await self._pause(self._timings.elsewhere_probe)

    async def _live(self) -> None:
        """One life of a server of ours, from the spawn to its end and what follows from that."""
        program = self._choose()
        try:
            process, pid = await self._spawn(program)
        except (OSError, TimeoutError, StorageError) as error:
            self._to(ServerState.FAILED, f"{WORDS[program.kind]} could not be started: {error}.", kind=program.kind)
            await self._command.wait()
            return
        self._process = process
        ready_for_s = 0.0
        try:
            if await self._become_ready(process, pid):
                began = asyncio.get_running_loop().time()
                await self._stay_ready(process)
                ready_for_s = asyncio.get_running_loop().time() - began
            if self._command.is_set():
                self._to(ServerState.STOPPING, "Stopping.")
                await process.stop(self._timings.grace)
            ending = await process.ended()
        finally:
            self._process = None
        await asyncio.to_thread(ownership.sweep, self._owner)
        ownership.forget_record(self._folder)
        self._status = replace(self._status, pid=None, started_at=None, version="")
        if not self._command.is_set():
            await self._mourn(ending, program, ready_for_s=ready_for_s)

    async def _spawn(self, program: ServerProgram) -> tuple[ServerProcess, int]:
        self._to(ServerState.STARTING, "Starting.", kind=program.kind)
        server_log.rotate(self.log_path)
        self._log_start = self.log_path.stat().st_size if self.log_path.exists() else 0
        record = ownership.Record(self._owner, ownership.boot_id(), str(self._address))
        ownership.write_record(self._folder, record)
        environment = server_environment(
            self._environment,
            address=self._address,
            owner=self._owner,
            models_folder=self._models_folder,
            extra=self._extra_env,
        )
        process = ServerProcess.spawn(
            program.argv, environment=environment, log_file=self.log_path, grace_s=self._timings.grace
        )
        pid, ticks = await process.started()
        ownership.write_record(self._folder, replace(record, pid=pid, ticks=ticks, guardian_pid=process.guardian_pid))
        self._to(ServerState.STARTING, "Starting.", kind=program.kind, pid=pid, started_at=datetime.now(UTC))
        return process, pid

    async def _become_ready(self, process: ServerProcess, pid: int) -> bool:
        """Probe until the server answers; False if it ended, did not answer in time, or something else is wished."""
        limit = asyncio.get_running_loop().time() + self._timings.start_limit
        wait_s = self._timings.first_probe
        while not await self._pause(wait_s, process):
            answer = await self._ask(self._address)
            if answer.answer is Answer.OLLAMA and await asyncio.to_thread(listens, pid, self._address.port):
                self._to(ServerState.READY, "Running.", version=answer.version)
                return True
            if asyncio.get_running_loop().time() > limit:
                self._to(ServerState.DEGRADED, f"It does not answer after {self._timings.start_limit:.0f} s.")
                return True
            if answer.answer is Answer.SILENT:
                self._to(ServerState.STARTING, "Starting: it is looking for GPUs.")
            wait_s = min(self._timings.starting_probe, wait_s * 1.5)
        return False

    async def _stay_ready(self, process: ServerProcess) -> None:
        """Watch until the server ends or something else is wished. A silent server is never killed for it."""
        misses = 0
        while not await self._pause(self._timings.ready_probe, process):
            answer = await self._ask(self._address)
            if answer.answer is Answer.OLLAMA:
                misses = 0
                self._to(ServerState.READY, "Running.", version=answer.version)
            else:
                misses += 1
                if misses >= self._timings.misses:
                    self._to(
                        ServerState.DEGRADED, "It runs, but it does not answer. It may be busy; restart it if not."
                    )

    async def _mourn(self, ending: Exit, program: ServerProgram, *, ready_for_s: float) -> None:
        """Nobody asked for this end: a taken port, one more try, or one too many."""
        loop = asyncio.get_running_loop()
        lines = tuple(server_log.tail(self.log_path, 20, since=self._log_start))
        if says_port_is_taken(lines):
            await self._wait_for_port()
            return
        self._history = self._history.crashed(loop.time(), ready_for_s=ready_for_s)
        reason = f"{WORDS[program.kind]} ended unexpectedly ({_in_words(ending)})"
        if self._history.is_too_much(loop.time()):
            self._to(
                ServerState.FAILED, f"{reason} too often. Read its last lines, then start it again.", log_tail=lines
            )
            await self._command.wait()
            return
        wait_s = backoff_s(self._history.in_a_row, random.random())  # noqa: S311 - it spreads waits
        self._to(ServerState.BACKOFF, f"{reason}. It is started again in {wait_s:.1f} s.", log_tail=lines)
        await self._pause(wait_s)

    async def _pause(self, seconds: float, process: ServerProcess | None = None) -> bool:
        """Wait; True as soon as something else is wished or the process ended."""
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._command.wait())]
        if process is not None:
            waits.append(asyncio.ensure_future(process.ended()))
        try:
            done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return bool(done)

    def _to(self, state: ServerState, reason: str, **facts: Any) -> None:
        """Take over a state; what is known of the process stays known for as long as it is the same life."""
        life = (
            self._status if state in SAME_LIFE else ServerStatus(state, kind=self._status.kind, address=self._address)
        )
        if state is ServerState.EXTERNAL:
            life = replace(life, kind=ServerKind.UNKNOWN)
        status: ServerStatus = replace(life, state=state, reason=reason, **{"log_tail": (), **facts})
        if status == self._status:
            return
        if (status.state, status.reason) != (self._status.state, self._status.reason):
            log.info("server: %s → %s: %s", self._status.state, state, reason)
        self._status = status
        self._news.put_nowait(status)


def _in_words(ending: Exit) -> str:
    if ending.code is None:
        return ending.reason
    return f"killed by signal {-ending.code}" if ending.code < 0 else f"exit code {ending.code}"
