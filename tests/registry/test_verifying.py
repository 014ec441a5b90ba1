"""Reading blobs: what is damaged is found, each kind of damage, and nothing is changed by it."""

import hashlib
import os
import sys
from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.domain.upkeep import BlobVerdict, Damage, Health, ModelHealth, health_of
from ollama_desk.registry import verifying
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore
from ollama_desk.registry.usage import disk_use
from ollama_desk.registry.verifying import verify_blobs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def weights(folder: Path) -> Path:
    """The weights of the one model, "demo"."""
    store = ModelStore(folder)
    digest, _ = store.blobs.add(resource("demo", "demo.gguf").read_bytes())
    list(store.create(parse_name("demo"), Recipe(files={"demo.gguf": digest}, system="Be brief.")))
    return store.blobs.path(digest)


def verdicts(folder: Path) -> dict[str, BlobVerdict]:
    steps = list(verify_blobs(folder))
    assert [step.done_bytes for step in steps] == sorted(step.done_bytes for step in steps)
    assert steps[-1].done_bytes == steps[-1].total_bytes
    return {step.verdict.digest: step.verdict for step in steps if step.verdict is not None}


def health(folder: Path) -> ModelHealth:
    (model,) = disk_use(folder).models
    return health_of(model, verdicts(folder))


def damages(folder: Path) -> list[Damage]:
    found = health(folder)
    assert found.health is Health.DAMAGED
    return [each.damage for each in found.damages]


def test_an_empty_folder_has_nothing_to_verify(folder: Path) -> None:
    assert list(verify_blobs(folder)) == []


def test_a_whole_model_is_sound(folder: Path, weights: Path) -> None:
    assert health(folder).health is Health.SOUND
    assert weights.is_file()


def test_a_flipped_bit_is_found(folder: Path, weights: Path) -> None:
    with weights.open("r+b") as file:
        file.seek(5000)
        byte = file.read(1)[0]
        file.seek(5000)
        file.write(bytes((byte ^ 1,)))
    found = health(folder)
    (damage,) = found.damages
    assert (damage.damage, damage.digest) == (Damage.CONTENT, weights.name.replace("-", ":"))
    assert damage.media_type.endswith(".model")


def test_a_file_that_is_too_short_is_told_as_that(folder: Path, weights: Path) -> None:
    wanted = weights.stat().st_size
    os.truncate(weights, 100)
    (damage,) = health(folder).damages
    assert (damage.damage, damage.found_bytes, damage.wanted_bytes) == (Damage.SIZE, 100, wanted)


def test_a_file_that_is_gone_is_told_as_that(folder: Path, weights: Path) -> None:
    weights.unlink()
    assert damages(folder) == [Damage.MISSING]


def test_a_folder_in_the_place_of_a_blob_is_no_blob(folder: Path, weights: Path) -> None:
    weights.unlink()
    weights.mkdir()
    assert damages(folder) == [Damage.MISSING]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that nobody can read")
def test_a_file_that_the_disk_does_not_give_is_told_as_that(folder: Path, weights: Path) -> None:
    weights.unlink()
    weights.symlink_to("/proc/self/mem")
    (verdict,) = [each for each in verdicts(folder).values() if each.damage is not None]
    assert verdict.damage is Damage.UNREADABLE


def test_a_manifest_that_is_none_is_told(folder: Path, weights: Path) -> None:
    path = folder / "manifests" / "registry.ollama.ai" / "library" / "demo" / "latest"
    path.write_bytes(path.read_bytes()[:-30])
    assert damages(folder)[0] is Damage.MANIFEST
    assert weights.is_file()


def test_nothing_is_known_of_a_model_that_was_not_read_or_has_changed_since(folder: Path, weights: Path) -> None:
    (model,) = disk_use(folder).models
    assert health_of(model, {}).health is Health.UNKNOWN
    known = verdicts(folder)
    os.utime(weights, (1, 1))
    (model,) = disk_use(folder).models
    assert health_of(model, known).health is Health.UNKNOWN


def test_a_file_that_is_written_to_while_it_is_read_has_no_verdict(folder: Path) -> None:
    data = bytes(verifying.STEP_BYTES + 1)
    digest, _ = ModelStore(folder).blobs.add(data)
    path = ModelStore(folder).blobs.path(digest)
    steps = verify_blobs(folder, [digest])
    assert next(steps).verdict is None
    with path.open("ab") as file:
        file.write(b"more")
    rest = list(steps)
    assert all(step.verdict is None for step in rest)
    assert rest[-1].done_bytes == rest[-1].total_bytes


def test_a_file_that_vanishes_while_others_are_read_is_missing(folder: Path) -> None:
    store = ModelStore(folder)
    digests = sorted(store.blobs.add(bytes((number,)))[0] for number in range(2))
    steps = verify_blobs(folder, digests)
    first = next(steps).verdict
    assert first is not None
    assert (first.digest, first.damage) == (digests[0], None)
    store.blobs.remove(digests[1])
    verdict = next(steps).verdict
    assert verdict is not None
    assert verdict.damage is Damage.MISSING


def test_reading_goes_on_in_steps_that_can_be_left(folder: Path) -> None:
    data = bytes(3 * verifying.STEP_BYTES)
    digest, _ = ModelStore(folder).blobs.add(data)
    assert digest == f"sha256:{hashlib.sha256(data).hexdigest()}"
    steps = verify_blobs(folder, [digest])
    assert next(steps).done_bytes == verifying.STEP_BYTES
    steps.close()
