"""A model file that is dropped on the real window becomes a model that one can chat with."""

from pathlib import Path

import pytest

from tests.support.app import App
from tests.support.importing import tiny_file
from tests.support.models import STORY
from tests.support.processes import marked_processes

DRIVER = Path(__file__).with_name("import_driver.py")


@pytest.mark.e2e
def test_a_dropped_file_becomes_a_model_to_chat_with(tmp_path: Path) -> None:
    model = tiny_file(tmp_path / "Modelle 🙂" / "my tiny.gguf")
    other = tmp_path / "letter.pdf"
    other.write_bytes(b"%PDF")
    with App(tmp_path / "data", "play", str(model), str(other), driver=DRIVER) as app:
        app.wait_for("READY")
        assert app.wait_for("HINT") == '"Only GGUF files can be imported as models. Their names end in .gguf."'
        assert "Only GGUF files" in app.wait_for("REFUSED")
        assert app.wait_for("HINT") == '"Drop the file to import it as a model"'
        assert app.wait_for("NAME") == '"tiny:q4_0"'
        assert STORY[:60] in app.wait_for("ANSWER")
        assert app.wait() == 0, app.errors()
        assert not app.errors()
        assert not marked_processes(app.owner())
