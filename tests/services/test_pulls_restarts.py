"""Downloads outlive the app, the server and the whole Desk."""

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.domain.errors import PullRefusedError
from ollama_desk.domain.events import ModelsChanged, PullFinished
from ollama_desk.domain.pulls import PullJob, PullState
from ollama_desk.domain.server import ServerState
from ollama_desk.services.config import DeskConfig, read_config
from ollama_desk.services.desk import Desk, open_desk
from tests.support.blob_contents import Large
from tests.support.engine import free_port
from tests.support.events import EventRecorder
from tests.support.pulls_desk import LIMIT_S, PullsDesk
from tests.support.pulls_place import FAST, MIB, SLOW, Place, add, pulls_place
from tests.support.registry_server import RegistryServer

DEMO = resource("demo", "demo.gguf").read_bytes()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with pulls_place(tmp_path) as made:
        yield made


def test_pl01_a_download_goes_on_after_the_app_was_closed_in_the_middle(place: Place) -> None:
    size = 12 * MIB
    (digest, _) = place.registry.add(Large(size))
    place.registry.faults.bytes_per_s = SLOW
    job_id = 0

    async def begin(desk: PullsDesk) -> None:
        nonlocal job_id
        job_id = (await add(desk, place)).id
        await desk.comes(job_id, 3 * MIB)

    async def go_on(desk: PullsDesk) -> None:
        found = desk.job(job_id)
        assert (found.name, found.insecure) == (place.registry.name(), True)
        assert found.state in (PullState.QUEUED, PullState.RUNNING)
        assert found.completed_bytes >= 2 * MIB
        done = await desk.reaches(job_id, PullState.FINISHED, PullState.FAILED)
        assert done.state is PullState.FINISHED
        desk.check_bar(job_id)

    place.play(begin)
    sent = place.registry.sent
    place.registry.faults.bytes_per_s = FAST
    place.play(go_on)
    assert place.registry.sent - sent <= size - 2 * MIB
    assert (place.engine.models / "blobs" / digest.replace(":", "-")).stat().st_size == size


def test_pl02_a_download_goes_on_after_the_server_was_killed(place: Place) -> None:
    place.registry.add(Large(12 * MIB))
    place.registry.faults.bytes_per_s = SLOW

    async def scenario(desk: PullsDesk) -> None:
        job = await add(desk, place)
        await desk.comes(job.id, 2 * MIB)
        place.engine.process.kill()
        place.registry.faults.bytes_per_s = FAST
        await asyncio.to_thread(place.engine.process.wait)
        waiting = await desk.reaches(job.id, PullState.WAITING)
        desk.server_is(ServerState.BACKOFF)
        assert "goes on by itself" in waiting.reason
        await asyncio.to_thread(place.engine.start)
        await asyncio.to_thread(place.engine.wait_ready)
        assert desk.job(job.id).state is PullState.WAITING
        desk.server_is(ServerState.READY)
        done = await desk.reaches(job.id, PullState.FINISHED, PullState.FAILED)
        assert (done.state, done.reason) == (PullState.FINISHED, "")
        desk.check_bar(job.id)

    place.play(scenario)


def test_pl02_a_server_that_is_stopped_lets_its_downloads_wait(place: Place) -> None:
    place.registry.add(Large(12 * MIB))
    place.registry.faults.bytes_per_s = SLOW

    async def scenario(desk: PullsDesk) -> None:
        job = await add(desk, place)
        await desk.comes(job.id, MIB)
        desk.server_is(ServerState.STOPPING)
        waiting = await desk.reaches(job.id, PullState.WAITING)
        assert "stopped" in waiting.reason
        desk.server_is(ServerState.STOPPED)
        late = await add(desk, place, "late")
        assert desk.job(late.id).state is PullState.QUEUED
        place.registry.faults.bytes_per_s = FAST
        desk.server_is(ServerState.READY)
        assert (await desk.reaches(job.id, PullState.FINISHED)).reason == ""

    place.play(scenario)


@pytest.fixture
def config(tmp_path: Path) -> DeskConfig:
    return replace(
        read_config(data_dir=tmp_path / "data", host=f"127.0.0.1:{free_port()}", environment=os.environ),
        built_in_only=True,
    )


def the_job(desk: Desk) -> PullJob:
    (job,) = desk.pulls.jobs
    return job


def test_pl01_a_whole_desk_that_is_left_in_the_middle_goes_on_when_it_is_opened_again(config: DeskConfig) -> None:
    size = 16 * MIB

    async def begin(registry: RegistryServer) -> None:
        async with open_desk(config) as desk:
            seen = EventRecorder(desk.bus)
            desk.server.start()
            await desk.pulls.add(registry.name(), insecure=True, consented=True)
            await seen.until(lambda: the_job(desk).completed_bytes >= len(DEMO) + 3 * MIB, LIMIT_S)
            with pytest.raises(PullRefusedError, match="being downloaded"):
                desk.changes.deletions.delete([registry.name()])

    async def go_on(registry: RegistryServer) -> None:
        async with open_desk(config) as desk:
            seen = EventRecorder(desk.bus)
            found = the_job(desk)
            assert (found.state, found.total_bytes) == (PullState.QUEUED, size + len(DEMO) + 2)
            assert found.completed_bytes >= len(DEMO) + 2 * MIB
            desk.server.start()
            await seen.wait_for(PullFinished, timeout_s=LIMIT_S)
            name = registry.name()
            await seen.wait_for(ModelsChanged, lambda event: bool(event.models), LIMIT_S)
            assert [model.name for model in desk.models.models] == [name]
            offer = await desk.pulls.look_up(name, insecure=True, consented=True)
            assert (offer.is_installed, offer.missing_bytes, offer.fits) == (True, 0, True)
            desk.changes.deletions.delete([name])
            await desk.changes.deletions.finish(name)

    with RegistryServer() as registry:
        registry.add(DEMO, Large(size))
        registry.faults.bytes_per_s = SLOW
        asyncio.run(begin(registry))
        sent = registry.sent
        registry.faults.bytes_per_s = FAST
        asyncio.run(go_on(registry))
        assert registry.sent - sent <= size - 2 * MIB


def test_pl02_a_server_that_is_killed_under_a_whole_desk_goes_on_with_its_download(config: DeskConfig) -> None:
    async def scenario(registry: RegistryServer) -> None:
        async with open_desk(config) as desk:
            seen = EventRecorder(desk.bus)
            desk.server.start()
            await desk.pulls.add(registry.name(), insecure=True, consented=True)
            await seen.until(lambda: the_job(desk).completed_bytes >= len(DEMO) + 2 * MIB, LIMIT_S)
            killed = desk.server.status.pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            registry.faults.bytes_per_s = FAST
            await seen.until(lambda: the_job(desk).state is PullState.WAITING, LIMIT_S)
            assert "goes on by itself" in the_job(desk).reason
            await seen.wait_for(PullFinished, timeout_s=LIMIT_S)
            assert desk.server.status.pid not in (None, killed)

    with RegistryServer() as registry:
        registry.add(DEMO, Large(12 * MIB))
        registry.faults.bytes_per_s = SLOW
        asyncio.run(scenario(registry))
