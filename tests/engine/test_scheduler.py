"""Models come into memory when they are needed and leave when they are not; real runners, no HTTP face."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import TypeVar

import pytest

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import ModelLoadError, RunnerCrashedError, ServerBusyError
from ollama_desk.engine.link import EOF_TEXT, RunnerLink
from ollama_desk.engine.loading import LoadOptions, Wanted
from ollama_desk.engine.memory import Footprint
from ollama_desk.engine.scheduler import Scheduler
from ollama_desk.engine.seats import Seat
from tests.support.deadline import wait_for
from tests.support.engine import children, is_alive

T = TypeVar("T")
SMALL = LoadOptions(n_ctx=512)


@asynccontextmanager
async def scheduler(*, max_loaded: int = 3, max_queue: int = 512) -> AsyncIterator[Scheduler]:
    async with TaskScope() as scope:
        made = Scheduler(scope, max_loaded=max_loaded, max_queue=max_queue, load_timeout_s=30)
        try:
            yield made
        finally:
            await made.aclose()


def wanted(gguf: Path, options: LoadOptions = SMALL) -> Wanted:
    return Wanted(str(gguf), f"{gguf.stem}:latest", "0" * 64, Footprint(gguf.stat().st_size), options)


def pid_of(seat: Seat) -> int:
    assert seat.runner is not None
    return seat.runner.pid


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(60):
            await scenario()

    asyncio.run(limited())


def names(running: Scheduler) -> list[str]:
    return [seat.wanted.name for seat in running.loaded()]


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
            await wait_for(lambda: _soon(names(running)), lambda there: there == [])
            await wait_for(lambda: _soon(is_alive(pid)), lambda alive: not alive)

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
                    await _say_something(seat)

            with pytest.raises(RunnerCrashedError, match=EOF_TEXT):
                await die()
            async with running.lease(wanted(gguf), keep_alive_s=60) as seat:
                assert pid_of(seat) not in pids
                await _say_something(seat)
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
            await wait_for(lambda: _soon(names(running)), lambda there: there == [])
            assert _own_children() == []
            async with running.lease(wanted(gguf), keep_alive_s=60) as seat:
                assert pid_of(seat) != first
                await _say_something(seat)
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
            await wait_for(lambda: _soon(is_alive(hung)), lambda alive: not alive)

    run(scenario)


def test_a_load_that_is_cancelled_leaves_no_process(gguf: Path) -> None:
    async def scenario() -> None:
        async with scheduler() as running:

            async def load() -> None:
                async with running.lease(wanted(gguf), keep_alive_s=60):
                    pass

            async with TaskScope() as scope:
                loading = scope.spawn(load(), name="load")
                await wait_for(lambda: _soon(_own_children()), bool)
                loading.cancel()
            await wait_for(lambda: _soon(_own_children()), lambda there: not there)
            await load()

    run(scenario)


def test_a_load_goes_on_where_the_first_who_asked_leaves_and_another_waits(gguf: Path) -> None:
    async def scenario() -> None:
        async with scheduler() as running, TaskScope() as scope:
            pids: list[int] = []

            async def load() -> None:
                async with running.lease(wanted(gguf), keep_alive_s=60) as seat:
                    pids.append(pid_of(seat))

            first = scope.spawn(load(), name="first")
            started = await wait_for(lambda: _soon(_own_children()), bool)
            second = scope.spawn(load(), name="second")
            await asyncio.sleep(0)  # it begins to wait
            first.cancel()
            await second
            assert pids == started

    run(scenario)


def test_a_model_that_does_not_fit_is_refused_and_nothing_is_left_of_it(gguf: Path) -> None:
    async def scenario() -> None:
        async with scheduler() as running:
            huge = replace(wanted(gguf), footprint=Footprint(1 << 60))
            with pytest.raises(
                ModelLoadError, match=r"requires more system memory \(1048576.0 TiB\) than is available"
            ):
                async with running.lease(huge, keep_alive_s=60):
                    pass
            assert (names(running), _own_children()) == ([], [])
            async with running.lease(wanted(gguf), keep_alive_s=60):
                assert names(running) == ["tiny:latest"]

    run(scenario)


def test_all_who_wait_for_a_load_that_fails_are_told_by_that_one_load(tmp_path: Path) -> None:
    junk = tmp_path / "junk.gguf"
    junk.write_bytes(b"GGUF" + bytes(60))

    async def scenario() -> None:
        async with scheduler() as running:

            async def load() -> str:
                try:
                    async with running.lease(wanted(junk), keep_alive_s=60):
                        return "loaded"
                except ModelLoadError as error:
                    return str(error)

            told = await asyncio.gather(*(load() for _ in range(20)))
            assert len(set(told)) == 1
            assert "cannot be read" in told[0]

    run(scenario)


def test_a_model_that_crashes_on_every_load_is_left_alone_for_a_while(tmp_path: Path) -> None:
    junk = tmp_path / "junk.gguf"
    junk.write_bytes(b"GGUF" + bytes(60))

    async def scenario() -> None:
        async with scheduler() as running:
            told = []
            for _ in range(6):
                with pytest.raises(ModelLoadError) as caught:
                    async with running.lease(wanted(junk), keep_alive_s=60):
                        pass
                told.append("crashed again and again" in str(caught.value))
            assert told[:3] == [False, False, False]
            assert any(told)  # the pauses are longer than a test takes to ask again, on any machine

    run(scenario)


def test_loads_that_crash_by_their_options_leave_others_the_model(gguf: Path) -> None:
    async def scenario() -> None:
        async with scheduler() as running:
            mad = wanted(gguf, LoadOptions(n_ctx=512, n_batch=1))
            for _ in range(4):
                with pytest.raises(ModelLoadError):
                    async with running.lease(mad, keep_alive_s=60):
                        pass
            async with running.lease(wanted(gguf), keep_alive_s=60) as seat:
                await _say_something(seat)

    run(scenario)


def test_models_that_are_asked_for_at_once_are_never_more_than_allowed(gguf: Path, tmp_path: Path) -> None:
    paths = [tmp_path / f"{letter}.gguf" for letter in "abcd"]
    for path in paths:
        path.symlink_to(gguf)

    async def scenario() -> None:
        async with scheduler(max_loaded=2) as running:
            most = 0

            async def use(path: Path) -> None:
                nonlocal most
                async with running.lease(wanted(path), keep_alive_s=60):
                    most = max(most, len(_own_children()))

            await asyncio.gather(*(use(path) for path in paths * 2))
            assert most <= 2

    run(scenario)


def test_an_answer_that_breaks_off_while_its_runner_is_well_ends_nothing(gguf: Path) -> None:
    async def scenario() -> None:
        async with scheduler() as running, running.lease(wanted(gguf), keep_alive_s=60) as other:
            first = pid_of(other)
            with pytest.raises(RunnerCrashedError, match="by a test"):
                async with running.lease(wanted(gguf), keep_alive_s=60):
                    raise RunnerCrashedError("broken by a test", status=500)
            await _say_something(other)
            assert pid_of(other) == first

    run(scenario)


def _own_children() -> list[int]:
    return children(os.getpid())


async def _soon(value: T) -> T:
    return value


async def _say_something(seat: Seat) -> None:
    assert seat.runner is not None
    link: RunnerLink = seat.runner.link
    question = {"messages": [{"role": "user", "content": "story"}], "stream": True}
    async with aclosing(link.stream("/v1/chat/completions", question)) as answers:
        async for answer in answers:
            assert answer.status == 200
