"""Where the program keeps its files, and what a person means by a path."""

import os
from pathlib import Path

import pytest

from ollama_desk.core.folders import chosen_folder, folders
from ollama_desk.domain.errors import SettingsError

HOME = {"HOME": "/home/ann", "DISK": "/mnt/big"}


def test_a_data_folder_holds_everything(tmp_path: Path) -> None:
    places = folders(tmp_path, {})
    for path in (places.settings_file, places.state_file, places.database, places.logs, places.models, places.server):
        assert path.is_relative_to(tmp_path)


def test_the_models_folder_of_the_environment_wins(tmp_path: Path) -> None:
    environment = {"OLLAMA_DESK_DATA_DIR": str(tmp_path), "OLLAMA_MODELS": "/models/"}
    assert folders(None, environment).models == Path("/models")
    assert folders(None, environment).data == tmp_path


def test_without_a_data_folder_the_models_are_ollamas_own() -> None:
    assert folders(None, {}).models == Path.home() / ".ollama" / "models"


@pytest.mark.skipif(os.name != "posix", reason="paths as POSIX has them")
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("~", "/home/ann"),
        ("~/models", "/home/ann/models"),
        ("$DISK/models", "/mnt/big/models"),
        ("${DISK}/models/", "/mnt/big/models"),
        ("$HOME/a/../models//", "/home/ann/models"),
        ("models", "/home/ann/models"),
        ("/models///", "/models"),
        (' "/my models" ', "/my models"),
        ("/ä 張 🙂", "/ä 張 🙂"),
    ],
)
def test_cf_09_a_path_is_understood_as_it_was_meant(text: str, meant: str) -> None:
    assert str(chosen_folder(text, HOME)) == meant


def test_cf_09_a_link_is_kept_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert chosen_folder(str(tmp_path / "link"), HOME) == tmp_path / "link"


@pytest.mark.skipif(os.name != "posix", reason="paths as POSIX has them")
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("$NOT_SET/models", "not set"),
        ("$", "not set"),
        ("{tmp}/loop/models", "leads back to itself"),
        ("{tmp}/file", "is a file"),
        ("{tmp}/file/models", "is a file"),
        ("/x" + "y" * 300, "cannot be used"),
        ("/a\0b", "cannot be used"),
    ],
)
def test_cf_09_a_folder_that_cannot_be_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=why):
        chosen_folder(text.replace("{tmp}", str(tmp_path)), HOME)
