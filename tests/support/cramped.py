"""Runs a scenario of this package in a process of its own whose folder is a small disk: full, read-only, or ours alone.

It runs below ``unshare -m``, where nobody else sees the disk, and which takes the disk along at its end.
"""

import subprocess
import sys
from pathlib import Path

MOUNT = 'mount -t tmpfs -o "size=$1,mode=0700" small "$2" && shift 2 && exec "$@"'
ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 100


def can_mount() -> bool:
    """Whether this machine lets us have a disk of our own: root in most places, nobody in some containers."""
    if sys.platform != "linux":
        return False
    try:
        return subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def on_small_disk(module: str, scenario: str, folder: Path, *, size: str) -> None:
    """Run the coroutine function ``scenario(folder)`` of ``module`` while ``folder`` is a disk of ``size``."""
    code = f"import asyncio, pathlib, {module} as told; asyncio.run(told.{scenario}(pathlib.Path({str(folder)!r})))"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", MOUNT, "sh", size, str(folder), sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def remount(folder: Path, mode: str) -> None:
    """Make the small disk read-only (``ro``) or writable again (``rw``); only below ``on_small_disk``."""
    subprocess.run(["mount", "-o", f"remount,{mode}", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave no byte free; the file that takes the space."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65_536, 4096, 512, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return ballast
