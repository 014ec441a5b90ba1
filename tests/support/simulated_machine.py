"""A machine for the supervisor's actor that exists in memory only: one port, and servers that do as they are told."""

import asyncio

from ollama_desk.domain.errors import StorageError
from ollama_desk.domain.server import ServerAddress, ServerKind
from ollama_desk.sidecar.launch import ServerProgram
from ollama_desk.sidecar.policy import Exit
from ollama_desk.sidecar.probe import Answer, ProbeAnswer
from ollama_desk.sidecar.process import Birth

PROGRAM = ServerProgram(ServerKind.OLLAMA, ("ollama", "serve"))


class SimulatedRun:
    """A server that takes time to be born, to answer and to go."""

    def __init__(self, machine: "SimulatedMachine", pid: int) -> None:
        loop = asyncio.get_running_loop()
        self.started: asyncio.Future[Birth] = loop.create_future()
        self.over: asyncio.Future[Exit] = loop.create_future()
        self._machine = machine
        self._ready_at = loop.time() + machine.birth_s + machine.boot_s
        loop.call_later(machine.birth_s, self._be_born, Birth(pid, 1))

    def _be_born(self, birth: Birth) -> None:
        if not self.over.done():
            self.started.set_result(birth)

    @property
    def answers(self) -> bool:
        return asyncio.get_running_loop().time() >= self._ready_at

    def end(self, ending: Exit) -> None:
        if not self.over.done():
            self.over.set_result(ending)

    async def stop(self, grace_s: float) -> Exit:
        asyncio.get_running_loop().call_later(min(grace_s, self._machine.goodbye_s), self.end, Exit(0))
        return await self.over

    def abandon(self) -> None:
        self.end(Exit(0))


class SimulatedMachine:
    """Counts what lives at a time, and answers for the port."""

    def __init__(self) -> None:
        self.birth_s = 0.05
        self.boot_s = 0.2
        self.goodbye_s = 0.1
        self.foreign: Answer | None = None  # who else is on the port
        self.disk_is_full = False
        self.last_log: tuple[str, ...] = ()
        self.runs: list[SimulatedRun] = []
        self.is_hung = False
        self.is_guarded = True
        self.probe_s = 0.01
        self.runner_computes = False
        self.address = ServerAddress()

    @property
    def living(self) -> list[SimulatedRun]:
        return [run for run in self.runs if not run.over.done()]

    def choose(self) -> ServerProgram:
        return PROGRAM

    async def ask(self, _address: ServerAddress) -> ProbeAnswer:
        await asyncio.sleep(self.probe_s)
        if self.foreign is not None:
            return ProbeAnswer(self.foreign, "1.0.0" if self.foreign is Answer.OLLAMA else "")
        if not self.living:
            return ProbeAnswer(Answer.NOBODY)
        if self.is_hung:
            return ProbeAnswer(Answer.SILENT)
        return ProbeAnswer(Answer.OLLAMA, "0.0.0") if self.living[-1].answers else ProbeAnswer(Answer.SILENT)

    def move_to(self, address: ServerAddress) -> None:
        self.address = address
        self.foreign = None  # it is at the old one

    def free_address(self) -> ServerAddress | None:
        return ServerAddress(port=11_500)

    async def tidy_up(self) -> None:
        await asyncio.sleep(0.01)
        self._need_disk()

    async def is_replaced(self) -> bool:
        return False

    async def spawn(self, program: ServerProgram, *, guarded: bool) -> SimulatedRun:
        assert program is PROGRAM
        self.is_guarded = guarded
        await asyncio.sleep(0.01)
        self._need_disk()
        assert not self.living, "a second server was started"
        self.runs.append(SimulatedRun(self, pid=1000 + len(self.runs)))
        return self.runs[-1]

    async def confirm(self, run: SimulatedRun, _birth: Birth) -> None:
        assert run is self.runs[-1]
        self._need_disk()

    async def has_port(self, _birth: Birth) -> bool:
        return self.foreign is None

    async def works(self, _birth: Birth) -> bool:
        return self.runner_computes

    async def clean_up(self, grace_s: float) -> None:
        await asyncio.sleep(grace_s)
        assert not self.living

    async def last_words(self) -> tuple[str, ...]:
        return self.last_log

    def _need_disk(self) -> None:
        if self.disk_is_full:
            msg = "The disk is full."
            raise StorageError(msg)
