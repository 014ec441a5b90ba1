"""What killed runners leave in the temporary folder goes; what may be in use stays."""

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ollama_desk.engine.leftovers import EMPTY_AGE_S, PREFIX, SOCKET, SOCKET_AGE_S, sweep


def later() -> float:
    """When a socket that is made now is old enough."""
    return time.time() + SOCKET_AGE_S + 1


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def runner_folder(temporary: Path, *, listening: bool) -> socket.socket:
    folder = temporary / f"{PREFIX}{len(list(temporary.iterdir()))}"
    folder.mkdir(mode=0o700)
    place = socket.socket(socket.AF_UNIX)
    place.bind(str(folder / SOCKET))
    if listening:
        place.listen()
    else:
        place.close()
    return place


def test_the_folder_of_a_killed_runner_is_removed(temporary: Path) -> None:
    runner_folder(temporary, listening=False)
    assert sweep(temporary, now=later()) == 1
    assert list(temporary.iterdir()) == []


def test_the_folder_of_a_living_runner_stays(temporary: Path) -> None:
    with runner_folder(temporary, listening=True):
        assert sweep(temporary, now=later()) == 0


def test_a_socket_that_was_just_made_stays_since_its_runner_may_be_about_to_listen(temporary: Path) -> None:
    runner_folder(temporary, listening=False)
    assert sweep(temporary) == 0


def test_an_empty_folder_stays_for_a_day_since_a_model_may_be_loading(temporary: Path) -> None:
    (temporary / f"{PREFIX}loading").mkdir()
    assert sweep(temporary, now=later()) == 0
    assert sweep(temporary, now=time.time() + EMPTY_AGE_S + 1) == 1


def test_folders_with_anything_else_in_them_links_and_files_stay(temporary: Path) -> None:
    (temporary / f"{PREFIX}self-test").mkdir()
    (temporary / f"{PREFIX}self-test" / "settings.toml").touch()
    (temporary / f"{PREFIX}file").touch()
    (temporary / f"{PREFIX}link").symlink_to(temporary / f"{PREFIX}self-test")
    assert sweep(temporary, now=time.time() + EMPTY_AGE_S + 1) == 0
    assert len(list(temporary.iterdir())) == 3


def test_a_temporary_folder_that_is_not_there_is_no_trouble(temporary: Path) -> None:
    assert sweep(temporary / "missing") == 0


@pytest.mark.skipif(os.getuid() == 0, reason="root may do everything")
def test_what_cannot_be_removed_stays(temporary: Path) -> None:
    runner_folder(temporary, listening=False)
    temporary.chmod(0o500)
    try:
        assert sweep(temporary, now=later()) == 0
    finally:
        temporary.chmod(0o700)
