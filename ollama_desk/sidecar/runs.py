"""What the supervisor does to this machine: one run of the server after another, and order before and after each."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ollama_desk.core.files import private_folder
from ollama_desk.domain.server import ServerAddress
from ollama_desk.sidecar import ownership, ports, server_log
from ollama_desk.sidecar.launch import ServerProgram, server_environment
from ollama_desk.sidecar.monitor import listens
from ollama_desk.sidecar.process import Birth, ServerProcess

log = logging.getLogger(__name__)

LAST_WORDS = 20


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
    ) -> None:
        self.log_path = folder / "server.log"
        self._address = address
        self._folder = folder
        self._environment = environment
        self._extra_env = extra_env
        self._models_folder = models_folder
        self._grace_s = grace_s
        self._owner = ""
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

    async def spawn(self, program: ServerProgram) -> ServerProcess:
        """Start the program below a guardian. The intent is on disk before anything runs.

        Raises:
            OSError: not even the guardian could be started.
            StorageError: the record cannot be written.
        """
        await asyncio.to_thread(self._prepare)
        environment = server_environment(
            self._environment,
            address=self._address,
            owner=self._owner,
            models_folder=self._models_folder,
            extra=self._extra_env,
        )
        return ServerProcess.spawn(program.argv, environment=environment, log_file=self.log_path, grace_s=self._grace_s)

    def _prepare(self) -> None:
        server_log.rotate(self.log_path)
        self._log_start = self.log_path.stat().st_size if self.log_path.exists() else 0
        ownership.write_record(self._folder, self._record())

    async def confirm(self, run: ServerProcess, birth: Birth) -> None:
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
        await asyncio.to_thread(server_log.rotate, self.log_path)
