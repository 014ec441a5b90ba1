"""Files that arrive under a passing name: locked while they are written, so that those of killed programs stand out."""

import contextlib
import os
import stat
import sys
import tempfile
import time
from pathlib import Path

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, flock

SUFFIX = ".part"
AGE_S = 60.0  # younger ones may be about to be locked; of disks without locks, those that are written to are spared too


def arrive(folder: Path, prefix: str) -> tuple[int, Path]:
    """A new file to write to, as descriptor and path; the lock goes with the descriptor. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f"{prefix}.", suffix=SUFFIX, dir=folder)
    if sys.platform != "win32":
        with contextlib.suppress(OSError):  # a disk without locks
            flock(descriptor, LOCK_EX | LOCK_NB)
    return descriptor, Path(name)


def sweep(folder: Path, *, now: float | None = None) -> int:
    """Remove what nobody writes any more; how many. Blocks; what cannot be removed stays.

    Args:
        folder: of the blobs; it need not exist.
        now: seconds since the epoch.
    """
    if sys.platform == "win32":
        return 0
    clock = time.time() if now is None else now
    found = 0
    with contextlib.suppress(OSError):
        for path in folder.glob(f"sha256-*{SUFFIX}"):
            with contextlib.suppress(OSError):
                found += _remove_abandoned(path, clock)
    return found


def _remove_abandoned(path: Path, now: float) -> bool:
    facts = path.lstat()
    if not stat.S_ISREG(facts.st_mode) or now - facts.st_mtime < AGE_S:
        return False
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)  # raises where somebody has it
        path.unlink()
    finally:
        os.close(descriptor)
    return True
