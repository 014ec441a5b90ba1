"""The Settings page in the real program: at once where it can be, after a restart of the server where it cannot."""

import tomllib
from pathlib import Path

import pytest

from tests.support.app import ROOT, App, free_port
from tests.support.processes import marked_processes

DRIVER = ROOT / "tests" / "e2e" / "settings_driver.py"


@pytest.mark.e2e
def test_settings_take_effect_in_the_window_and_in_the_server(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    file = folder / "settings.toml"
    file.write_text(f'server_program = "built-in"\nhost = "127.0.0.1:{free_port()}"\n')
    with App(folder, "play", driver=DRIVER) as app:
        app.wait_for("READY")
        app.wait_for("DARK")
        assert 'theme = "dark"' in file.read_text()
        assert "Once upon a time" in app.wait_for("ANSWER")
        file.write_text(file.read_text().replace('"dark"', '"light"'))
        app.wait_for("LIGHT")
        assert app.wait() == 0, app.errors()
        assert app.errors() == ""
        assert tomllib.loads(file.read_text()) == {
            "server_program": "built-in",
            "host": f"127.0.0.1:{app.port}",
            "theme": "light",
        }
        assert marked_processes(app.owner()) == []
