"""Why a program cannot be started, in words that say what to do."""

import errno
import os
from pathlib import Path

ANOTHER = "Choose another program in the settings, or leave the choice empty."
WORDS = {
    errno.ENOEXEC: "it is no program for this kind of machine",
    getattr(errno, "EBADARCH", -1): "it is no program for this kind of machine",  # macOS
    errno.ELOOP: "its links lead round in a circle",
    errno.ENOMEM: "there is not enough memory for another process. Close other programs and try again",
    errno.EAGAIN: "there are too many processes. Close other programs and try again",
}


def obstacle(program: Path, reason: str) -> str:
    """The sentence for ``program`` that the system did not start for ``reason``, its own words. Reads the disk."""
    why = _seen(program) or next(
        (words for code, words in WORDS.items() if code > 0 and os.strerror(code) == reason), ""
    )
    if not why:
        why = reason or "the system did not say why"
    return f"{program} could not be started: {why}. {ANOTHER}"


def _seen(program: Path) -> str:
    """What is wrong with the file as it lies there; empty where nothing is."""
    try:
        if program.is_dir():
            return "it is a folder"
        if not program.exists():
            return "it is a link that leads nowhere" if program.is_symlink() else "there is no such file"
        if not os.access(program, os.X_OK):
            return "the file may not be executed"
    except OSError as error:
        return WORDS.get(error.errno or 0, error.strerror or str(error))
    return ""
