"""Settings are read tolerantly and written without losing a person's own lines."""

from pathlib import Path

import pytest

from ollama_desk.core.folders import folders
from ollama_desk.core.settings_file import read_settings, write_settings
from ollama_desk.domain.settings import Settings, ThemeChoice


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "config" / "settings.toml"
    settings = Settings(theme=ThemeChoice.DARK, host="127.0.0.1:4711", start_server=False)
    write_settings(path, settings)
    assert read_settings(path) == settings


def test_comments_and_unknown_keys_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('# mine\nfuture = 1\ntheme = "light" # calm\n')
    write_settings(path, Settings(theme=ThemeChoice.DARK))
    assert path.read_text() == '# mine\nfuture = 1\ntheme = "dark" # calm\n'


@pytest.mark.parametrize("content", [b"", b"theme = ", b"\xff", b'theme = "purple"\nstart_server = 1'])
def test_what_cannot_be_used_keeps_its_default(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    assert read_settings(path) == Settings()
    caplog.clear()


def test_a_file_that_is_not_there_means_the_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "none.toml") == Settings()


def test_a_data_folder_holds_everything(tmp_path: Path) -> None:
    places = folders(tmp_path, {})
    for path in (places.settings_file, places.state_file, places.database, places.logs, places.models, places.server):
        assert path.is_relative_to(tmp_path)


def test_the_models_folder_of_the_environment_wins(tmp_path: Path) -> None:
    environment = {"OLLAMA_DESK_DATA_DIR": str(tmp_path), "OLLAMA_MODELS": "/models"}
    assert folders(None, environment).models == Path("/models")
    assert folders(None, environment).data == tmp_path


def test_without_a_data_folder_the_models_are_ollamas_own() -> None:
    assert folders(None, {}).models == Path.home() / ".ollama" / "models"
