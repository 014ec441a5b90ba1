"""What was found on this machine, and what is recommended for it: of our own server, of another's, of one far away."""

import asyncio
from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.domain.catalogue import Task
from ollama_desk.domain.errors import CatalogueError
from ollama_desk.domain.fit import MachineMemory
from ollama_desk.domain.machine import Gpu, GpuFacts, GpuVendor
from ollama_desk.domain.server import ServerAddress, ServerKind, ServerState, ServerStatus
from ollama_desk.services.catalogue import CatalogueService
from ollama_desk.services.recommendation import Found, RecommendationService

GB = 1_000_000_000
OURS = ServerStatus(ServerState.READY, kind=ServerKind.BUILT_IN)
ANOTHERS = ServerStatus(ServerState.EXTERNAL, kind=ServerKind.OLLAMA)
FAR = ServerStatus(ServerState.EXTERNAL, kind=ServerKind.OLLAMA, address=ServerAddress("10.0.0.7"))
RTX = Gpu(GpuVendor.NVIDIA, "RTX 4070", 12 << 30)
LAPTOP = MachineMemory((), 16 * GB, 8 * GB)


class Machine:
    """Has the memory and the graphics processor of a test."""

    def __init__(self) -> None:
        self.looks = 0

    async def memory(self) -> MachineMemory:
        return LAPTOP

    async def look(self) -> GpuFacts:
        self.looks += 1
        return GpuFacts((RTX,))


def no_disk(_folder: Path) -> int:
    raise OSError("It does not answer.")


def service(
    status: ServerStatus, *, catalogue: Path | None = None, free: int | None = 100 * GB
) -> RecommendationService:
    machine = Machine()
    return RecommendationService(
        CatalogueService(catalogue or resource("catalogue.toml")),
        memory=machine,
        gpus=machine,
        status=lambda: status,
        own_folder=lambda: Path("/home/ada/models"),
        free=no_disk if free is None else lambda _folder: free,
    )


def test_of_our_own_server_everything_is_known() -> None:
    found = asyncio.run(service(OURS).look())
    assert found == Found(LAPTOP, (RTX,), 100 * GB, "/home/ada/models")


def test_of_anothers_server_the_disk_is_not_known_and_of_one_far_away_nothing() -> None:
    assert asyncio.run(service(ANOTHERS).look()) == Found(LAPTOP, (RTX,))
    assert asyncio.run(service(FAR).look()) == Found(LAPTOP)


def test_a_disk_that_does_not_answer_is_not_known(caplog: pytest.LogCaptureFixture) -> None:
    assert asyncio.run(service(OURS, free=None).look()).disk_free_bytes is None
    assert not caplog.records


def test_it_recommends_for_what_was_found_and_looks_where_nothing_was() -> None:
    asked = service(OURS, free=2 * GB)
    looked, told = asyncio.run(asked.recommend()), asyncio.run(asked.recommend(found=Found(LAPTOP)))
    assert looked is not None
    assert told is not None
    assert (looked.name, looked.is_held_by_disk) == ("llama3.2:1b", True)
    assert (told.name, told.is_held_by_disk) == ("llama3.2:3b", False)
    code = asyncio.run(asked.recommend(Task.CODE))
    assert code is not None
    assert code.entry.name == "Qwen2.5-Coder"


def test_without_a_catalogue_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError):
        asyncio.run(service(OURS, catalogue=tmp_path / "none.toml").recommend())
