"""Files that arrive: those that nobody writes any more can be told from the others."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ollama_desk.registry.arrivals import AGE_S, arrive, sweep
from ollama_desk.registry.blobs import BlobFolder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="without locks of this kind")
DIGEST = "sha256:" + "0" * 64
KILLED = """
import os, signal, sys
from pathlib import Path
from ollama_desk.registry.blobs import BlobFolder
writer = BlobFolder(Path(sys.argv[1])).writer("sha256:" + "0" * 64)
writer.write(b"x" * 100_000)
os.kill(os.getpid(), signal.SIGKILL)
"""


def later() -> float:
    return time.time() + 2 * AGE_S


def test_what_a_killed_program_left_is_removed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, timeout=60)
    assert len([*tmp_path.iterdir()]) == 1
    assert sweep(tmp_path) == 0
    assert sweep(tmp_path, now=later()) == 1
    assert not [*tmp_path.iterdir()]


def test_what_is_being_written_stays_however_long_that_takes(tmp_path: Path) -> None:
    with BlobFolder(tmp_path).writer(DIGEST) as writer:
        writer.write(b"x")
        assert sweep(tmp_path, now=later()) == 0
    descriptor, path = arrive(tmp_path, "sha256-import")
    assert sweep(tmp_path, now=later()) == 0
    os.close(descriptor)
    assert sweep(tmp_path, now=later()) == 1
    assert not path.exists()


def test_nothing_else_is_touched(tmp_path: Path) -> None:
    (tmp_path / ("sha256-" + "1" * 64)).write_bytes(b"a blob")
    (tmp_path / ("sha256-" + "2" * 64 + "-partial")).write_bytes(b"a pull")
    (tmp_path / "letter.part").write_bytes(b"the person's")
    (tmp_path / "sha256-folder.part").mkdir()
    os.mkfifo(tmp_path / "sha256-pipe.part")
    (tmp_path / "sha256-link.part").symlink_to(tmp_path / "letter.part")
    before = sorted(tmp_path.iterdir())
    assert sweep(tmp_path, now=later()) == 0
    assert sorted(tmp_path.iterdir()) == before
    assert sweep(tmp_path / "not" / "there") == 0
