"""A models folder beside a real engine: looked at, read, mended from its registry and tidied up."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ollama_desk.domain.errors import PullRefusedError, RegistryError, UpkeepRefusedError
from ollama_desk.domain.events import MoveChanged, UpkeepChanged
from ollama_desk.domain.imports import ImportJob, ImportState
from ollama_desk.domain.moving import MoveJob, MoveState
from ollama_desk.domain.pulls import PullJob, PullState
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.domain.upkeep import Damage, Health, LeftoverKind
from ollama_desk.registry.verifying import STEP_BYTES
from ollama_desk.services.upkeep_rules import refusal
from tests.support.pulls_place import MIB, SLOW, Place, pulls_place
from tests.support.registry_server import Refusal
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


def flip(path: Path) -> None:
    """Another byte in the middle, and the times as they were: what a bad disk does."""
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_flipped_bit_is_found_and_the_download_brings_only_that_file_again(place: Place, weights: bytes) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        name = await desk.pull()
        (sound,) = await desk.verified()
        assert (sound.name, sound.health) == (name, Health.SOUND)
        flip(desk.blob(digest))
        (known,) = (await desk.upkeep.usage()).healths
        assert known.health is Health.SOUND  # nothing tells, until it is read again
        (damaged,) = await desk.verified([name])
        assert [(each.digest, each.damage) for each in damaged.damages] == [(digest, Damage.CONTENT)]
        assert desk.upkeep.state.damaged == {name}

        asked = len(place.registry.seen)
        job = await desk.upkeep.repair(name)
        await desk.desk.reaches(job.id, PullState.FINISHED)
        brought = {seen.path.rsplit("/", 1)[-1] for seen in place.registry.seen[asked:] if seen.kind == "cdn"}
        assert not brought or brought == {digest}
        assert desk.blob(digest).read_bytes() == weights
        await desk.desk.seen.until(lambda: not desk.upkeep.state.damaged, LIMIT_S)
        await desk.idle()
        (mended,) = desk.upkeep.state.healths
        assert mended.health is Health.SOUND  # it was read once more
        assert not [path.name for path in desk.blobs.iterdir() if path.name.endswith(".damaged")]

    digest = place.registry.add(weights)[0]
    play(place, scenario)


def test_files_that_are_cut_or_gone_are_known_without_reading_and_are_mended_too(place: Place, weights: bytes) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        name = await desk.pull()
        os.truncate(desk.blob(digest), 100)
        (cut,) = (await desk.upkeep.usage()).healths
        assert [each.damage for each in cut.damages] == [Damage.SIZE]
        desk.blob(digest).unlink()
        (gone,) = (await desk.upkeep.usage()).healths
        assert [each.damage for each in gone.damages] == [Damage.MISSING]
        job = await desk.upkeep.repair(name)
        await desk.desk.reaches(job.id, PullState.FINISHED)
        assert desk.blob(digest).read_bytes() == weights

    digest = place.registry.add(weights)[0]
    play(place, scenario)


def test_a_damaged_manifest_is_brought_again(place: Place, weights: bytes) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        name = await desk.pull()
        (manifest,) = [path for path in (place.engine.models / "manifests").rglob("*") if path.is_file()]
        whole = manifest.read_bytes()
        manifest.write_bytes(whole[:-20])
        (broken,) = (await desk.upkeep.usage()).healths
        assert (broken.name, broken.damages[0].damage) == (name, Damage.MANIFEST)
        job = await desk.upkeep.repair(name)
        await desk.desk.reaches(job.id, PullState.FINISHED)
        assert manifest.read_bytes() == whole

    place.registry.add(weights)
    play(place, scenario)


def test_a_repair_that_cannot_begin_leaves_everything_as_it_was(place: Place, weights: bytes) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        name = await desk.pull()
        with pytest.raises(UpkeepRefusedError, match="No damaged file"):
            await desk.upkeep.repair(name)
        os.truncate(desk.blob(digest), 100)
        place.registry.faults.manifest = Refusal(503)
        with pytest.raises(RegistryError):
            await desk.upkeep.repair(name)
        place.registry.faults.manifest = None
        place.registry.faults.bytes_per_s = SLOW
        (finished,) = desk.desk.pulls.jobs
        await desk.desk.pulls.add(name, insecure=True, consented=True)
        assert finished.state is PullState.FINISHED
        with pytest.raises((PullRefusedError, UpkeepRefusedError)):  # in the list already, or not looked up yet
            await desk.upkeep.repair(name)
        assert desk.blob(digest).stat().st_size == 100

    digest = place.registry.add(weights)[0]
    play(place, scenario)


def test_a_repair_that_is_given_up_puts_the_old_file_back(place: Place) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        name = await desk.pull()
        flip(desk.blob(digest))
        await desk.verified()
        place.registry.faults.bytes_per_s = SLOW
        job = await desk.upkeep.repair(name)
        await desk.desk.comes(job.id)
        assert not desk.blob(digest).exists()
        await desk.desk.pulls.cancel(job.id, keep_parts=False)
        await desk.desk.seen.until(lambda: desk.blob(digest).exists(), LIMIT_S)
        await desk.idle()

    digest = place.registry.add(bytes(8 * MIB))[0]
    play(place, scenario)


def test_a_file_of_a_model_that_was_made_here_comes_from_the_model_that_it_was_taken_from(
    place: Place, weights: bytes
) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        name = await desk.pull()
        made = place.engine.ask("POST", "/api/create", {"model": "mine", "from": name, "system": "Be brief."})
        assert made.status == 200
        flip(desk.blob(digest))
        await desk.verified()
        assert desk.upkeep.state.damaged == {name, "mine:latest"}
        job = await desk.upkeep.repair("mine:latest")
        assert job.name == name
        await desk.desk.reaches(job.id, PullState.FINISHED)
        assert desk.blob(digest).read_bytes() == weights

    digest = place.registry.add(weights)[0]
    play(place, scenario)


def test_a_model_of_a_file_of_the_person_is_to_be_imported_again(place: Place, tmp_path: Path, weights: bytes) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        file = tmp_path / "own.gguf"
        file.write_bytes(weights)
        place.engine.create("own", file)
        flip(max(desk.blobs.iterdir(), key=lambda path: path.stat().st_size))
        await desk.verified()
        with pytest.raises(UpkeepRefusedError, match="did not come from a registry"):
            await desk.upkeep.repair("own:latest")

    play(place, scenario)


def test_a_newer_version_does_not_take_the_place_of_a_damaged_one_unasked(place: Place, weights: bytes) -> None:
    async def scenario(desk: UpkeepDesk) -> None:
        name = await desk.pull()
        os.truncate(desk.blob(digest), 100)
        place.registry.add(weights + b"newer")
        with pytest.raises(UpkeepRefusedError, match="another version"):
            await desk.upkeep.repair(name)
        assert desk.blob(digest).stat().st_size == 100

    digest = place.registry.add(weights)[0]
    play(place, scenario)


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
        (partial,) = await desk.upkeep.leftovers()
        assert partial.kind is LeftoverKind.PARTIAL
        assert (await desk.upkeep.clean_up((partial,))).freed_bytes > 0
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
        await is_refused("did not start")
        desk.around.is_elsewhere()
        await is_refused("another machine")
        assert (await desk.upkeep.usage()).unseen
        with pytest.raises(UpkeepRefusedError, match="another machine"):
            await desk.upkeep.verify()

    play(place, scenario)


def test_a_download_that_nobody_knows_yet_is_waited_for() -> None:
    job = PullJob(1, "m", PullState.RUNNING, datetime(2026, 1, 1, tzinfo=UTC))
    ready = ServerStatus(ServerState.READY)
    assert "just beginning" in refusal(ready, shared_with="", imports=(), pulls=(job,), is_moving=False)
    waiting = replace(job, state=PullState.PAUSED)
    assert refusal(ready, shared_with="", imports=(), pulls=(waiting,), is_moving=False) == ""


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
