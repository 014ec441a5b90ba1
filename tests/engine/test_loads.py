"""One load for all who wait, none for those who left, and none again and again for what crashes; real runners."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import ModelLoadError, RunnerCrashedError
from ollama_desk.engine.loading import LoadOptions
from ollama_desk.engine.memory import Footprint
from tests.support.deadline import wait_for
from tests.support.scheduling import names, own_children, pid_of, run, say_something, scheduler, soon, wanted


def test_a_load_that_is_cancelled_leaves_no_process(gguf: Path) -> None:
    async def scenario() -> None:
        async with scheduler() as running:

            async def load() -> None:
                async with running.lease(wanted(gguf), keep_alive_s=60):
                    pass

            async with TaskScope() as scope:
                loading = scope.spawn(load(), name="load")
                await wait_for(lambda: soon(own_children()), bool)
                loading.cancel()
            await wait_for(lambda: soon(own_children()), lambda there: not there)
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
            started = await wait_for(lambda: soon(own_children()), bool)
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
            assert (names(running), own_children()) == ([], [])
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
                await say_something(seat)

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
                    most = max(most, len(own_children()))

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
            await say_something(other)
            assert pid_of(other) == first

    run(scenario)
