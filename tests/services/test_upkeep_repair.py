"""Damaged files beside a real engine: found, moved away, and brought again from the registry, or left as they were."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ollama_desk.domain.errors import PullRefusedError, RegistryError, UpkeepRefusedError
from ollama_desk.domain.pulls import PullState
from ollama_desk.domain.server import ServerState
from ollama_desk.domain.upkeep import Damage, Health
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
        desk.desk.server_is(ServerState.STOPPED)  # so that the download waits in the list
        await desk.desk.pulls.add(name, insecure=True, consented=True)
        with pytest.raises(PullRefusedError, match="in the list of downloads already"):
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
