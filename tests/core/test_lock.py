"""The data folder has one owner, and a lock never outlives its process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ollama_desk.core.lock import FolderLock
from ollama_desk.domain.errors import AlreadyRunningError, StorageError

HOLDS = """
import sys
from pathlib import Path
from ollama_desk.core.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(AlreadyRunningError, match="already running with the data in"):
        FolderLock(tmp_path).acquire()
    with FolderLock(tmp_path):
        pass


def test_po14_another_folder_has_a_lock_of_its_own(tmp_path: Path) -> None:
    with FolderLock(tmp_path / "one"), FolderLock(tmp_path / "two"):
        pass


def test_po13_a_lock_file_left_by_a_killed_process_does_no_harm(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunningError):
            FolderLock(tmp_path).acquire()
        holder.send_signal(signal.SIGKILL)
    assert (tmp_path / "lock").exists()
    with FolderLock(tmp_path):
        pass


@pytest.mark.parametrize("content", ["", f"{os.getpid()}\npython\n"], ids=["empty", "a pid in use"])
def test_po13_what_an_old_lock_file_says_does_not_count(tmp_path: Path, content: str) -> None:
    (tmp_path / "lock").write_text(content)
    with FolderLock(tmp_path):
        pass


def test_a_folder_that_cannot_be_locked_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(StorageError, match="cannot be used"):
        FolderLock(tmp_path).acquire()


def test_a_child_does_not_keep_the_folder_when_its_parent_has_gone(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    try:
        with FolderLock(tmp_path):
            pass
    finally:
        child.communicate()
