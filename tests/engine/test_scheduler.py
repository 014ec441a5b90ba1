"""Models come into memory when they are needed and leave when they are not; real runners, no HTTP face."""

import asyncio
import os
import signal
from math import inf
from pathlib import Path

import pytest

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import ModelLoadError, RunnerCrashedError, ServerBusyError
from ollama_desk.engine.link import EOF_TEXT
from ollama_desk.engine.loading import LoadOptions
from tests.support.deadline import wait_for
from tests.support.engine import is_alive
from tests.support.scheduling import names, own_children, pid_of, run, say_something, scheduler, soon, wanted


def test_requests_at_the_same_time_share_one_load(gguf: Path) -> None:
    async def scenario() -> None:
        async with scheduler() as running:

            async def pid() -> int:
                async with running.lease(wanted(gguf), keep_alive_s=60) as seat:
                    return pid_of(seat)

            assert len(set(await asyncio.gather(*(pid() for _ in range(5))))) == 1

    run(scenario)


def test_a_model_leaves_after_its_keep_alive_and_its_process_with_it(gguf: Path) -> None:
    async def scenario() -> None:
        async with scheduler() as running:
            async with running.lease(wanted(gguf), keep_alive_s=0.1) as seat:
                pid = pid_of(seat)
            assert names(running) == ["tiny:latest"]
            await wait_for(lambda: soon(names(running)), lambda there: there == [])
            await wait_for(lambda: soon(is_alive(pid)), lambda alive: not alive)

    run(scenario)


def test_a_model_that_stays_for_ever_is_shown_to_do_so(gguf: Path) -> None:
    async def scenario() -> None:
        async with scheduler() as running:
            async with running.lease(wanted(gguf), keep_alive_s=inf):
                pass
            assert running.loaded()[0].expires_at.year > 2300
            await running.unload(str(gguf))
            assert names(running) == []

    run(scenario)


def test_unloading_a_model_in_use_waits_for_the_last_user(gguf: Path) -> None:
    async def scenario() -> None:
        async with scheduler() as running:
            async with running.lease(wanted(gguf), keep_alive_s=60):
                await running.unload(str(gguf))
                assert names(running) == ["tiny:latest"]
            assert names(running) == ["tiny:latest"]

    run(scenario)


def test_another_context_loads_the_model_again(gguf: Path) -> None:
    async def scenario() -> None:
        async with scheduler() as running:
            async with running.lease(wanted(gguf), keep_alive_s=60) as seat:
                first = pid_of(seat)
            async with running.lease(wanted(gguf, LoadOptions(n_ctx=1024)), keep_alive_s=60) as seat:
                assert pid_of(seat) != first
                assert not is_alive(first)
            assert [seat.wanted.options.n_ctx for seat in running.loaded()] == [1024]

    run(scenario)


def test_the_model_that_is_idle_longest_makes_room(gguf: Path, tmp_path: Path) -> None:
    async def scenario() -> None:
        paths = [tmp_path / f"{letter}.gguf" for letter in "abc"]
        for path in paths:
            path.symlink_to(gguf)
        async with scheduler(max_loaded=2) as running:
            for path in paths:
                async with running.lease(wanted(path), keep_alive_s=60):
                    pass
            assert sorted(names(running)) == ["b:latest", "c:latest"]

    run(scenario)


def test_a_model_waits_for_room_while_all_others_are_in_use(gguf: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.symlink_to(gguf)

    async def scenario() -> None:
        async with scheduler(max_loaded=1, max_queue=0) as running, TaskScope() as scope:
            in_memory = asyncio.Event()

            async def second() -> None:
                async with running.lease(wanted(other), keep_alive_s=60):
                    in_memory.set()

            async with running.lease(wanted(gguf), keep_alive_s=60):
                scope.spawn(second(), name="second")
                await asyncio.sleep(0)
                with pytest.raises(ServerBusyError, match="maximum pending requests exceeded"):
                    async with running.lease(wanted(other), keep_alive_s=60):
                        pass
                assert not in_memory.is_set()
            await asyncio.wait_for(in_memory.wait(), 10)

    run(scenario)


def test_a_file_that_is_no_model_is_refused_with_the_reason(tmp_path: Path) -> None:
    junk = tmp_path / "junk.gguf"
    junk.write_bytes(b"GGUF" + bytes(60))

    async def scenario() -> None:
        async with scheduler() as running:
            for _ in range(2):
                with pytest.raises(ModelLoadError, match="cannot be read"):
                    async with running.lease(wanted(junk), keep_alive_s=60):
                        pass
            assert names(running) == []

    run(scenario)


def test_a_crash_is_told_and_the_next_lease_loads_again(gguf: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with scheduler() as running:
            pids = []

            async def die() -> None:
                async with running.lease(wanted(gguf), keep_alive_s=60) as seat:
                    pids.append(pid_of(seat))
                    os.kill(pids[0], signal.SIGKILL)
                    await say_something(seat)

            with pytest.raises(RunnerCrashedError, match=EOF_TEXT):
                await die()
            async with running.lease(wanted(gguf), keep_alive_s=60) as seat:
                assert pid_of(seat) not in pids
                await say_something(seat)
        assert "has ended" in caplog.text
        caplog.clear()

    run(scenario)


def test_sc04_an_idle_runner_that_is_killed_is_not_in_memory_and_is_loaded_when_it_is_wanted(
    gguf: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with scheduler() as running:
            async with running.lease(wanted(gguf), keep_alive_s=60) as seat:
                first = pid_of(seat)
            os.kill(first, signal.SIGKILL)
            await wait_for(lambda: soon(names(running)), lambda there: there == [])
            assert own_children() == []
            async with running.lease(wanted(gguf), keep_alive_s=60) as seat:
                assert pid_of(seat) != first
                await say_something(seat)
        caplog.clear()

    run(scenario)


def test_sc12_a_runner_that_hangs_can_be_unloaded(gguf: Path) -> None:
    async def scenario() -> None:
        async with scheduler() as running:
            async with running.lease(wanted(gguf), keep_alive_s=60) as seat:
                hung = pid_of(seat)
            os.kill(hung, signal.SIGSTOP)
            await running.unload(str(gguf))
            assert names(running) == []
            await wait_for(lambda: soon(is_alive(hung)), lambda alive: not alive)

    run(scenario)
