"""A model is kept up to date and exported through the real window, the real engine and a registry on a socket."""

import json
from pathlib import Path

import pytest

from ollama_desk.core.resources import resource
from tests.support.app import ROOT, App
from tests.support.processes import marked_processes
from tests.support.registry_server import RegistryServer

DRIVER = ROOT / "tests" / "e2e" / "order_driver.py"
FACTS = {"model_format": "gguf", "model_family": "llama", "model_type": "184K", "file_type": "F16"}


@pytest.mark.e2e
def test_a_model_is_found_old_updated_and_exported(tmp_path: Path) -> None:
    weights = resource("demo", "demo.gguf").read_bytes()
    file = tmp_path / "Meine Dateien" / "mine.gguf"
    file.parent.mkdir()
    with RegistryServer() as registry:
        registry.add(weights, config=json.dumps(FACTS).encode())
        arguments = ("keep_in_order", f"{registry.host}/library/tiny", str(file))
        with App(tmp_path / "data", *arguments, driver=DRIVER) as app:
            assert "1 model that came from a registry is up to date" in app.wait_for("CURRENT")
            registry.add(weights, config=json.dumps({**FACTS, "model_type": "184.1K"}).encode())
            assert "1 update: " in app.wait_for("FOUND")
            assert "up to date" in app.wait_for("UPDATED")
            assert app.wait_for("PROPOSED") == '"tiny-F16.gguf"'
            assert "mine.gguf" in app.wait_for("EXPORTED")
            assert app.wait() == 0, app.errors()
            assert app.errors() == ""
            assert marked_processes(app.owner()) == []
    assert file.read_bytes() == weights
    assert [path.name for path in file.parent.iterdir()] == [file.name]
