"""Manifests that are damaged, strange, unreadable or out of reach keep what they name, or all there is."""

import sys
import time
from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.domain.errors import StorageError
from ollama_desk.registry.leftovers import find_leftovers, remove_leftovers
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore
from ollama_desk.registry.usage import disk_use

HOUR_S = 3600.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def store(folder: Path) -> ModelStore:
    """With one model, "demo"."""
    store = ModelStore(folder)
    weights, _ = store.blobs.add(resource("demo", "demo.gguf").read_bytes())
    list(store.create(parse_name("demo"), Recipe(files={"demo.gguf": weights}, system="Be brief.")))
    return store


def later() -> float:
    return time.time() + HOUR_S


def test_damaged_manifests_and_strange_ones_keep_what_they_name(store: ModelStore, folder: Path) -> None:
    first, _ = store.blobs.add(b"1")
    second, _ = store.blobs.add(b"2")
    third, _ = store.blobs.add(b"3")
    manifests = folder / "manifests"
    (manifests / "broken").write_bytes(b'{"layers": [{"digest": "' + first.upper().replace("SHA", "sha").encode())
    (manifests / ".being-written").write_bytes(b"\xff" + second.replace(":", "-").encode())
    other = folder / "manifests-v2" / "deep" / "deeper" / "a" / "b" / "c"
    other.mkdir(parents=True)
    (other / "d").write_bytes(bytes((4 << 20) - 40) + third.encode())  # across two reads
    assert find_leftovers(folder, now=later()) == ()


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that nobody can read")
def test_nothing_is_said_to_be_unused_where_a_manifest_cannot_be_read(store: ModelStore, folder: Path) -> None:
    store.blobs.add(b"x")
    (found,) = find_leftovers(folder, now=later())
    unreadable = folder / "manifests" / "unreadable"
    unreadable.symlink_to("/proc/self/mem")
    with pytest.raises(StorageError):
        find_leftovers(folder, now=later())
    with pytest.raises(StorageError):
        remove_leftovers(folder, (found,), settle_s=0)
    unreadable.unlink()

    def meanwhile(_seconds: float) -> None:
        unreadable.symlink_to("/proc/self/mem")

    with pytest.raises(StorageError):
        remove_leftovers(folder, (found,), rest=meanwhile)
    assert store.blobs.has(found.digest)  # it is back


@pytest.mark.parametrize("link", ["manifests/registry.ollama.ai/library", "manifests-v2"])
def test_nothing_is_said_to_be_unused_where_manifests_are_on_a_disk_that_is_not_there(
    store: ModelStore, folder: Path, link: str
) -> None:
    store.blobs.add(b"x")
    place = folder / link
    if place.exists():
        place.rename(folder / "elsewhere")
    place.symlink_to(folder / "not there")
    with pytest.raises(StorageError, match="No such file"):
        find_leftovers(folder, now=later())
    assert disk_use(folder).unused_bytes > 0  # looking is allowed all the same


def test_a_loop_of_links_below_the_manifests_ends(store: ModelStore, folder: Path) -> None:
    (folder / "manifests" / "loop").symlink_to(folder / "manifests")
    store.blobs.add(b"x")
    assert len(find_leftovers(folder, now=later())) == 1
