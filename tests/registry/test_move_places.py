"""Where a models folder can go, what that takes, and which journals are believed."""

import errno
import os
import sys
from pathlib import Path

import pytest

from ollama_desk.domain.errors import MoveRefusedError, StorageError
from ollama_desk.registry.move_endings import is_in_reach
from ollama_desk.registry.move_journal import read_journal
from ollama_desk.registry.move_layout import survey
from ollama_desk.registry.move_places import file_system, model_name, refuse_files, target_in
from ollama_desk.registry.move_trouble import trouble
from tests.support.move_folders import Moving, furnish, put

PUBLISHING = (
    b'{"step":"publishing","source":"/a","target":"/b","stage":".ollama-desk-move-12","setting":"",'
    b'"entries":[{"path":"%s","size_bytes":1,"mtime_ns":1}]}'
)


def test_a_disk_for_small_files_is_refused_before_the_first_byte(tmp_path: Path) -> None:
    path = put(tmp_path, f"blobs/sha256-{'a' * 64}", b"")
    os.truncate(path, 5 << 30)
    items = survey(tmp_path)
    refuse_files(items, tmp_path, system="ext4")
    with pytest.raises(MoveRefusedError, match="cannot hold files larger than 4 GB, and there are such models"):
        refuse_files(items, tmp_path, system="vfat")
    path.unlink()
    refuse_files(survey(tmp_path), tmp_path, system="vfat")


@pytest.mark.skipif(sys.platform != "linux", reason="only there the system tells")
def test_the_kind_of_a_disk_is_told_for_places_that_are_not_there_yet() -> None:
    assert file_system(Path("/proc/not/there")) == "proc"
    assert file_system(Path("/")) != ""


def test_names_of_models_are_those_that_people_use() -> None:
    assert model_name("manifests/registry.ollama.ai/library/llama3.2/1b") == "llama3.2:1b"
    assert model_name("manifests/hf.co/someone/model/Q4") == "hf.co/someone/model:Q4"
    assert model_name("manifests/odd") == "odd"


def test_a_folder_with_other_things_in_it_gets_one_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    assert target_in(tmp_path) == tmp_path
    put(tmp_path, "letter.txt", b"mine")
    assert target_in(tmp_path) == tmp_path / "models"
    (tmp_path / "manifests").mkdir()
    assert target_in(tmp_path) == tmp_path


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b'{"step":"copying","source":"/a","target":"/b","stage":"/etc","setting":""}',
        b'{"step":"copying","source":"a","target":"/b","stage":".ollama-desk-move-12","setting":""}',
        PUBLISHING % b"blobs/../../etc/passwd",
        PUBLISHING % b"manifests/../../../x",
    ],
)
def test_a_journal_that_cannot_be_trusted_removes_nothing(
    tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = put(tmp_path, "moving.json", damage)
    assert read_journal(path) is None
    assert "What a move of the models folder left to do" in caplog.text
    caplog.clear()


def test_a_disk_for_small_files_is_named_as_such() -> None:
    error = trouble(OSError(errno.EFBIG, os.strerror(errno.EFBIG)), Path("/stick/blobs/x"))
    assert isinstance(error, StorageError)
    assert str(error).startswith("The disk that holds /stick/blobs cannot hold files larger than 4 GB.")


def test_a_disk_that_is_not_there_makes_the_end_wait(tmp_path: Path) -> None:
    moving = Moving(tmp_path)
    furnish(moving.source)
    moving.target.mkdir(parents=True)
    carrier = moving.carrier()
    carrier.begin()
    assert is_in_reach(carrier.journal)
    moving.target.rename(tmp_path / "unplugged")
    assert not is_in_reach(carrier.journal)
