"""Programs that cannot be started, and one that is replaced while it runs: each ends in a sentence on what to do."""

import os
import shutil
import stat
import struct
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from ollama_desk.domain.server import ServerKind, ServerState
from ollama_desk.sidecar.launch import ServerProgram
from ollama_desk.sidecar.obstacle import obstacle
from ollama_desk.sidecar.supervisor import Supervisor
from tests.support.deadline import wait_for
from tests.support.sidecar import FAKE, run, supervised

READY, BACKOFF, FAILED = ServerState.READY, ServerState.BACKOFF, ServerState.FAILED
Make = Callable[[Path], None]


def executable(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o755)


def for_another_machine(path: Path) -> None:
    """A sound ELF header of a processor that this is not, and nothing behind it."""
    machine = 0x2B  # SPARC V9
    header = (
        b"\x7fELF\x02\x02\x01"
        + bytes(9)
        + struct.pack(">HHIQQQIHHHHHH", 2, machine, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    )
    executable(path, header + bytes(56))


def loop(path: Path) -> None:
    path.symlink_to(path.with_name("other"))
    path.with_name("other").symlink_to(path)


TROUBLE: dict[str, tuple[Make, str]] = {
    "missing": (lambda _: None, "there is no such file"),
    "folder": (lambda path: path.mkdir(), "it is a folder"),
    "dangling link": (lambda path: path.symlink_to("nowhere"), "it is a link that leads nowhere"),
    "links in a circle": (loop, "lead"),  # Python calls it a link that leads nowhere, or says ELOOP
    "not executable": (Path.touch, "the file may not be executed"),
    "another machine": (for_another_machine, "it is no program for this kind of machine"),
    "no program": (lambda path: executable(path, b"garbage"), "it is no program for this kind of machine"),
    "no interpreter": (lambda path: executable(path, b"#!/nowhere/sh\n"), "No such file"),
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_program_that_cannot_be_started_is_said_at_once_with_its_path_and_what_to_do(
    tmp_path: Path, trouble: str
) -> None:
    make, why = TROUBLE[trouble]
    path = tmp_path / "ollama"
    make(path)

    async def scenario() -> None:
        program = ServerProgram(ServerKind.OLLAMA, (str(path), "serve"))
        async with supervised(tmp_path / "data", choose=lambda: program) as (supervisor, watch):
            supervisor.start()
            failed = await watch.until(FAILED)
            assert failed.reason.startswith(f"{path} could not be started: ")
            assert why in failed.reason
            assert failed.reason.endswith("Choose another program in the settings, or leave the choice empty.")
            assert BACKOFF not in watch.states()

    run(scenario())


def test_a_program_that_was_mended_is_started_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "ollama"

    async def scenario() -> None:
        program = ServerProgram(ServerKind.OLLAMA, (str(path), str(FAKE)))
        async with supervised(tmp_path / "data", choose=lambda: program) as (supervisor, watch):
            supervisor.start()
            await watch.until(FAILED)
            path.symlink_to(sys.executable)
            supervisor.start()
            await watch.until(READY)

    run(scenario())


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("Cannot allocate memory", "there is not enough memory"),
        ("Resource temporarily unavailable", "there are too many processes"),
        ("Strange reason", "Strange reason."),
        ("", "the system did not say why"),
    ],
)
def test_what_the_file_does_not_explain_the_systems_words_do(reason: str, sentence: str) -> None:
    assert sentence in obstacle(Path(sys.executable), reason)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every folder")
def test_a_program_in_a_closed_folder_is_no_riddle(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=stat.S_IRUSR)
    assert "could not be started" in obstacle(closed / "ollama", "Permission denied")


def reason_of(supervisor: Supervisor) -> Callable[[], Awaitable[str]]:
    async def ask() -> str:
        return supervisor.status.reason

    return ask


def test_sc16_a_program_that_is_replaced_while_it_runs_is_told_of_and_left_running(tmp_path: Path) -> None:
    path = tmp_path / "ollama"
    shutil.copy(shutil.which("sh") or "/bin/sh", path)
    script = 'exec "$@"'

    async def scenario() -> None:
        program = ServerProgram(ServerKind.OLLAMA, (str(path), "-c", script, "sh", sys.executable, str(FAKE)))
        async with supervised(tmp_path / "data", choose=lambda: program) as (supervisor, watch):
            supervisor.start()
            ready = await watch.until(READY)
            assert ready.reason == "Running."
            new = tmp_path / "new"
            shutil.copy(path, new)
            new.replace(path)
            await wait_for(reason_of(supervisor), lambda reason: "was replaced" in reason)
            assert (supervisor.status.state, supervisor.status.pid) == (READY, ready.pid)
            path.unlink()  # an update under way
            await wait_for(reason_of(supervisor), lambda reason: reason == "Running.")

    run(scenario())


def test_sc16_a_version_that_changes_is_seen_at_the_next_probe_and_nothing_is_ended(tmp_path: Path) -> None:
    version = tmp_path / "version"
    version.write_text("1.0.0")

    async def version_of(supervisor: Supervisor) -> str:
        return supervisor.status.version

    async def scenario() -> None:
        async with supervised(tmp_path, f"version-file={version}") as (supervisor, watch):
            supervisor.start()
            ready = await watch.until(READY)
            assert ready.version == "1.0.0"
            (tmp_path / "new").write_text("2.0.0")
            (tmp_path / "new").replace(version)
            await wait_for(partial(version_of, supervisor), lambda text: text == "2.0.0")
            assert (supervisor.status.state, supervisor.status.pid) == (READY, ready.pid)

    run(scenario())
