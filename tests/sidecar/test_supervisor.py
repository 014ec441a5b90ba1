"""The supervisor over real child processes: start, stop, crash, silence, and other people's ports."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from ollama_desk.domain.server import ServerKind, ServerState
from ollama_desk.sidecar.ownership import read_owner_id, read_record
from ollama_desk.sidecar.supervisor import Supervisor
from tests.support.deadline import wait_for
from tests.support.processes import guardian_of, guardians_of, marked_processes
from tests.support.sidecar import QUICK, run, supervised

STARTING, READY, STOPPING = ServerState.STARTING, ServerState.READY, ServerState.STOPPING
STOPPED, BACKOFF, FAILED = ServerState.STOPPED, ServerState.BACKOFF, ServerState.FAILED
DEGRADED, EXTERNAL, CONFLICT = ServerState.DEGRADED, ServerState.EXTERNAL, ServerState.CONFLICT


def reason_of(supervisor: Supervisor) -> Callable[[], Awaitable[str]]:
    async def ask() -> str:
        return supervisor.status.reason

    return ask


def test_a_server_is_started_and_stopped(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path) as (supervisor, watch):
            supervisor.start()
            ready = await watch.until(READY)
            assert (ready.version, ready.kind) == ("0.0.0", ServerKind.OLLAMA)
            assert ready.pid is not None
            assert ready.started_at is not None
            record = read_record(tmp_path)
            assert record is not None
            assert (record.pid, record.guardian_pid) == (ready.pid, guardian_of(record.owner))
            supervisor.stop()
            stopped = await watch.until(STOPPED, since=2)
            assert stopped.pid is None
            assert read_record(tmp_path) is None
        assert watch.states() == [STOPPED, STARTING, READY, STOPPING, STOPPED]

    run(scenario())


def test_a_restart_is_another_process(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "runner") as (supervisor, watch):
            supervisor.start()
            first = await watch.until(READY)
            supervisor.restart()
            await watch.until(STOPPING)
            second = await watch.until(READY, since=watch.states().index(STOPPING) + 2)
            assert second.pid != first.pid
            assert first.pid is not None
            assert not psutil.pid_exists(first.pid)

    run(scenario())


def test_a_killed_server_goes_with_its_runners_and_is_started_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "runner detached-runner") as (supervisor, watch):
            supervisor.start()
            first = await watch.until(READY)
            assert first.pid is not None
            os.kill(first.pid, signal.SIGKILL)
            fallen = await watch.until(BACKOFF)
            assert "killed by signal 9" in fallen.reason
            assert marked_processes(read_owner_id(tmp_path)) == []
            again = await watch.until(READY, since=watch.seen.index(fallen))
            assert again.pid != first.pid

    run(scenario())


def test_sc09_a_server_that_exits_at_once_is_given_up_with_its_last_log_lines(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "exit=7") as (supervisor, watch):
            supervisor.start()
            failed = await watch.until(FAILED)
            assert "exit code 7" in failed.reason
            assert failed.log_tail == ("fake: the last words",)
            assert watch.states() == [STOPPED, STARTING, BACKOFF, STARTING, BACKOFF, STARTING, FAILED]

    run(scenario())


def test_a_server_that_was_given_up_is_started_by_hand(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "exit=7") as (supervisor, watch):
            supervisor.start()
            await watch.until(FAILED)
            seen = len(watch.seen)
            supervisor.start()
            await watch.until(BACKOFF, since=seen)

    run(scenario())


def test_sc10_an_exit_without_an_error_that_nobody_asked_for_is_a_crash(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "exit=0") as (supervisor, watch):
            supervisor.start()
            assert "exit code 0" in (await watch.until(BACKOFF)).reason

    run(scenario())


def test_sc12_a_stopped_server_is_degraded_and_not_killed_and_recovers(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path) as (supervisor, watch):
            supervisor.start()
            ready = await watch.until(READY)
            assert ready.pid is not None
            os.kill(ready.pid, signal.SIGSTOP)
            degraded = await watch.until(DEGRADED)
            assert degraded.pid == ready.pid
            os.kill(ready.pid, signal.SIGCONT)
            again = await watch.until(READY, since=watch.seen.index(degraded))
            assert again.pid == ready.pid

    run(scenario())


def test_sc12_a_stopped_server_can_be_ended(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path) as (supervisor, watch):
            supervisor.start()
            ready = await watch.until(READY)
            assert ready.pid is not None
            os.kill(ready.pid, signal.SIGSTOP)
            supervisor.stop()
            await watch.until(STOPPED, since=2)
            assert not psutil.pid_exists(ready.pid)

    run(scenario())


def test_sc13_a_server_that_accepts_and_never_answers_is_starting(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "silent") as (supervisor, watch):
            supervisor.start()
            await wait_for(reason_of(supervisor), lambda reason: "GPUs" in reason)
            supervisor.stop()
            await watch.until(STOPPED, since=2)
        assert READY not in watch.states()

    run(scenario())


def test_a_server_that_takes_too_long_to_answer_is_degraded_and_not_killed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "silent", timings=replace(QUICK, start_limit_s=0.5)) as (supervisor, watch):
            supervisor.start()
            degraded = await watch.until(DEGRADED)
            assert degraded.pid is not None
            assert psutil.pid_exists(degraded.pid)

    run(scenario())


@pytest.mark.parametrize("fault", ["html", "garbage"])
def test_sc14_a_server_that_answers_something_else_is_a_conflict(tmp_path: Path, fault: str) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, fault) as (supervisor, watch):
            supervisor.start()
            assert "not Ollama" in (await watch.until(CONFLICT)).reason
        assert READY not in watch.states()

    run(scenario())


def test_sc17_after_many_clicks_the_last_one_holds(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path) as (supervisor, watch):
            clicks = (supervisor.start, supervisor.stop, supervisor.restart)
            for number in range(50):
                clicks[number % 3]()
                await asyncio.sleep(0.01)  # the pace of the clicks
                assert len(guardians_of(read_owner_id(tmp_path) or "nobody")) <= 1
            supervisor.stop()
            await watch.until(STOPPED, since=len(watch.seen) - 1)
            supervisor.start()
            supervisor.stop()
            supervisor.start()
            await watch.until(READY, since=len(watch.seen) - 1)

    run(scenario())


def test_sc18_a_server_that_ignores_term_is_killed_after_the_grace(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "stubborn runner detached-runner") as (supervisor, watch):
            supervisor.start()
            await watch.until(READY)
            supervisor.stop()
            await watch.until(STOPPED, since=2)
            assert marked_processes(read_owner_id(tmp_path)) == []

    run(scenario())


def test_sc05_a_killed_guardian_takes_the_server_along_and_both_come_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path) as (supervisor, watch):
            supervisor.start()
            first = await watch.until(READY)
            os.kill(guardian_of(read_owner_id(tmp_path)), signal.SIGKILL)
            fallen = await watch.until(BACKOFF)
            assert "guardian was killed" in fallen.reason
            second = await watch.until(READY, since=watch.seen.index(fallen))
            assert second.pid != first.pid

    run(scenario())


def test_sc06_what_a_killed_guardian_leaves_is_swept(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "stubborn runner detached-runner") as (supervisor, watch):
            supervisor.start()
            await watch.until(READY)
            os.kill(guardian_of(read_owner_id(tmp_path)), signal.SIGKILL)
            await watch.until(BACKOFF)
            assert marked_processes(read_owner_id(tmp_path)) == []

    run(scenario())


def test_a_hung_guardian_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "stubborn runner") as (supervisor, watch):
            supervisor.start()
            await watch.until(READY)
            os.kill(guardian_of(read_owner_id(tmp_path)), signal.SIGSTOP)
        assert watch.states()[-1] is STOPPED

    run(scenario())


def test_resources_come_while_there_is_a_server(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "runner") as (supervisor, watch):
            supervisor.start()
            await watch.until(READY)
            async for sample in supervisor.resources():
                if sample is not None:
                    assert sample.process_count == 2
                    assert sample.rss_bytes > 1_000_000
                    break

    run(scenario())
