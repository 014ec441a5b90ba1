"""A server without a guardian: said plainly, ended as thoroughly, found again by its marker."""

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path

import psutil
import pytest

from ollama_desk.domain.server import ServerKind, ServerState
from ollama_desk.sidecar.bare import BareProcess
from ollama_desk.sidecar.launch import ServerProgram
from ollama_desk.sidecar.ownership import read_owner_id
from ollama_desk.sidecar.policy import Exit
from tests.support.deadline import wait_for
from tests.support.processes import guardians_of, marked_processes
from tests.support.sidecar import FAKE, run, supervised

READY, BACKOFF, STOPPED, FAILED = ServerState.READY, ServerState.BACKOFF, ServerState.STOPPED, ServerState.FAILED

BROKEN = {
    "missing": ("/nowhere/guardian",),
    "crashes": (sys.executable, "-c", "raise SystemExit(3)"),
    "silent": (sys.executable, "-c", "import os; os.close(1)"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_sc26_without_a_guardian_the_server_runs_and_its_state_says_so(tmp_path: Path, fault: str) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "runner detached-runner", guardian=BROKEN[fault]) as (supervisor, watch):
            supervisor.start()
            ready = await watch.until(READY)
            assert "guardian could not be started" in ready.reason
            assert ready.pid is not None
            assert guardians_of(read_owner_id(tmp_path)) == []
            supervisor.stop()
            await watch.until(STOPPED, since=2)
            assert marked_processes(read_owner_id(tmp_path)) == []

    run(scenario())


def test_sc26_an_unguarded_server_that_falls_is_started_again_with_nothing_left_of_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "runner detached-runner", guardian=BROKEN["missing"]) as (supervisor, watch):
            supervisor.start()
            first = await watch.until(READY)
            assert first.pid is not None
            os.kill(first.pid, signal.SIGKILL)
            fallen = await watch.until(BACKOFF)
            assert "killed by signal 9" in fallen.reason
            assert marked_processes(read_owner_id(tmp_path)) == []
            second = await watch.until(READY, since=watch.seen.index(fallen))
            assert "guardian could not be started" in second.reason

    run(scenario())


def test_sc26_what_cannot_be_started_without_a_guardian_either_is_said(tmp_path: Path) -> None:
    async def scenario() -> None:
        missing = ServerProgram(ServerKind.OLLAMA, (str(tmp_path / "none"),))
        async with supervised(tmp_path, choose=lambda: missing, guardian=BROKEN["missing"]) as (supervisor, watch):
            supervisor.start()
            assert "there is no such file" in (await watch.until(FAILED)).reason

    run(scenario())


async def bare(folder: Path, fake: str) -> BareProcess:
    process = BareProcess.spawn(
        [sys.executable, str(FAKE)],
        environment={**os.environ, "FAKE": f"{fake} version-file={folder / 'none'}", "OLLAMA_HOST": "127.0.0.1:0"},
        log_file=folder / "log",
    )
    assert (await process.started).pid
    return process


def test_a_bare_server_is_for_us_alone_and_leads_its_own_session(tmp_path: Path) -> None:
    async def scenario() -> None:
        process = await bare(tmp_path, "")
        pid = (await process.started).pid
        assert os.getsid(pid) == pid
        assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600
        assert (await process.stop(5)).code in (0, -signal.SIGTERM)
        assert (await process.stop(5)) == process.over.result()

    run(scenario())


@pytest.mark.parametrize("fault", ["stubborn runner flood=1", "deaf stubborn flood=1"])
def test_sc02_a_bare_server_that_ignores_term_is_killed_with_its_group(tmp_path: Path, fault: str) -> None:
    async def scenario() -> None:
        process = await bare(tmp_path, fault)
        pid = (await process.started).pid
        children = psutil.Process(pid).children()
        await wait_for(partial(asyncio.to_thread, os.path.getsize, tmp_path / "log"), bool)  # it ignores TERM by now
        assert await process.stop(0.2) == Exit(-signal.SIGKILL)
        assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]

    run(scenario())


def test_a_stopped_bare_server_hears_that_it_shall_end(tmp_path: Path) -> None:
    async def scenario() -> None:
        process = await bare(tmp_path, "")
        os.kill((await process.started).pid, signal.SIGSTOP)
        assert (await process.stop(10)).code in (0, -signal.SIGTERM)

    run(scenario())
