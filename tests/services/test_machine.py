"""The machine's service: what it finds is published once, and what it is asked to do ends in a running server."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import SidecarError
from ollama_desk.domain.events import MachineExamined, ServerStateChanged
from ollama_desk.domain.machine import Gpu, GpuFacts, GpuVendor, idle_gpu
from ollama_desk.domain.server import ServerAddress, ServerKind, ServerState, ServerStatus
from ollama_desk.domain.setting_values import SettingValue
from ollama_desk.domain.settings import Override
from ollama_desk.services.machine import MachineService
from ollama_desk.sidecar.system_service import StoppedService
from tests.support.events import EventRecorder

RTX = Gpu(GpuVendor.NVIDIA, "RTX")
READY = ServerStatus(ServerState.READY, kind=ServerKind.BUILT_IN)
THERE = ServerAddress(port=11500)


class Surroundings:
    """GPU, systemd, server and settings as far as the service knows them; writes down what is asked of it."""

    def __init__(self, bus: EventBus, folder: Path) -> None:
        self.bus = bus
        self.facts = GpuFacts((RTX,))
        self.service: StoppedService | None = None
        self.status = READY
        self.models_folder = folder / "ours"
        self.hidden: dict[str, Override] = {}
        self.asked: list[str] = []
        self.refusal = ""
        self.answering = self.stopping = True

    async def look(self) -> GpuFacts:
        return self.facts

    async def stopped(self) -> StoppedService | None:
        return self.service

    async def start_service(self) -> None:
        self.asked.append("start service")
        if self.refusal:
            raise SidecarError(self.refusal)
        self.service = None

    async def answers(self, address: ServerAddress) -> bool:
        self.asked.append(f"asked {address}")
        return self.answering

    def start(self) -> None:
        self.asked.append("start")

    def stop(self) -> None:
        self.asked.append("stop")
        if self.stopping:
            self.status = replace(self.status, state=ServerState.STOPPED)

    def move_to(self, address: ServerAddress) -> None:
        self.asked.append(f"move to {address}")

    def overrides(self) -> Mapping[str, Override]:
        return self.hidden

    async def change(self, **values: SettingValue) -> None:
        self.asked.append(f"set {values}")
        self.models_folder = Path(str(values["models_folder"]))

    def restart_server(self) -> None:
        self.asked.append("restart")


class Service:
    """systemd's part of it."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    async def stopped(self) -> StoppedService | None:
        return await self._around.stopped()

    async def start(self) -> None:
        await self._around.start_service()


@asynccontextmanager
async def machine(folder: Path) -> AsyncIterator[tuple[MachineService, Surroundings, EventRecorder]]:
    bus = EventBus()
    seen, around = EventRecorder(bus), Surroundings(bus, folder)
    async with TaskScope() as tasks:
        service = MachineService(
            around,
            system=Service(around),
            server=around,
            answers=around.answers,
            settings=around,
            bus=bus,
            tasks=tasks,
            pause_s=0.01,
            stop_limit_s=0.2,
            answer_limit_s=0.2,
        )
        yield service, around, seen


def models_folder(folder: Path) -> Path:
    """A folder with one model of 5 bytes in it."""
    blobs, manifests = folder / "blobs", folder / "manifests" / "registry.example" / "library" / "small"
    blobs.mkdir(parents=True)
    manifests.mkdir(parents=True)
    digests = []
    for data in (b"{}", b"abc"):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / f"sha256-{digest}").write_bytes(data)
        digests.append({"mediaType": "x", "digest": f"sha256:{digest}", "size": len(data)})
    manifest = {"schemaVersion": 2, "mediaType": "x", "config": digests[0], "layers": digests[1:]}
    (manifests / "1b").write_text(json.dumps(manifest))
    return folder


def stopped(folder: Path) -> StoppedService:
    return StoppedService(folder, THERE, can_be_started=True)


def test_what_is_found_is_published_when_the_server_came_up_and_not_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with machine(tmp_path) as (service, around, seen):
            around.bus.publish(ServerStateChanged(replace(READY, state=ServerState.STARTING)))
            around.bus.publish(ServerStateChanged(READY))
            event = await seen.wait_for(MachineExamined)
            assert event == MachineExamined(GpuFacts((RTX,)), None)
            await service.look()
            assert len(seen.of(MachineExamined)) == 1
            around.facts = GpuFacts(problem="The driver does not run.")
            around.bus.publish(ServerStateChanged(replace(READY, state=ServerState.FAILED)))
            await seen.until(lambda: len(seen.of(MachineExamined)) == 2)
            assert service.gpu.problem == "The driver does not run."

    asyncio.run(scenario())


