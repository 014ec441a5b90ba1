"""The engine's hold on a runner that talks nonsense or too much, hangs or is killed: programs in a runner's place."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import ModelLoadError
from ollama_desk.engine.process import RunnerProcess, start_runner
from ollama_desk.engine.runner import RunnerSpec

WAIT = "import sys; sys.stdin.read()"


@asynccontextmanager
async def runner(code: str) -> AsyncIterator[RunnerProcess]:
    """A child that runs ``code`` where a runner would be; it is gone afterwards."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=pipe, stdout=pipe, stderr=pipe)
    made = RunnerProcess(process, tempfile.TemporaryDirectory(prefix="ollama-desk-"))
    async with TaskScope() as scope:
        following = scope.spawn(made.follow(), name="stderr")
        try:
            yield made
        finally:
            await made.abandon()
            await asyncio.wait({following}, timeout=10)


def run(code: str, expect: str) -> None:
    async def scenario() -> None:
        async with runner(code) as made, asyncio.timeout(20):
            with pytest.raises(ModelLoadError, match=expect):
                await made.wait_ready("")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("code", "expect"),
    [
        ('print(\'{"error": "no such model"}\')', "exit status 0: no such model"),
        ("print('nonsense'); raise SystemExit(3)", "exit status 3"),
        ("print('[1]')", "exit status 0"),
        ("print('x' * 200_000, flush=True); raise SystemExit(4)", "exit status 4"),
        ("raise SystemExit(5)", "exit status 5"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "signal: killed$"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "signal: segmentation fault$"),
        (
            "import sys; sys.stderr.write('y' * 1_000_000 + '\\nE x E CUDA error: out of memory\\n'); sys.exit(1)",
            "exit status 1: CUDA error: out of memory",
        ),
    ],
    ids=["error", "nonsense", "list", "endless line", "nothing", "killed", "fault", "told after a long line"],
)
def test_a_runner_that_does_not_get_ready_is_told_with_how_it_ended(code: str, expect: str) -> None:
    run(code, expect)


def test_a_runner_that_is_not_ready_and_does_not_end_is_ended() -> None:
    run(f"print('{{}}', flush=True); {WAIT}; import time; time.sleep(600)", "has terminated")


def test_a_runner_that_will_not_end_is_killed_and_that_is_nobody_elses_doing() -> None:
    async def scenario() -> None:
        async with runner('print(\'{"ready": "unix:///x"}\', flush=True); import time; time.sleep(600)') as made:
            await made.wait_ready("")
            lived = made.is_alive
            await made.stop()
            await made.stop()
            assert (lived, made.is_alive) == (True, False)
            assert made.foreign_end == ""
            assert "signal: killed" in made.epitaph()

    asyncio.run(scenario())


def test_sc04_a_runner_that_somebody_else_killed_says_so() -> None:
    async def scenario() -> None:
        async with runner(f'print(\'{{"ready": "unix:///x"}}\', flush=True); {WAIT}') as made:
            await made.wait_ready("")
            os.kill(made.pid, signal.SIGKILL)
            await made.stop()
            assert made.foreign_end == "signal: killed"

    asyncio.run(scenario())


def test_loading_has_a_limit_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def scenario() -> None:
        async with TaskScope() as scope:
            with pytest.raises(ModelLoadError, match="timed out waiting"):
                await start_runner(RunnerSpec(str(tmp_path / "none.gguf")), scope, timeout_s=0.0)
            with pytest.raises(ModelLoadError, match="has terminated"):
                await start_runner(RunnerSpec(str(tmp_path / "none.gguf")), scope, timeout_s=30)

    asyncio.run(scenario())
    assert list(tmp_path.iterdir()) == []


def test_a_start_that_is_cancelled_anywhere_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def scenario() -> None:
        for steps in range(0, 30, 3):
            async with TaskScope() as scope:
                spec = RunnerSpec(str(tmp_path / "none.gguf"))
                starting = scope.spawn(start_runner(spec, scope, timeout_s=30), name="start")
                for _ in range(steps):
                    await asyncio.sleep(0)
                starting.cancel()
                await asyncio.wait({starting}, timeout=10)

    asyncio.run(scenario())
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_no_room_for_its_socket_a_runner_is_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))

    async def scenario() -> None:
        async with TaskScope() as scope:
            with pytest.raises(ModelLoadError, match="cannot be started"):
                await start_runner(RunnerSpec("x"), scope, timeout_s=30)

    asyncio.run(scenario())


def test_a_runner_that_cannot_be_started_is_an_error_of_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))

    async def scenario() -> None:
        async with TaskScope() as scope:
            with pytest.raises(ModelLoadError, match="cannot be started"):
                await start_runner(RunnerSpec("x"), scope, timeout_s=30)

    asyncio.run(scenario())
    assert list(tmp_path.iterdir()) == []
