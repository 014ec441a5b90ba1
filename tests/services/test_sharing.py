"""PL-20: a second server in our models folder is told of once, and nothing is tidied up there."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.events import NoticeRaised, ServerStateChanged
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.services.config import read_config
from ollama_desk.services.desk import open_desk
from ollama_desk.services.pulls_disk import ModelsDisk
from ollama_desk.services.sharing import SharingService
from tests.support.deadline import wait_for
from tests.support.engine import EngineProcess, free_port
from tests.support.events import EventRecorder

FOLDER = Path("/models")


class Street:
    """Who else works where."""

    def __init__(self) -> None:
        self.other = ""
        self.looks = 0

    async def sharing(self, folder: Path) -> str:
        assert folder == FOLDER
        self.looks += 1
        return self.other

    async def looked(self, times: int) -> None:
        async def looks() -> int:
            return self.looks

        await wait_for(looks, lambda seen: seen >= times)


@asynccontextmanager
async def living() -> AsyncIterator[tuple[SharingService, Street, EventBus, EventRecorder]]:
    bus, street = EventBus(), Street()
    seen = EventRecorder(bus)
    async with TaskScope() as tasks:
        yield (
            SharingService(street.sharing, own_folder=lambda: FOLDER, bus=bus, tasks=tasks, look_every_s=0.01),
            street,
            bus,
            seen,
        )


def show(bus: EventBus, state: ServerState) -> None:
    bus.publish(ServerStateChanged(ServerStatus(state)))


def test_pl20_a_second_server_in_our_folder_is_told_of_once() -> None:
    async def scenario() -> None:
        async with living() as (service, street, bus, seen):
            street.other = "another Ollama (process 7)"
            show(bus, ServerState.READY)
            await street.looked(5)
            (notice,) = seen.of(NoticeRaised)
            assert notice.text.startswith("The models folder /models is used by another Ollama (process 7), too.")
            assert service.shared_with == "another Ollama (process 7)"

    asyncio.run(scenario())


def test_pl20_one_that_comes_later_is_noticed_and_one_that_goes_is_forgotten() -> None:
    async def scenario() -> None:
        async with living() as (service, street, bus, seen):
            show(bus, ServerState.READY)
            await street.looked(2)
            assert not seen.of(NoticeRaised)
            street.other = "the Ollama that runs as a service of this machine"
            await street.looked(street.looks + 2)
            assert service.shared_with
            street.other = ""
            await street.looked(street.looks + 2)
            assert not service.shared_with
            assert len(seen.of(NoticeRaised)) == 1

    asyncio.run(scenario())


def test_while_no_server_of_ours_runs_nobody_looks() -> None:
    async def scenario() -> None:
        async with living() as (_, street, bus, _):
            show(bus, ServerState.EXTERNAL)
            await asyncio.to_thread(lambda: None)
            assert street.looks == 0
            show(bus, ServerState.READY)
            await street.looked(1)

    asyncio.run(scenario())


@pytest.mark.skipif(sys.platform != "linux", reason="other processes are looked into by /proc")
def test_pl20_a_whole_app_beside_another_server_tells_and_lets_its_own_remove_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        config = read_config(data_dir=tmp_path / "data", host=f"127.0.0.1:{free_port()}", environment=environment)
        async with open_desk(replace(config, built_in_only=True)) as desk:
            seen = EventRecorder(desk.bus)
            desk.server.start()
            notice = await seen.wait_for(NoticeRaised, timeout_s=30.0)
            assert f"the engine of another Ollama Desk (process {other.pid}), too" in notice.text
            assert desk.server.status.pid is not None
            assert psutil.Process(desk.server.status.pid).environ()["OLLAMA_NOPRUNE"] == "1"

    (tmp_path / "data").mkdir(mode=0o700)
    with EngineProcess(tmp_path / "data" / "models") as other:
        asyncio.run(scenario())
        assert other.process.poll() is None


def test_pl20_parts_that_look_damaged_are_left_to_the_server_that_writes_them(tmp_path: Path) -> None:
    digest = f"sha256:{'ab' * 32}"
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    (blobs / f"{digest.replace(':', '-')}-partial").write_bytes(b"bytes")
    (blobs / f"{digest.replace(':', '-')}-partial-0").touch()  # as while it is written anew
    assert ModelsDisk(tmp_path).damaged(()) == [digest]
    assert ModelsDisk(tmp_path, is_shared=True).damaged(()) == []
