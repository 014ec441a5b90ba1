"""A chosen server program is asked for its version, and nothing that it does can hold the app up."""

import os
import time
from pathlib import Path

import pytest

from ollama_desk.domain.errors import NoServerError
from ollama_desk.sidecar.version import LIMIT_S, program_version

pytestmark = pytest.mark.skipif(os.name != "posix", reason="scripts as POSIX has them")
PATHS = {"PATH": os.environ.get("PATH", "")}


def script(folder: Path, text: str, mode: int = 0o755) -> Path:
    path = folder / "ollama"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(mode)
    return path


def test_the_version_is_the_one_that_the_program_tells_of_itself(tmp_path: Path) -> None:
    words = 'echo "Warning: could not connect"; echo "Warning: client version is 0.33.1"'
    assert program_version(script(tmp_path, words), PATHS) == "0.33.1"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("exit 0", "did not tell its version"),
        ("echo 1.2.3; exit 2", "did not tell its version"),
        ("echo hello", "did not tell its version"),
        ("head -c 100000 /dev/zero", "did not tell its version"),
    ],
)
def test_what_tells_no_version_is_no_server(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(NoServerError, match=why):
        program_version(script(tmp_path, text), PATHS)


def test_what_does_not_answer_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    before = time.monotonic()
    with pytest.raises(NoServerError, match="within 3 s"):
        program_version(script(tmp_path, f'sleep 60 & echo $! > "{tmp_path}/child"; wait'), PATHS)
    assert time.monotonic() - before < LIMIT_S + 20
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and b"Z" not in Path(f"/proc/{child}/stat").read_bytes().split()[2:3]:
        assert time.monotonic() < deadline


def test_what_cannot_be_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoServerError, match="There is no file"):
        program_version(tmp_path / "none", PATHS)
    with pytest.raises(NoServerError, match="is not a file"):
        program_version(tmp_path, PATHS)
    with pytest.raises(NoServerError, match="may not be run"):
        program_version(script(tmp_path, "exit 0", 0o644), PATHS)
    path = tmp_path / "binary"
    path.write_bytes(b"\x7fELF rubbish")
    path.chmod(0o755)
    with pytest.raises(NoServerError, match="cannot be run here"):
        program_version(path, PATHS)
