"""The server's log on disk: bounded, and readable from its end."""

import contextlib
import os
import re
import shutil
from pathlib import Path

MAX_BYTES = 10_000_000
KEPT = 5
TAIL_BYTES = 262_144
LINE_CHARS = 2_000
CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def rotate(path: Path) -> None:
    """Keep at most five older copies once the log has grown; by copying, since the server holds the file open."""
    try:
        if path.stat().st_size <= MAX_BYTES:
            return
    except OSError:
        return
    with contextlib.suppress(OSError):
        for number in range(KEPT - 1, 0, -1):
            older = path.with_name(f"{path.name}.{number}")
            if older.exists():
                older.replace(path.with_name(f"{path.name}.{number + 1}"))
        shutil.copyfile(path, path.with_name(f"{path.name}.1"))
        path.with_name(f"{path.name}.1").chmod(0o600)
        os.truncate(path, 0)


def tail(path: Path, lines: int, *, since: int = 0) -> list[str]:
    """The last ``lines`` lines written after byte ``since``, without control characters, bounded in length."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(since if since <= size else 0, size - TAIL_BYTES))
            text = file.read(TAIL_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    return [CONTROL.sub("", line)[:LINE_CHARS] for line in text.splitlines()[-lines:]]
