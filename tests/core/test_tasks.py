"""Tasks belong to a scope that ends them and tells of their errors."""

import asyncio
import logging

import pytest

from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError


def test_leaving_a_scope_cancels_what_still_runs() -> None:
    async def scenario() -> asyncio.Task[None]:
        async with TaskScope() as scope:
            task = scope.spawn(asyncio.Event().wait(), name="waits for ever")
            await asyncio.sleep(0)
        return task

    assert asyncio.run(scenario()).cancelled()


def test_an_error_with_a_sentence_is_told() -> None:
    told: list[DeskError] = []

    async def fails() -> None:
        raise DeskError("It is full.")

    async def scenario() -> None:
        async with TaskScope(on_error=told.append) as scope:
            await scope.spawn(fails(), name="fails")

    asyncio.run(scenario())
    assert [str(error) for error in told] == ["It is full."]


def test_a_bug_is_logged_with_its_stack(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    async def scenario() -> None:
        async with TaskScope() as scope:
            await scope.spawn(fails(), name="divides")

    with caplog.at_level(logging.ERROR):
        asyncio.run(scenario())
    assert "The task divides failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    caplog.clear()


def test_a_closed_scope_starts_nothing() -> None:
    async def scenario() -> None:
        scope = TaskScope()
        await scope.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            scope.spawn(asyncio.sleep(0), name="late")

    asyncio.run(scenario())


def test_an_error_that_nobody_listens_to_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise DeskError("It is full.")

    async def scenario() -> None:
        async with TaskScope() as scope:
            await scope.spawn(fails(), name="fails")

    asyncio.run(scenario())
    assert "fails: It is full." in caplog.text
    caplog.clear()


def test_a_task_that_does_not_end_in_time_is_named(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        enough = asyncio.Event()

        async def clings() -> None:
            while not enough.is_set():
                try:
                    await enough.wait()
                except asyncio.CancelledError:
                    continue

        scope = TaskScope()
        task = scope.spawn(clings(), name="clings")
        await asyncio.sleep(0)
        await scope.aclose(timeout_s=0.01)
        assert "The task clings did not end" in caplog.text
        enough.set()
        await asyncio.wait({task})

    asyncio.run(scenario())
    caplog.clear()
