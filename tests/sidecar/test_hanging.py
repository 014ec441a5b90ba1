"""Servers that hang, answer slowly or late, over real processes."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from ollama_desk.domain.server import ServerAddress, ServerState
from ollama_desk.sidecar import policy
from ollama_desk.sidecar.monitor import RunnerWork
from ollama_desk.sidecar.probe import ProbeAnswer, probe
from tests.support.deadline import wait_for
from tests.support.processes import wait_until
from tests.support.sidecar import QUICK, free_address, run, supervised

STARTING, READY, DEGRADED = ServerState.STARTING, ServerState.READY, ServerState.DEGRADED
STOPPING, BACKOFF = ServerState.STOPPING, ServerState.BACKOFF
HASTY = replace(QUICK, hang_limit_s=0.5)


def test_sc12_a_server_that_hangs_is_ended_and_started_anew_with_nothing_left(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "runner", timings=HASTY) as (supervisor, watch):
            supervisor.start()
            first = await watch.until(READY)
            assert first.pid is not None
            os.kill(first.pid, signal.SIGSTOP)
            stopping = await watch.until(STOPPING)
            assert "did not answer and did nothing" in stopping.reason
            assert "did not answer and was ended" in (await watch.until(BACKOFF)).reason
            second = await watch.until(READY, since=watch.seen.index(stopping))
            assert second.pid != first.pid
            assert not psutil.pid_exists(first.pid)

    run(scenario())


@pytest.mark.parametrize("why", ["a runner computes", "an answer is under way"])
def test_sc12_a_silent_server_that_works_is_not_ended(tmp_path: Path, why: str) -> None:
    async def scenario() -> None:
        fake, busy = ("busy-runner", False) if why == "a runner computes" else ("", True)
        probes = 0

        async def ask(address: ServerAddress) -> ProbeAnswer:
            nonlocal probes
            probes += 1
            return await probe(address)

        async def probes_so_far() -> int:
            return probes

        async with supervised(tmp_path, fake, timings=HASTY, is_busy=lambda: busy, ask=ask) as (supervisor, watch):
            supervisor.start()
            ready = await watch.until(READY)
            assert ready.pid is not None
            os.kill(ready.pid, signal.SIGSTOP)
            degraded = await watch.until(DEGRADED)
            assert degraded.pid == ready.pid
            enough = probes + 3  # of a second each: the limit is past
            await wait_for(probes_so_far, lambda count: count > enough)
            os.kill(ready.pid, signal.SIGCONT)
            again = await watch.until(READY, since=watch.seen.index(degraded))
            assert again.pid == ready.pid

    run(scenario())


def test_an_app_that_was_asleep_has_not_missed_a_probe(tmp_path: Path) -> None:
    argv = [
        sys.executable,
        "-P",
        "-m",
        "tests.support.supervised_app",
        str(tmp_path),
        str(free_address().port),
        "",
        "1",
    ]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(argv, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as app:
        assert app.stdin is not None
        assert app.stdout is not None
        while not (line := app.stdout.readline()).startswith("READY"):
            assert line
        for _ in range(5):
            app.send_signal(signal.SIGSTOP)
            wait_until(lambda: False, 0.5)  # asleep for five probes
            app.send_signal(signal.SIGCONT)
            wait_until(lambda: False, 0.3)
        app.stdin.write("stop\n")
        app.stdin.flush()
        states = [app.stdout.readline().split()[0] for _ in range(2)]
        assert states == ["STOPPING", "STOPPED"]
        app.terminate()


def test_no_wait_goes_by_the_wall_clock() -> None:
    """It jumps: what is measured with it is only shown."""
    for path in Path(str(policy.__file__)).parent.glob("*.py"):
        assert "time.time()" not in path.read_text(), path


def test_a_server_that_answers_slowly_is_ready_all_the_same(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "slow=0.6") as (supervisor, watch):
            supervisor.start()
            await watch.until(READY)
            assert DEGRADED not in watch.states()

    run(scenario())


def test_sc13_a_server_that_listens_late_is_waited_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "late=1.5") as (supervisor, watch):
            supervisor.start()
            await watch.until(READY)
            assert watch.states()[:3] == [ServerState.STOPPED, STARTING, READY]

    run(scenario())


def test_work_is_what_the_processes_below_use_of_the_processor(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with supervised(tmp_path, "runner") as (supervisor, watch):
            supervisor.start()
            ready = await watch.until(READY)
            assert ready.pid is not None
            work = RunnerWork(ready.pid)

            async def goes_on() -> bool:
                return work.goes_on()

            assert work.goes_on()  # it is new: it may be loading
            await wait_for(goes_on, lambda works: not works)

    run(scenario())


def test_where_nothing_runs_nothing_works() -> None:
    assert not RunnerWork(2**22 + 1).goes_on()
