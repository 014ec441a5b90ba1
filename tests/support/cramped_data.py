"""What the lock of a data folder does on a read-only disk: scenarios for ``tests.support.cramped``."""

from pathlib import Path

from ollama_desk.core.lock import FolderLock
from tests.support.cramped import remount


async def locking_read_only(folder: Path) -> None:
    with FolderLock(folder):
        pass
    remount(folder, "ro")
    with FolderLock(folder):
        assert (folder / "lock").exists()


async def locking_read_only_without_a_file(folder: Path) -> None:
    remount(folder, "ro")
    with FolderLock(folder):
        assert not (folder / "lock").exists()
