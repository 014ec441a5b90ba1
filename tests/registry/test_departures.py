"""A file on its way to a person's folder is whole or not there, also when the program is killed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ollama_desk.domain.errors import NameTakenError, StorageError
from ollama_desk.registry.departures import Departure

LONG_S = 60.0
KILLED = """
import sys, time
from pathlib import Path
from ollama_desk.registry.departures import Departure
with Departure(Path(sys.argv[1])) as departure:
    departure.path.write_bytes(b"half")
    print("half", departure.path.parent == Path(sys.argv[1]).parent, flush=True)
    time.sleep(60)
"""

ways = pytest.mark.parametrize("nameless", [True, False])


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "owl.gguf"


def names(target: Path) -> list[str]:
    return [path.name for path in target.parent.iterdir()]


@ways
def test_it_has_its_name_once_it_is_whole(target: Path, *, nameless: bool) -> None:
    with Departure(target, may_be_nameless=nameless) as departure:
        os.write(departure.descriptor, b"whole")
        assert departure.path.read_bytes() == b"whole"
        assert not target.exists()
        departure.finish(replace=False)
    assert target.read_bytes() == b"whole"
    assert names(target) == [target.name]
    assert target.stat().st_mode & 0o777 == 0o644
    departure.close()
    assert target.exists()


@ways
def test_what_is_there_goes_only_where_it_may(target: Path, *, nameless: bool) -> None:
    target.write_bytes(b"mine")
    with Departure(target, may_be_nameless=nameless) as departure, pytest.raises(NameTakenError, match="already"):
        departure.finish(replace=False)
    assert target.read_bytes() == b"mine"
    with Departure(target, may_be_nameless=nameless) as departure:
        departure.finish(replace=True)
    assert target.read_bytes() == b""
    assert names(target) == [target.name]


@ways
def test_what_is_left_in_the_middle_goes(target: Path, *, nameless: bool) -> None:
    with Departure(target, may_be_nameless=nameless) as departure:
        os.write(departure.descriptor, b"half")
    assert not names(target)


@ways
def test_a_folder_that_is_not_there_is_said(target: Path, *, nameless: bool) -> None:
    with pytest.raises(StorageError):
        Departure(target.parent / "gone" / "owl.gguf", may_be_nameless=nameless)


def test_a_program_that_is_killed_leaves_nothing_where_files_can_be_without_a_name(target: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(target)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = child.stdout.readline().split()
        child.kill()
        child.wait(LONG_S)
    assert told[0] == "half"
    if told[1] == "True":
        pytest.skip("this disk has no files without a name")
    assert not names(target)
