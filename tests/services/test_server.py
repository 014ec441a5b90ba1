"""The server's service over a real supervisor: other ports, the log, what is measured."""

import asyncio
from pathlib import Path
from typing import Self

import pytest

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import StorageError
from ollama_desk.domain.events import ResourcesSampled, ServerStateChanged
from ollama_desk.domain.server import ServerAddress, ServerState
from ollama_desk.domain.server_log import LogPiece
from ollama_desk.services.server import ServerService
from ollama_desk.sidecar.launch import ServerProgram
from ollama_desk.sidecar.supervisor import Supervisor
from tests.support.deadline import wait_for
from tests.support.events import EventRecorder
from tests.support.sidecar import PROGRAM, QUICK, free_address, measured, run


class Served:
    """A supervisor and the service over it; its states belong to the service."""

    def __init__(self, folder: Path, fake: str = "", address: ServerAddress | None = None) -> None:
        self.supervisor = Supervisor(
            self._choose,
            address=address or free_address(),
            folder=folder / "server",
            environment={"PATH": "/usr/bin:/bin"},
            extra_env={"FAKE": fake, **measured()},
            timings=QUICK,
        )
        self.bus = EventBus()
        self.seen = EventRecorder(self.bus)
        self.tasks = TaskScope()
        self.service = ServerService(self.supervisor, bus=self.bus, tasks=self.tasks)

    def _choose(self) -> ServerProgram:
        return PROGRAM

    async def until(self, state: ServerState) -> None:
        await self.seen.wait_for(ServerStateChanged, lambda event: event.status.state is state, 20.0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.supervisor.aclose()
        await self.tasks.aclose()


async def _hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A web server that is no Ollama."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    writer.close()


def test_states_and_samples_are_published_and_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Served(tmp_path) as served:
            served.service.start()
            await served.until(ServerState.READY)
            event = await served.seen.wait_for(ResourcesSampled, lambda event: event.sample is not None)
            assert event.sample in served.service.samples
            served.service.restart()
            await served.until(ServerState.STOPPING)
            served.service.stop()
            await served.until(ServerState.STOPPED)
            await served.seen.wait_for(ResourcesSampled, lambda event: event.sample is None)

            async def newest() -> object:
                return served.service.samples[-1]

            assert await wait_for(newest, lambda sample: sample is None) is None

    run(scenario())


def test_po02_a_taken_port_is_left_for_a_free_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        stranger = await asyncio.start_server(_hello, "127.0.0.1", 0)
        port = stranger.sockets[0].getsockname()[1]
        async with stranger, Served(tmp_path, address=ServerAddress(port=port)) as served:
            served.service.use_free_address()
            assert served.service.status.state is ServerState.STOPPED, "nothing is offered yet"
            served.service.start()
            await served.until(ServerState.CONFLICT)
            free = served.service.status.free_address
            assert free is not None
            served.service.use_free_address()
            await served.until(ServerState.READY)
            assert served.service.status.address == free

    run(scenario())


def test_sc20_a_flood_in_the_log_is_read_in_bounded_pieces(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Served(tmp_path, "flood=200000") as served:
            served.service.start()
            await served.until(ServerState.READY)

            async def read() -> LogPiece:
                return await served.service.read_log()

            piece = await wait_for(read, lambda piece: bool(piece.lines))
            assert len(piece.lines) <= 5000
            assert sum(len(line.text) for line in piece.lines) <= 1_000_000
            assert served.service.log_tail(3)
            assert served.service.log_path.is_file()

    run(scenario())


def test_lines_of_the_log_are_saved_where_the_person_says(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Served(tmp_path) as served:
            await served.service.save_log(tmp_path / "there.log", ["one", "zwei ü \ud800"])
            assert (tmp_path / "there.log").read_bytes() == "one\nzwei ü ?\n".encode()
            with pytest.raises(StorageError):
                await served.service.save_log(tmp_path / "no" / "folder.log", ["one"])

    run(scenario())
