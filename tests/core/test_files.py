"""Files are whole or not there, and nobody else's to read."""

import errno
import os
import stat
from pathlib import Path

import pytest

from ollama_desk.core.files import private_folder, storage_error, write_atomically
from ollama_desk.core.lock import FolderLock
from ollama_desk.domain.errors import AlreadyRunningError, DiskFullError, StorageError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_cf12_files_and_folders_are_private_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        folder = private_folder(tmp_path / "a" / "b")
        write_atomically(folder / "file", b"x")
        with FolderLock(folder):
            assert mode(folder / "lock") == 0o600
    finally:
        os.umask(old)
    assert mode(folder) == 0o700
    assert mode(folder / "file") == 0o600


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    folder.mkdir()
    target = folder / "target"
    target.mkdir()
    with pytest.raises(StorageError, match="cannot be used"):
        write_atomically(target, b"x")
    assert list(folder.iterdir()) == [target]


def test_a_full_disk_is_named() -> None:
    error = storage_error(OSError(errno.ENOSPC, "No space left on device"), Path("/data/desk.db"))
    assert isinstance(error, DiskFullError)
    assert str(error) == "The disk that holds /data is full. Free some space and try again."


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        private_folder(tmp_path / "file" / "folder")


def test_one_folder_has_one_owner(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(AlreadyRunningError, match="already running"):
        FolderLock(tmp_path).acquire()
    with FolderLock(tmp_path):
        pass
