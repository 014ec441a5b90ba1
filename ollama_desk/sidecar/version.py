"""Whether a file that a person chose is a server program: it is asked for its version."""

import contextlib
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ollama_desk.domain.errors import NoServerError

LIMIT_S = 3.0
LIMIT_BYTES = 10_000
NUMBER = re.compile(r"\d+\.\d+\S*")


def program_version(path: Path, environment: Mapping[str, str]) -> str:
    """The version that the program at ``path`` tells of itself. Blocks for 3 s at the most.

    Args:
        path: absolute.
        environment: what the program is given.

    Raises:
        NoServerError: there is none, it cannot be run, or it does not tell.
    """
    if not path.exists():
        raise NoServerError(f"There is no file {path}.")
    if not path.is_file():
        raise NoServerError(f"{path} is not a file.")
    if not os.access(path, os.X_OK):
        raise NoServerError(f"{path} is not a program: it may not be run. Choose another file, or make it executable.")
    with tempfile.TemporaryFile() as told:  # not a pipe: what it starts might hold that open
        code = _run(path, environment, told.fileno())
        told.seek(0)
        words = told.read(LIMIT_BYTES).decode(errors="replace")
    found = NUMBER.findall(words)
    if code != 0 or not found:
        raise NoServerError(f"{path} did not tell its version, so it is no server program that can be used.")
    return str(found[-1])


def _run(path: Path, environment: Mapping[str, str], output: int) -> int:
    try:
        process = subprocess.Popen(
            [str(path), "--version"],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise NoServerError(f"{path} cannot be run here: {error.strerror or error}.") from error
    try:
        return process.wait(LIMIT_S)
    except subprocess.TimeoutExpired as error:
        raise NoServerError(f"{path} did not tell its version within {LIMIT_S:.0f} s.") from error
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """With everything that it started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
