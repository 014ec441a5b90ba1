"""The disk of the models in the real program: seen, verified, tidied up."""

from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore
from tests.support.app import App
from tests.support.processes import marked_processes

DRIVER = Path(__file__).with_name("disk_driver.py")


@pytest.mark.e2e
def test_a_damaged_model_is_found_and_what_is_unused_goes(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "data" / "models")
    digest, _ = store.blobs.add(resource("demo", "demo.gguf").read_bytes())
    list(store.create(parse_name("mine"), Recipe(files={"demo.gguf": digest})))
    weights = store.blobs.path(digest)
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    unused, _ = store.blobs.add(b"u" * 1000)
    with App(tmp_path / "data", "play", driver=DRIVER) as app:
        assert app.wait_for("HOLDS").startswith('"1 model, ')
        assert app.wait_for("VERDICT") == '"Files of 1 model are damaged."'
        assert "did not come from a registry" in app.wait_for("REMEDY")
        assert app.wait_for("ASKS") == '"There is nothing to clean up"'
        assert app.wait_for("ASKS") == '"Remove 1 entry that no model needs?"'
        assert app.wait_for("FREED") == '"1.0 KB freed."'
        assert app.wait() == 0, app.errors()
        assert not app.errors()
        assert not marked_processes(app.owner())
    assert not store.blobs.has(unused)
    assert store.blobs.has(digest)
