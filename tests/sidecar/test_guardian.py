"""The guardian by itself: what it tells, and that it stays small."""

import ast
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ollama_desk.core.selfrun import self_argv
from ollama_desk.sidecar import guardian
from tests.support.processes import wait_until

SLEEPER = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
)


class Guarded:
    """A guardian and what it has said."""

    def __init__(self, log: Path, *command: str, grace_s: float = 5.0, measured: bool = True) -> None:
        self._log = log
        self.process = subprocess.Popen(
            [*self_argv("_guardian"), str(log), str(grace_s), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if measured or not name.startswith("COVERAGE_")},
        )

    def hear(self) -> dict[str, object]:
        assert self.process.stdout is not None
        facts: dict[str, object] = json.loads(self.process.stdout.readline())
        return facts

    def server(self) -> psutil.Process:
        """Its server, once that has said that it is up."""
        started = self.hear()
        assert started["event"] == "started"
        assert wait_until(lambda: self._log.read_bytes() == b"up\n")
        assert isinstance(started["pid"], int)
        assert started["ticks"] == guardian.start_ticks(started["pid"])
        return psutil.Process(started["pid"])

    def say(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(command)
        self.process.stdin.flush()

    def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def started() -> Iterator[list[Guarded]]:
    every: list[Guarded] = []
    yield every
    for each in every:
        each.close()


def test_it_tells_how_the_server_ended(tmp_path: Path, started: list[Guarded]) -> None:
    started.append(guarded := Guarded(tmp_path / "log", sys.executable, "-c", "raise SystemExit(7)"))
    assert guarded.hear()["event"] == "started"
    assert guarded.hear() == {"event": "exited", "code": 7, "asked": False}
    assert guarded.process.wait(10) == 0


def test_it_says_why_a_program_cannot_be_run(tmp_path: Path, started: list[Guarded]) -> None:
    started.append(guarded := Guarded(tmp_path / "log", str(tmp_path / "nothing")))
    assert guarded.hear() == {"event": "failed", "reason": "No such file or directory"}
    started.append(guarded := Guarded(tmp_path / "no-folder" / "log", *SLEEPER))
    assert guarded.hear() == {"event": "failed", "reason": "No such file or directory"}


def test_the_servers_words_go_to_a_file_for_us_alone(tmp_path: Path, started: list[Guarded]) -> None:
    (tmp_path / "log").write_text("")
    (tmp_path / "log").unlink()
    started.append(guarded := Guarded(tmp_path / "log", *SLEEPER))
    guarded.server()
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_it_ends_the_server_when_it_is_told_to(tmp_path: Path, started: list[Guarded]) -> None:
    started.append(guarded := Guarded(tmp_path / "log", *SLEEPER))
    server = guarded.server()
    guarded.say("stop 5\n")
    assert guarded.hear() == {"event": "exited", "code": -signal.SIGTERM, "asked": True}
    assert not server.is_running()


@pytest.mark.parametrize("command", ["stop 0.1\n", "stop\n", "what?\n"])
def test_sc02_a_server_that_ignores_term_is_killed(tmp_path: Path, started: list[Guarded], command: str) -> None:
    started.append(guarded := Guarded(tmp_path / "log", *STUBBORN, grace_s=0.1))
    guarded.server()
    guarded.say(command)
    assert guarded.hear() == {"event": "exited", "code": -signal.SIGKILL, "asked": True}


def test_a_stopped_server_is_woken_to_hear_that_it_shall_end(tmp_path: Path, started: list[Guarded]) -> None:
    started.append(guarded := Guarded(tmp_path / "log", *SLEEPER, grace_s=30))
    guarded.server().suspend()
    guarded.leave()
    assert guarded.hear()["code"] == -signal.SIGTERM


def test_the_server_is_not_in_the_terminals_group(tmp_path: Path, started: list[Guarded]) -> None:
    started.append(guarded := Guarded(tmp_path / "log", *SLEEPER))
    server = guarded.server()
    assert os.getpgid(server.pid) == server.pid
    assert os.getsid(server.pid) == os.getsid(guarded.process.pid) == guarded.process.pid


def test_it_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse(Path(guardian.__file__).read_text())
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in modules} <= sys.stdlib_module_names


def test_it_stays_small(tmp_path: Path, started: list[Guarded]) -> None:
    started.append(guarded := Guarded(tmp_path / "log", *SLEEPER, measured=False))
    guarded.server()
    guardian_process = psutil.Process(guarded.process.pid)
    assert guardian_process.num_threads() == 1
    assert guardian_process.memory_info().rss < 25_000_000


def test_children_are_found_with_and_without_the_kernels_list() -> None:
    with subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL) as child:
        assert child.pid in guardian.children(os.getpid())
        assert child.pid in guardian.children_by_looking(os.getpid())
        child.kill()


def test_a_process_that_is_not_there_began_never() -> None:
    assert guardian.start_ticks(2**22 + 1) == 0
