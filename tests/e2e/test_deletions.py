"""Deleting in the real program: who leaves has it done, who is cut off still has the model."""

from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore
from tests.support.app import App
from tests.support.engine import until
from tests.support.processes import marked_processes

DRIVER = Path(__file__).with_name("deletion_driver.py")
NAMES = {"kept:latest", "gone:latest", "other:latest"}
LIMIT_S = 30.0


def filled(folder: Path) -> ModelStore:
    """Three models with the same weights; one has a system prompt of its own."""
    store = ModelStore(folder / "data" / "models")
    digest, _ = store.blobs.add(resource("demo", "demo.gguf").read_bytes())
    for name in sorted(NAMES):
        recipe = Recipe(files={"demo.gguf": digest}, system="Say goodbye." if name.startswith("gone") else "")
        list(store.create(parse_name(name), recipe))
    return store


def installed(store: ModelStore) -> set[str]:
    return {files.name.short for files in store.models()}


@pytest.mark.e2e
def test_who_leaves_has_deleted_what_was_not_taken_back(tmp_path: Path) -> None:
    store = filled(tmp_path)
    blobs = {path.name for path in (tmp_path / "data" / "models" / "blobs").iterdir()}
    with App(tmp_path / "data", "leave", driver=DRIVER) as app:
        assert app.wait_for("BACK") == '"kept:latest"'
        assert app.wait_for("DELETED").startswith('"gone:latest was deleted.')
        assert app.wait() == 0, app.errors()
        assert not app.errors()
        assert not marked_processes(app.owner())
    assert installed(store) == NAMES - {"gone:latest"}
    left = {path.name for path in (tmp_path / "data" / "models" / "blobs").iterdir()}
    assert left < blobs
    for name in NAMES - {"gone:latest"}:
        store.refuse_wrong_sizes(parse_name(name))


@pytest.mark.e2e
def test_who_is_cut_off_still_has_the_model(tmp_path: Path) -> None:
    store = filled(tmp_path)
    with App(tmp_path / "data", "stay", driver=DRIVER) as app:
        app.wait_for("DELETED")
        owner = app.owner()
        app.kill()
        until(lambda: not marked_processes(owner), LIMIT_S, "the server outlived the app")
    assert installed(store) == NAMES
