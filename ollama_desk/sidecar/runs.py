"""What the supervisor does to this machine: one run of the server after another, and order before and after each."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ollama_desk.core.files import private_folder
from ollama_desk.domain.server import ServerAddress
from ollama_desk.sidecar import ownership, ports, server_log
from ollama_desk.sidecar.bare import BareProcess
from ollama_desk.sidecar.launch import ServerProgram, server_environment
from ollama_desk.sidecar.monitor import RunnerWork, listens
from ollama_desk.sidecar.process import Birth, ServerProcess
from ollama_desk.sidecar.pruning import VARIABLE, folder_of, has_partials, pruning

log = logging.getLogger(__name__)

LAST_WORDS = 20


FileFacts = tuple[int, int, int, int]  # device, inode, bytes, nanoseconds of its last change


class LocalRuns:
    """Owner id, record, environment, log and guardian of the server at one address. Blocking work is in threads."""

    def __init__(
        self,
        *,
        address: ServerAddress,
        folder: Path,
        environment: Mapping[str, str],
        extra_env: Mapping[str, str],
        models_folder: Path | None,
        grace_s: float,
        guardian: Sequence[str] = (),
        sharing: Callable[[Path], Awaitable[str]] | None = None,
    ) -> None:
        self.log_path = folder / "server.log"
        self._address = address
        self._folder = folder
        self._environment = environment
        self._extra_env = extra_env
        self._models_folder = models_folder
        self._grace_s = grace_s
        self._program = Path()
        self._guardian = guardian  # argv; empty: this program's own
        self._sharing = sharing
        self._program_file: FileFacts | None = None
        self._owner = ""
        self._work: RunnerWork | None = None
        self._log_start = 0  # bytes; where the words of this run begin

    def move_to(self, address: ServerAddress) -> None:
        """Where the next run shall listen."""
        self._address = address

    def free_address(self) -> ServerAddress | None:
        return ports.free_address(self._address)

    async def tidy_up(self) -> None:
        """End what an earlier run of the app left behind, before anything is started.

        Raises:
            StorageError: the folder cannot be used.
        """
        self._owner = await asyncio.to_thread(self._tidy_up)

    def _tidy_up(self) -> str:
        private_folder(self._folder)
        owner = ownership.owner_id(self._folder)
        ended = ownership.sweep(owner, record=ownership.read_record(self._folder))
        if ended:
            log.info("ended %d processes that an earlier run had left", ended)
        ownership.forget_record(self._folder)
        return owner

    async def spawn(self, program: ServerProgram, *, guarded: bool) -> ServerProcess | BareProcess:
        """Start the program, below a guardian or without one. The intent is on disk before anything runs.

        Raises:
            OSError: not even the guardian could be started; without one: the program could not.
            StorageError: the record cannot be written.
        """
        await asyncio.to_thread(self._prepare)
        self._program = Path(program.argv[0])
        self._program_file = await asyncio.to_thread(file_facts, self._program)
        environment = server_environment(
            self._environment,
            address=self._address,
            owner=self._owner,
            models_folder=self._models_folder,
            extra=self._extra_env,
        )
        environment |= await self._pruning(program, environment)
        if not guarded:
            return BareProcess.spawn(program.argv, environment=environment, log_file=self.log_path)
        return ServerProcess.spawn(
            program.argv,
            environment=environment,
            log_file=self.log_path,
            grace_s=self._grace_s,
            guardian=self._guardian,
        )

    async def _pruning(self, program: ServerProgram, environment: Mapping[str, str]) -> dict[str, str]:
        folder = folder_of(environment)
        others = "" if self._sharing is None else await self._sharing(folder)
        if others:
            log.info("%s works in the same models folder, so nothing is removed there", others)
        return pruning(
            program.kind,
            told=environment.get(VARIABLE, ""),
            has_partials=await asyncio.to_thread(has_partials, folder),
            is_shared=bool(others),
        )

    def _prepare(self) -> None:
        server_log.rotate(self.log_path)
        self._log_start = self.log_path.stat().st_size if self.log_path.exists() else 0
        ownership.write_record(self._folder, self._record())

    async def is_replaced(self) -> bool:
        """Whether another file is in the place of the program that was started, as after an update."""
        now = await asyncio.to_thread(file_facts, self._program)
        return now is not None and now != self._program_file

    async def confirm(self, run: ServerProcess | BareProcess, birth: Birth) -> None:
        """Put on disk which process it became.

        Raises:
            StorageError: the record cannot be written.
        """
        record = replace(self._record(), pid=birth.pid, ticks=birth.ticks, guardian_pid=run.guardian_pid)
        await asyncio.to_thread(ownership.write_record, self._folder, record)

    def _record(self) -> ownership.Record:
        return ownership.Record(self._owner, ownership.boot_id(), str(self._address))

    async def has_port(self, birth: Birth) -> bool:
        """Whether it is this run that listens at the address, and not somebody else."""
        return await asyncio.to_thread(listens, birth.pid, self._address)

    async def works(self, birth: Birth) -> bool:
        """Whether its runners have computed since this was last asked."""
        if self._work is None or self._work.pid != birth.pid:
            self._work = RunnerWork(birth.pid)
        return await asyncio.to_thread(self._work.goes_on)

    async def clean_up(self, grace_s: float) -> None:
        """See that nothing of a run that is over is left, then forget it."""
        left = await asyncio.to_thread(ownership.sweep, self._owner, grace_s=grace_s)
        if left:
            log.info("ended %d processes that the guardian had left", left)
        ownership.forget_record(self._folder)

    async def last_words(self) -> tuple[str, ...]:
        """The last lines of this run, cleaned for display."""
        return tuple(await asyncio.to_thread(server_log.tail, self.log_path, LAST_WORDS, since=self._log_start))

    async def keep_log_short(self) -> None:
        if await asyncio.to_thread(server_log.rotate, self.log_path):
            self._log_start = 0


def file_facts(path: Path) -> FileFacts | None:
    """What tells a file from another in its place; None where it is not there (an update may be under way)."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns
