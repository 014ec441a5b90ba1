"""The hold on one run, under both event loops that the program has."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ollama_desk.bridge.loop import run as run_in_qt
from ollama_desk.sidecar.policy import Exit
from ollama_desk.sidecar.process import ServerProcess
from tests.support.sidecar import measured

SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")

Runner = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


@pytest.fixture(params=["asyncio", "qasync"])
def runner(request: pytest.FixtureRequest, qtbot: QtBot) -> Runner:
    def in_asyncio(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
        asyncio.run(asyncio.wait_for(scenario(), 30))

    def in_qasync(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def main() -> int:
            await asyncio.wait_for(scenario(), 30)
            return 0

        app = QApplication.instance()
        assert isinstance(app, QApplication)
        assert run_in_qt(app, main) == 0
        gc.collect()  # a worker thread's collector must not find the loop: its timers would crash a later test

    return in_asyncio if request.param == "asyncio" else in_qasync


def spawn(folder: Path, *argv: str) -> ServerProcess:
    return ServerProcess.spawn(
        argv, environment={"PATH": os.environ["PATH"], **measured()}, log_file=folder / "log", grace_s=1.0
    )


def test_a_run_begins_and_is_stopped(tmp_path: Path, runner: Runner) -> None:
    async def scenario() -> None:
        run = spawn(tmp_path, *SLEEPER)
        birth = await run.started
        os.kill(birth.pid, 0)
        assert await run.stop(5.0) == Exit(-signal.SIGTERM)
        assert await run.stop(5.0) == Exit(-signal.SIGTERM)
        with pytest.raises(ProcessLookupError):
            os.kill(run.guardian_pid, 0)

    runner(scenario)


def test_a_run_that_ends_by_itself_says_how(tmp_path: Path, runner: Runner) -> None:
    async def scenario() -> None:
        assert await spawn(tmp_path, sys.executable, "-c", "raise SystemExit(3)").over == Exit(3)
        missing = spawn(tmp_path, str(tmp_path / "nothing"))
        assert await missing.over == Exit(None, "No such file or directory")
        assert not missing.started.done()

    runner(scenario)


def test_a_guardian_that_dies_is_noticed_at_once(tmp_path: Path, runner: Runner) -> None:
    async def scenario() -> None:
        run = spawn(tmp_path, *SLEEPER)
        await run.started
        os.kill(run.guardian_pid, signal.SIGKILL)
        assert await run.over == Exit(None)

    runner(scenario)


def test_a_run_that_is_abandoned_ends(tmp_path: Path, runner: Runner) -> None:
    async def scenario() -> None:
        run = spawn(tmp_path, *SLEEPER)
        await run.started
        run.abandon()
        run.abandon()
        assert await run.over == Exit(-signal.SIGTERM)

    runner(scenario)


NONSENSE = (
    r'nonsense\n[]\n{}\n{"event":"started"}\n{"event":"exited","code":null}\n{"event":"exited","code":5}\nhalf a lin'
)


def test_a_guardian_that_talks_nonsense_does_no_harm(runner: Runner) -> None:
    guardian = subprocess.Popen(["printf", NONSENSE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    async def scenario() -> None:
        assert await ServerProcess(guardian).over == Exit(5)

    runner(scenario)


def test_a_guardian_without_pipes_is_refused() -> None:
    guardian = subprocess.Popen(["true"])

    async def scenario() -> None:
        with pytest.raises(OSError, match="without its pipes"):
            ServerProcess(guardian)

    asyncio.run(scenario())
    guardian.wait()
