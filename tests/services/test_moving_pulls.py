"""Downloads go along: what is half there goes on in the new place, by itself or when a person lets it."""

import asyncio
from pathlib import Path

from ollama_desk.domain.events import PullProgressed
from ollama_desk.domain.moving import MoveState
from ollama_desk.domain.pulls import PullState
from tests.support.blob_contents import MIB, Large
from tests.support.move_folders import contents
from tests.support.moving_desk import LIMIT_S, MovingDesk, another_disk, moving_desk
from tests.support.registry_server import RegistryServer

SIZE = 12 * MIB


def test_a_paused_download_and_a_running_one_end_in_the_new_place(tmp_path: Path) -> None:
    async def scenario(server: RegistryServer, disk: Path) -> None:
        digests = [*server.add(Large(SIZE, seed=1), model="one"), *server.add(Large(SIZE, seed=2), model="two")]
        server.faults.bytes_per_s = 8 * MIB
        async with moving_desk(tmp_path) as moving:
            await moving.start()
            pulls = moving.desk.pulls
            paused = await pulls.add(server.name("one"), insecure=True, consented=True)
            await comes(moving, paused.id)
            await pulls.pause(paused.id)
            running = await pulls.add(server.name("two"), insecure=True, consented=True)
            await comes(moving, running.id)
            job = await moving.move(disk)
            assert (job.state, job.reason) == (MoveState.FINISHED, "")
            assert not (tmp_path / "data/models").exists()
            begun = [path for path in contents(disk) if path.endswith("-partial")]
            assert f"blobs/{digests[0].replace(':', '-')}-partial" in begun
            server.faults.bytes_per_s = 0.0
            assert state(moving, paused.id) is PullState.PAUSED
            await pulls.resume(paused.id)
            for pull in (paused, running):
                await moving.seen.until(lambda pull=pull: state(moving, pull.id) is PullState.FINISHED, LIMIT_S)  # type: ignore[misc]
            there = contents(disk)
            assert {f"blobs/{digest.replace(':', '-')}" for digest in digests} <= set(there)
            assert not any("-partial" in path for path in there)

    with RegistryServer() as server, another_disk(tmp_path) as disk:
        asyncio.run(scenario(server, disk))


async def comes(moving: MovingDesk, job_id: int) -> None:
    """Once something of it is there."""

    def is_there(event: PullProgressed) -> bool:
        return event.job.id == job_id and event.job.completed_bytes > MIB

    await moving.seen.wait_for(PullProgressed, is_there, LIMIT_S)


def state(moving: MovingDesk, job_id: int) -> PullState:
    return next(job.state for job in moving.desk.pulls.jobs if job.id == job_id)
