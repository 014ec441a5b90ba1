"""The drawer in the real program: a model is read about, and another made of it, renamed and copied."""

from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.store import ModelStore
from tests.support.app import App
from tests.support.processes import marked_processes

DRIVER = Path(__file__).with_name("drawer_driver.py")


@pytest.mark.e2e
def test_a_model_is_edited_as_a_new_one_that_is_renamed_and_copied(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "data" / "models")
    digest, _ = store.blobs.add(resource("demo", "demo.gguf").read_bytes())
    recipe = Recipe(files={"demo.gguf": digest}, system="Be brief.", parameters={"temperature": 0.5})
    list(store.create(parse_name("mine"), recipe))
    with App(tmp_path / "data", "play", driver=DRIVER) as app:
        assert app.wait_for("SAYS") == '"Be brief." "Deleting this model frees 590 KB."'
        assert app.wait_for("MADE").startswith('true "Deleting this model frees ')
        assert app.wait_for("RENAMED") == '"pirate:latest"'
        assert app.wait_for("COPIED") == '"pirate:latest"'
        assert app.wait_for("CLOSED") == "true"
        assert app.wait() == 0, app.errors()
        assert not app.errors()
        assert not marked_processes(app.owner())
    made = {files.name.short: files for files in store.models()}
    assert set(made) == {"mine:latest", "pirate:latest", "pirate-two:latest"}
    assert made["mine:latest"].system == "Be brief."
    for name in ("pirate:latest", "pirate-two:latest"):
        assert made[name].system == "Talk like a pirate."
        assert made[name].parameters == {"num_ctx": 4096, "temperature": 0.5}
