"""A models folder beside a real engine: looked at, read and tidied up."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ollama_desk.domain.errors import UpkeepRefusedError
from ollama_desk.domain.events import MoveChanged, UpkeepChanged
from ollama_desk.domain.imports import ImportJob, ImportState
from ollama_desk.domain.moving import MoveJob, MoveState
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.domain.upkeep import Health, LeftoverKind
from ollama_desk.registry.verifying import STEP_BYTES
from tests.support.deadline import wait_for
from tests.support.pulls_place import MIB, SLOW, Place, pulls_place
from tests.support.scripted_model import build
from tests.support.upkeep_desk import UpkeepDesk, play

LIMIT_S = 60.0


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    build(path, {("story",): "Once."}, "Hello.", name="Tiny")
    return path.read_bytes()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with pulls_place(tmp_path) as place:
        yield place


def test_cleaning_up_takes_what_nobody_needs_and_the_engine_goes_on(place: Place, weights: bytes) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        name = await desk.pull()
        unused = place.engine.ask("POST", f"/api/blobs/{sha(b'unused')}", raw=b"unused")
        assert unused.status == 201
        place.registry.faults.bytes_per_s = SLOW
        job = await desk.desk.pulls.add(place.registry.name("big"), insecure=True, consented=True)
        await desk.desk.comes(job.id)
        await desk.desk.pulls.pause(job.id)
        state = await desk.upkeep.usage()
        assert state.use is not None
        assert (state.use.unused_bytes, state.use.partial_bytes > 0) == (6, True)
        (found,) = await desk.upkeep.leftovers()  # the paused download is not among them
        assert (found.kind, found.digest) == (LeftoverKind.UNUSED, sha(b"unused"))
        done = await desk.upkeep.clean_up((found,))
        assert (done.freed_bytes, done.kept) == (6, 0)

        await desk.desk.pulls.cancel(job.id, keep_parts=True)

        async def freed() -> int:  # nothing while the engine still writes, which it does for a moment
            found = await desk.upkeep.leftovers()
            assert {each.kind for each in found} <= {LeftoverKind.PARTIAL}
            return (await desk.upkeep.clean_up(found)).freed_bytes

        assert await wait_for(freed, bool, LIMIT_S)
        assert [model["name"] for model in place.engine.ask("GET", "/api/tags").json["models"]] == [name]
        assert desk.blob(digest).read_bytes() == weights

    digest = place.registry.add(weights)[0]
    place.registry.add(bytes(8 * MIB), model="big")
    play(place, scenario)


def test_what_came_to_be_needed_after_it_was_listed_stays_and_is_counted(place: Place, weights: bytes) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        digest = sha(weights)
        assert place.engine.ask("POST", f"/api/blobs/{digest}", raw=weights).status == 201
        found = await desk.upkeep.leftovers()
        assert [each.digest for each in found] == [digest]
        made = place.engine.ask("POST", "/api/create", {"model": "late", "files": {"m.gguf": digest}})
        assert made.lines[-1] == {"status": "success"}
        assert (await desk.upkeep.clean_up(found)).freed_bytes == 0
        (late,) = await desk.verified()
        assert late.health is Health.SOUND

    play(place, scenario)


def test_a_download_that_begins_while_files_are_on_their_way_out_keeps_what_it_needs(place: Place) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        assert place.engine.ask("POST", f"/api/blobs/{digest}", raw=data).status == 201
        found = await desk.upkeep.leftovers()
        place.registry.faults.bytes_per_s = SLOW
        job = await desk.desk.pulls.add(place.registry.name(), insecure=True, consented=True)
        await desk.desk.until(lambda: bool(desk.desk.job(job.id).layers))
        assert (await desk.upkeep.clean_up(found)).freed_bytes == 0
        assert desk.blob(digest).exists()

    data = bytes(MIB)
    digest = place.registry.add(data, bytes(8 * MIB))[0]
    play(place, scenario)


def test_what_a_killed_clean_up_moved_is_put_back_with_the_next_start(place: Place, weights: bytes) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        await desk.pull()
        desk.blob(digest).rename(desk.blob(digest).with_suffix(".aside"))
        desk.desk.server_is(ServerState.READY)
        await desk.desk.seen.until(lambda: desk.upkeep.state.use is not None, LIMIT_S)
        assert desk.blob(digest).read_bytes() == weights
        desk.desk.server_is(ServerState.READY)  # once is enough

    digest = place.registry.add(weights)[0]
    play(place, scenario)


def test_young_leftovers_are_found_where_they_are_asked_for(place: Place) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        assert place.engine.ask("POST", f"/api/blobs/{sha(b'young')}", raw=b"young").status == 201
        assert await desk.upkeep.leftovers() == ()
        assert len(await desk.upkeep.leftovers(recent=True)) == 1

    play(place, scenario, min_age_s=600.0)


def test_leftovers_of_a_deleted_model_carry_its_name(place: Place, weights: bytes) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        name = await desk.pull()
        await desk.upkeep.usage()
        kept = desk.blob(digest).read_bytes()
        assert place.engine.ask("DELETE", "/api/delete", {"model": name}).status == 200
        desk.blob(digest).write_bytes(kept)
        (found,) = await desk.upkeep.leftovers()
        assert found.belonged_to == name

    digest = place.registry.add(weights)[0]
    play(place, scenario)


def test_where_nothing_may_be_removed_the_reason_is_said(place: Place) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        assert place.engine.ask("POST", f"/api/blobs/{sha(b'x')}", raw=b"x").status == 201
        (found,) = await desk.upkeep.leftovers()

        async def is_refused(words: str) -> None:
            for attempt in (desk.upkeep.leftovers, lambda: desk.upkeep.clean_up((found,))):
                with pytest.raises(UpkeepRefusedError, match=words):
                    await attempt()
            assert desk.blob(sha(b"x")).exists()

        desk.around.shared_with = "another Ollama (process 4711)"
        await is_refused("^Another Ollama .* works in this folder")
        assert (await desk.upkeep.usage()).use is not None  # it can be looked at
        assert await desk.verified() == ()
        desk.around.shared_with = ""
        desk.around.jobs = (ImportJob(1, "m", ImportState.COPYING),)
        await is_refused("being imported")
        desk.around.jobs = ()
        desk.desk.bus.publish(MoveChanged(move(MoveState.COPYING)))
        await is_refused("being moved")
        desk.desk.bus.publish(MoveChanged(move(MoveState.FINISHED)))
        desk.around.status = ServerStatus(ServerState.EXTERNAL)
        desk.around.shared_with = "another Ollama (process 4711)"  # that very server
        await is_refused("did not start")
        desk.around.is_elsewhere()
        await is_refused("another machine")
        assert (await desk.upkeep.usage()).unseen
        with pytest.raises(UpkeepRefusedError, match="another machine"):
            await desk.upkeep.verify()

    play(place, scenario)


def test_a_verification_can_rest_go_on_and_be_left(place: Place) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        await desk.pull()
        await desk.upkeep.verify()
        desk.upkeep.pause()
        await desk.desk.seen.until(lambda: bool(desk.told()) and desk.told()[-1].progress.is_paused, LIMIT_S)
        assert desk.upkeep.state.progress is not None
        assert desk.upkeep.state.progress.is_paused
        await desk.upkeep.verify()  # one that goes on goes on
        desk.upkeep.resume()
        await desk.idle()
        (model,) = desk.upkeep.state.healths
        assert model.health is Health.SOUND

        await desk.upkeep.verify()
        desk.upkeep.pause()
        desk.upkeep.cancel()
        await desk.idle()
        for act in (desk.upkeep.pause, desk.upkeep.resume, desk.upkeep.cancel):
            act()  # nothing goes on: nothing happens
        progress = [event.progress for event in desk.told()]
        assert all(each.done_bytes <= each.total_bytes for each in progress)

    place.registry.add(bytes(3 * STEP_BYTES))
    play(place, scenario)


def test_nothing_is_said_where_nothing_has_changed(place: Place, weights: bytes) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        await desk.pull()
        await desk.upkeep.usage()
        before = len(desk.desk.seen.of(UpkeepChanged))
        await desk.upkeep.usage()
        free = {event.upkeep.use.free_bytes for event in desk.desk.seen.of(UpkeepChanged) if event.upkeep.use}
        assert len(desk.desk.seen.of(UpkeepChanged)) in (before, before + len(free) - 1)

    place.registry.add(weights)
    play(place, scenario)


def move(state: MoveState) -> MoveJob:
    return MoveJob(state, Path("/a"), Path("/b"))


def sha(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
