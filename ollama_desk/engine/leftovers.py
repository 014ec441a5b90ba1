"""Removes the folders of runners that were killed together with their engine, so that neither could tidy up."""

import contextlib
import os
import shutil
import socket
import time
from pathlib import Path

PREFIX = "ollama-desk-"  # of a runner's folder below the system's temporary one
SOCKET = "runner.sock"
SOCKET_AGE_S = 60.0  # a younger one may be about to be listened at
EMPTY_AGE_S = 24 * 3600.0  # a model may load for long, and has no socket until then
CONNECT_S = 1.0


def sweep(folder: Path, *, now: float | None = None) -> int:
    """Remove the abandoned ones below ``folder``; how many. Blocks; what cannot be removed stays.

    Args:
        folder: the system's temporary folder.
        now: seconds since the epoch.
    """
    if os.name != "posix":
        return 0
    clock = time.time() if now is None else now
    found = 0
    with contextlib.suppress(OSError):
        for place in folder.glob(f"{PREFIX}*"):
            with contextlib.suppress(OSError):
                if _is_abandoned(place, clock):
                    shutil.rmtree(place)
                    found += 1
    return found


def _is_abandoned(place: Path, now: float) -> bool:
    """Whether it is ours, holds at most a runner's socket, and nobody listens there any more."""
    if place.is_symlink() or not place.is_dir() or place.stat().st_uid != os.getuid():
        return False
    inside = [entry.name for entry in place.iterdir()]
    if not inside:
        return now - place.stat().st_mtime > EMPTY_AGE_S
    if inside != [SOCKET] or now - (place / SOCKET).stat().st_mtime < SOCKET_AGE_S:
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(CONNECT_S)
        try:
            probe.connect(str(place / SOCKET))
        except ConnectionRefusedError:
            return True
        return False
