"""Every byte of a models folder is counted once, and for whom it is there."""

from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.registry.parts import Partial
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore
from ollama_desk.registry.usage import disk_use

GHOST = "sha256:" + "0" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def weights(folder: Path) -> int:
    """The size of the weights that two models share."""
    store = ModelStore(folder)
    data = resource("demo", "demo.gguf").read_bytes()
    digest, _ = store.blobs.add(data)
    list(store.create(parse_name("base"), Recipe(files={"demo.gguf": digest}, system="Old.")))
    list(store.create(parse_name("child"), Recipe(base=parse_name("base"), system="New and longer.")))
    return len(data)


def on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "blobs").iterdir())


def test_a_folder_that_is_not_there_holds_nothing_and_has_a_disk(folder: Path) -> None:
    use = disk_use(folder)
    assert (use.models, use.used_bytes) == ((), 0)
    assert use.free_bytes is not None
    assert use.disk_bytes is not None
    assert 0 < use.free_bytes <= use.disk_bytes


def test_what_models_share_is_counted_once(folder: Path, weights: int) -> None:
    use = disk_use(folder)
    assert use.used_bytes == on_disk(folder)
    assert use.shared_bytes == weights
    assert [model.name for model in use.models] == ["child:latest", "base:latest"]  # the larger one first
    child, base = use.models
    assert child.shared_bytes == base.shared_bytes == weights
    assert child.own_bytes > base.own_bytes > 0
    assert (child.shared_with, base.shared_with) == (("base:latest",), ("child:latest",))


def test_unused_blobs_and_unfinished_downloads_have_figures_of_their_own(folder: Path, weights: int) -> None:
    store = ModelStore(folder)
    unused, _ = store.blobs.add(b"u" * 1000)
    with Partial(store.blobs.path(GHOST), 500_000) as partial:
        partial.write(partial.parts[0], b"p" * 8192)
    use = disk_use(folder, keep=frozenset({GHOST}))
    assert use.unused_bytes == 1000
    assert 8192 <= use.partial_bytes < 500_000
    kept = disk_use(folder, keep=frozenset({GHOST, unused}))
    assert (kept.unused_bytes, kept.partial_bytes) == (0, use.partial_bytes + 1000)
    given_up = disk_use(folder)
    assert (given_up.unused_bytes, given_up.partial_bytes) == (use.partial_bytes + 1000, 0)
    assert use.used_bytes == kept.used_bytes == given_up.used_bytes
    assert weights


def test_what_came_of_a_file_that_a_model_lacks_is_no_waste(folder: Path, weights: int) -> None:
    store = ModelStore(folder)
    (digest,) = (layer.digest for layer in disk_use(folder).models[0].layers if layer.wanted_bytes == weights)
    store.blobs.remove(digest)
    with Partial(store.blobs.path(digest), weights) as partial:
        partial.write(partial.parts[0], b"p" * 8192)
    use = disk_use(folder)
    assert use.unused_bytes == 0
    assert use.partial_bytes >= 8192


def test_a_damaged_model_keeps_its_bytes_in_the_count(folder: Path, weights: int) -> None:
    store = ModelStore(folder)
    store.delete(parse_name("base"))
    path = folder / "manifests" / "registry.ollama.ai" / "library" / "child" / "latest"
    path.write_bytes(path.read_bytes()[:-5])
    (model,) = disk_use(folder).models
    assert model.is_unreadable
    assert model.total_bytes >= weights
    assert disk_use(folder).unused_bytes == 0
