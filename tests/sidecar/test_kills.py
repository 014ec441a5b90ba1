"""Whoever is killed, whenever: nothing of ours is left, and nobody else's process is touched."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ollama_desk.domain.server import ServerAddress, ServerState
from ollama_desk.sidecar.ownership import read_owner_id
from tests.support.processes import MARKER, guardian_of, marked_processes, wait_until
from tests.support.sidecar import FAKE, free_address, run, supervised

ROOT = Path(__file__).resolve().parents[2]
EVERY_RUNNER = "runner detached-runner"
LIMIT_S = 10.0


class VictimApp:
    """The small app in a process of its own."""

    def __init__(self, folder: Path, address: ServerAddress, fake: str, grace_s: float) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.supervised_app", str(folder), str(address.port), fake, str(grace_s)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, line: str) -> None:
        assert self._process.stdout is not None
        for said in self._process.stdout:
            if said.startswith(line):
                return
        msg = f"{line!r} never came"
        raise AssertionError(msg)

    def wish(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    @property
    def owner(self) -> str:
        return read_owner_id(self.folder)


@contextmanager
def victim(
    folder: Path, fake: str, *, address: ServerAddress | None = None, grace_s: float = 0.5
) -> Iterator[VictimApp]:
    app = VictimApp(folder, address or free_address(), fake, grace_s)
    try:
        yield app
    finally:
        app.close()


@pytest.fixture(autouse=True)
def _decoy() -> Iterator[None]:
    """The server of another owner, which must outlive every test here."""
    environment = {**os.environ, "OLLAMA_HOST": str(free_address()), MARKER: "0" * 32}
    process = subprocess.Popen([sys.executable, str(FAKE)], env=environment)
    try:
        yield
        assert process.poll() is None, "the server of another owner was ended"
    finally:
        process.kill()
        process.wait()


def expect_nothing_left(owner: str) -> None:
    assert owner
    assert wait_until(lambda: marked_processes(owner) == [], LIMIT_S), marked_processes(owner)


@pytest.mark.parametrize("fake", [EVERY_RUNNER, f"stubborn {EVERY_RUNNER}"])
def test_sc01_sc02_killing_the_app_while_ready_leaves_nothing(tmp_path: Path, fake: str) -> None:
    with victim(tmp_path, fake) as app:
        app.wait_for("READY")
        assert len(marked_processes(app.owner)) == 4
        app.kill()
        expect_nothing_left(app.owner)


@pytest.mark.parametrize("moment", ["STARTING None", "STARTING"])
def test_sc08_killing_the_app_while_starting_leaves_nothing(tmp_path: Path, moment: str) -> None:
    with victim(tmp_path, f"silent stubborn {EVERY_RUNNER}") as app:
        app.wait_for(moment)
        app.kill()
        expect_nothing_left(app.owner)


def test_sc01_killing_the_app_while_stopping_leaves_nothing(tmp_path: Path) -> None:
    with victim(tmp_path, f"stubborn {EVERY_RUNNER}", grace_s=2.0) as app:
        app.wait_for("READY")
        app.wish("stop")
        app.wait_for("STOPPING")
        app.kill()
        expect_nothing_left(app.owner)


def test_sc25_runners_that_left_the_group_go_with_a_stopped_server(tmp_path: Path) -> None:
    with victim(tmp_path, EVERY_RUNNER) as app:
        app.wait_for("READY")
        app.wish("stop")
        app.wait_for("STOPPED")
        assert marked_processes(app.owner) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_guardian_that_is_told_to_go_ends_its_server_first(tmp_path: Path, number: signal.Signals) -> None:
    with victim(tmp_path, EVERY_RUNNER) as app:
        app.wait_for("READY")
        before = {process.pid for process in marked_processes(app.owner)}
        os.kill(guardian_of(app.owner), number)
        app.wait_for("BACKOFF")
        assert not before & {process.pid for process in marked_processes(app.owner)}
        app.wait_for("READY")


def test_sc06_what_is_left_when_app_and_guardian_are_killed_together_ends_at_the_next_start(tmp_path: Path) -> None:
    async def start_again(address: ServerAddress) -> None:
        async with supervised(tmp_path, address=address) as (supervisor, watch):
            supervisor.start()
            ready = await watch.until(ServerState.READY, ServerState.EXTERNAL, ServerState.CONFLICT)
            assert ready.state is ServerState.READY

    address = free_address()
    with victim(tmp_path, f"stubborn {EVERY_RUNNER}", address=address) as app:
        app.wait_for("READY")
        left = {process.pid for process in marked_processes(app.owner)}
        left.remove(guardian := guardian_of(app.owner))
        os.kill(guardian, signal.SIGSTOP)  # so that it does not do its duty between the two
        app.kill()
        os.kill(guardian, signal.SIGKILL)
        assert {process.pid for process in marked_processes(app.owner)} >= left
        run(start_again(address))
        expect_nothing_left(app.owner)