def test_a_stopped_ollama_with_models_is_described(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with machine(tmp_path) as (service, around, _):
            around.service = stopped(models_folder(tmp_path / "theirs"))
            await service.look()
            found = service.system
            assert found is not None
            assert (found.model_count, found.size_bytes, found.address) == (1, 5, THERE)
            assert found.folder_can_be_used
            around.hidden = {"models_folder": Override("OLLAMA_MODELS", "/x")}
            await service.look()
            assert service.system is not None
            assert not service.system.folder_can_be_used

    asyncio.run(scenario())


def test_a_folder_that_is_empty_or_ours_or_unreadable_is_none_to_speak_of(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with machine(tmp_path) as (service, around, _):
            around.service = stopped(tmp_path / "nothing")
            await service.look()
            assert service.system is None
            around.service = stopped(models_folder(tmp_path / "theirs"))
            around.models_folder = tmp_path / "theirs"
            await service.look()
            assert service.system is None
            around.models_folder = tmp_path / "ours"
            for blob in (tmp_path / "theirs" / "blobs").iterdir():
                blob.unlink()
            await service.look()
            assert service.system is None

    asyncio.run(scenario())


def test_the_systems_server_gets_its_port_and_is_used(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with machine(tmp_path) as (service, around, _):
            around.service = stopped(models_folder(tmp_path / "theirs"))
            await service.look()
            await service.start_system_server()
            assert around.asked == ["stop", "start service", f"asked {THERE}", f"move to {THERE}", "start"]
            assert service.system is None

    asyncio.run(scenario())


def test_a_refused_password_lets_our_server_run_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with machine(tmp_path) as (service, around, _):
            around.service = stopped(models_folder(tmp_path / "theirs"))
            around.refusal = "It was not allowed."
            await service.look()
            with pytest.raises(SidecarError, match="not allowed"):
                await service.start_system_server()
            assert around.asked == ["stop", "start service", "start"]
            around.asked.clear()
            with pytest.raises(SidecarError, match="not allowed"):
                await service.start_system_server()
            assert around.asked == ["start service"], "it did not run before"

    asyncio.run(scenario())


def test_a_server_that_does_not_stop_or_answer_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with machine(tmp_path) as (service, around, _):
            around.service = stopped(models_folder(tmp_path / "theirs"))
            around.stopping = False
            await service.look()
            with pytest.raises(SidecarError, match="did not stop"):
                await service.start_system_server()
            assert around.asked == ["stop", "start"]
            around.stopping, around.answering = True, False
            with pytest.raises(SidecarError, match="does not answer"):
                await service.start_system_server()
            assert around.asked[-1] == "start"

    asyncio.run(scenario())


def test_what_is_gone_cannot_be_started(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with machine(tmp_path) as (service, _, _):
            with pytest.raises(SidecarError, match="no stopped Ollama"):
                await service.start_system_server()
            await service.use_system_folder()

    asyncio.run(scenario())


def test_its_models_folder_is_set_and_the_server_restarted(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with machine(tmp_path) as (service, around, _):
            theirs = models_folder(tmp_path / "theirs")
            around.service = stopped(theirs)
            await service.look()
            await service.use_system_folder()
            assert around.asked == [f"set {{'models_folder': '{theirs}'}}", "restart"]
            assert service.system is None, "it is ours now"

    asyncio.run(scenario())


def test_a_gpu_lies_idle_only_while_the_built_in_engine_runs() -> None:
    facts = GpuFacts((Gpu(GpuVendor.AMD, "APU", 500_000_000), RTX))
    assert idle_gpu(facts, READY) == RTX
    assert idle_gpu(GpuFacts(), READY) is None
    assert idle_gpu(facts, replace(READY, kind=ServerKind.OLLAMA)) is None
    assert idle_gpu(facts, replace(READY, state=ServerState.STOPPED)) is None
    assert idle_gpu(facts, replace(READY, state=ServerState.EXTERNAL)) is None
    assert idle_gpu(facts, replace(READY, address=ServerAddress("gpu.example"))) is None
