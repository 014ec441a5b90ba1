"""What tells our processes from everybody else's, and which files about it are believed."""

import contextlib
import json
import logging
import os
import stat
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from ollama_desk.sidecar.guardian import start_ticks
from ollama_desk.sidecar.launch import MARKER
from ollama_desk.sidecar.ownership import (
    Record,
    boot_id,
    forget_record,
    is_alive,
    owned_processes,
    owner_id,
    read_owner_id,
    read_record,
    recorded_tree,
    sweep,
    write_record,
)
from tests.support.processes import wait_until

OWNER = uuid.uuid4().hex  # other processes of the suite have theirs
SLEEPER = "import time; print(flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
WITH_CHILD = (
    "import subprocess, sys; "
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], env={}); "
    f"{SLEEPER}"
)

Spawn = Callable[..., psutil.Popen]


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Starts a program that bears an owner's marker and is up when it is returned."""
    spawned: list[psutil.Popen] = []

    def start(program: str = SLEEPER, *, owner: str = OWNER) -> psutil.Popen:
        process = psutil.Popen(
            [sys.executable, "-c", program], env={**os.environ, MARKER: owner}, stdout=subprocess.PIPE
        )
        spawned.append(process)
        process.stdout.readline()
        return process

    yield start
    for process in spawned:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
        process.wait()
        process.stdout.close()


def record_of(process: psutil.Popen) -> Record:
    return Record(OWNER, boot_id(), "127.0.0.1:11434", process.pid, start_ticks(process.pid))


def test_cf12_the_owner_id_is_made_once_and_for_us_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        made = owner_id(tmp_path / "server")
    finally:
        os.umask(old)
    assert owner_id(tmp_path / "server") == made
    assert read_owner_id(tmp_path / "server") == made
    assert stat.S_IMODE((tmp_path / "server" / "owner").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "server").stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 32, b"../" * 11])
def test_an_owner_id_that_is_none_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "owner").write_bytes(content)
    assert read_owner_id(tmp_path) == ""
    assert len(owner_id(tmp_path)) == 32


def test_a_record_comes_back_and_is_for_us_alone(tmp_path: Path) -> None:
    record = Record(OWNER, boot_id(), "127.0.0.1:11434", 4711, 12, 4710)
    write_record(tmp_path, record)
    assert read_record(tmp_path) == record
    assert stat.S_IMODE((tmp_path / "record.json").stat().st_mode) == 0o600
    forget_record(tmp_path)
    assert read_record(tmp_path) is None
    forget_record(tmp_path)


GOOD = asdict(Record(OWNER, "boot", "127.0.0.1:11434", 4711, 12, 4710))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 60_000,
        json.dumps({**GOOD, "pid": "4711"}).encode(),
        json.dumps({**GOOD, "pid": True}).encode(),
        json.dumps({**GOOD, "unknown": 1}).encode(),
        json.dumps({"pid": 1}).encode(),
        json.dumps(GOOD).encode() + b" " * 10_000_000,
    ],
    ids=["empty", "cut", "list", "null", "bytes", "deep", "text pid", "bool pid", "unknown", "missing", "huge"],
)
def test_po10_a_damaged_record_is_ignored_with_a_log_line(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (tmp_path / "record.json").write_bytes(content)
    assert read_record(tmp_path) is None
    assert "ignored" in caplog.text


def test_po10_a_record_that_is_a_link_or_writable_by_others_is_ignored(tmp_path: Path) -> None:
    record = Record(OWNER, "boot", "127.0.0.1:11434", 4711, 12, 4710)
    write_record(tmp_path, record)
    (tmp_path / "record.json").chmod(0o666)
    assert read_record(tmp_path) is None
    (tmp_path / "record.json").chmod(0o600)
    (tmp_path / "record.json").rename(tmp_path / "elsewhere")
    (tmp_path / "record.json").symlink_to(tmp_path / "elsewhere")
    assert read_record(tmp_path) is None
    (tmp_path / "record.json").unlink()
    os.mkfifo(tmp_path / "record.json")
    assert read_record(tmp_path) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("name", ["record.json", "owner"])
def test_po10_what_belongs_to_another_user_is_ignored(tmp_path: Path, name: str) -> None:
    write_record(tmp_path, Record(OWNER, "boot", "127.0.0.1:11434"))
    owner = owner_id(tmp_path)
    os.chown(tmp_path / name, 12_345, 12_345)
    if name == "owner":
        assert owner_id(tmp_path) != owner
    else:
        assert read_record(tmp_path) is None


def test_a_recorded_server_is_known_again(spawn: Spawn) -> None:
    assert is_alive(record_of(spawn()))


def test_po08_po09_a_process_that_only_has_the_number_is_not_ours(spawn: Spawn) -> None:
    ours = record_of(spawn())
    for other in (
        replace(ours, ticks=ours.ticks + 1),
        replace(ours, boot_id="of another boot"),
        replace(ours, owner="b" * 32),
        replace(ours, pid=0),
        replace(ours, pid=os.getpid(), ticks=start_ticks(os.getpid())),
    ):
        assert not is_alive(other)
        assert sweep("c" * 32, record=replace(other, owner="c" * 32)) == 0
        assert recorded_tree(other) == []
    assert is_alive(ours)


@pytest.mark.parametrize("program", [WITH_CHILD, STUBBORN])
def test_a_recorded_server_is_ended_with_all_below_it_whatever_their_environment(spawn: Spawn, program: str) -> None:
    server = spawn(program)
    below = server.children()
    assert sweep(OWNER, record=record_of(server), grace_s=0.2) == 1 + len(below)
    assert wait_until(lambda: server.poll() is not None)
    assert wait_until(lambda: not any(child.is_running() for child in below))


def test_sc06_the_sweep_ends_what_bears_our_marker_and_nothing_else(spawn: Spawn) -> None:
    mine, stubborn, other = spawn(), spawn(STUBBORN), spawn(owner="b" * 32)
    mine.suspend()
    assert {process.pid for process in owned_processes(OWNER)} == {mine.pid, stubborn.pid}
    assert sweep(OWNER, grace_s=0.2) == 2
    assert wait_until(lambda: mine.poll() is not None and stubborn.poll() is not None)
    assert other.poll() is None


def test_nobody_is_not_an_owner(spawn: Spawn) -> None:
    unmarked = spawn(owner="")
    assert owned_processes("") == []
    assert sweep("") == 0
    assert unmarked.poll() is None
