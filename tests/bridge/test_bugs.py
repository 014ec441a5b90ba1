"""Whatever nobody caught is logged once with its stack and said, wherever it happens."""

import asyncio
import gc
import logging
import sys
import threading
from collections.abc import Callable

import pytest

from ollama_desk.bridge.bugs import Bugs
from ollama_desk.core.tasks import TaskScope


def fail(where: str) -> None:
    msg = f"planted in {where}"
    raise RuntimeError(msg)


async def fail_later(where: str) -> None:
    fail(where)


def heard(plant: Callable[[], object]) -> int:
    """How often a person was told while ``plant`` did its harm."""
    said: list[str] = []

    async def scenario() -> None:
        told = asyncio.Event()

        def say() -> None:
            said.append("said")
            told.set()

        bugs = Bugs(say=say)
        bugs.listen(asyncio.get_running_loop())
        try:
            plant()
            await asyncio.wait_for(told.wait(), 5)
        finally:
            bugs.stop()

    asyncio.run(scenario())
    return len(said)


def in_a_slot() -> None:
    """As PySide6 does with an error in a slot, a timer, an event filter."""
    try:
        fail("a slot")
    except RuntimeError:
        sys.excepthook(*sys.exc_info())


def in_a_thread() -> None:
    thread = threading.Thread(target=fail, args=("a thread",), name="planted")
    thread.start()
    thread.join()


def in_a_callback() -> None:
    asyncio.get_running_loop().call_soon(fail, "a callback")


def in_a_task() -> None:
    TaskScope().spawn(fail_later("a task"), name="planted")


@pytest.mark.parametrize("plant", [in_a_slot, in_a_thread, in_a_callback, in_a_task])
def test_ui01_an_error_is_logged_once_with_its_stack_and_said(
    plant: Callable[[], object], caplog: pytest.LogCaptureFixture
) -> None:
    assert heard(plant) == 1
    (record,) = caplog.records
    assert record.levelno >= logging.ERROR
    assert record.exc_info is not None
    assert caplog.text.count("RuntimeError: planted in") == 1
    caplog.clear()


def test_what_the_loop_complains_of_without_an_error_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    said: list[str] = []

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        bugs = Bugs(say=lambda: said.append("said"))
        bugs.listen(loop)
        task = TaskScope().spawn(asyncio.sleep(0), name="a name")
        loop.call_exception_handler({"message": "Something is odd", "task": task})
        await task
        bugs.stop()

    asyncio.run(scenario())
    assert [record.getMessage() for record in caplog.records] == ["Something is odd (a name)"]
    assert said == []
    caplog.clear()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_error_in_a_finalizer_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Fails:
        def __del__(self) -> None:
            fail("a finalizer")

    async def scenario() -> None:
        bugs = Bugs(say=list[str]().clear)
        bugs.listen(asyncio.get_running_loop())
        Fails()
        gc.collect()
        bugs.stop()

    asyncio.run(scenario())
    assert "planted in a finalizer" in caplog.text
    caplog.clear()


def test_afterwards_everything_is_as_it_was() -> None:
    async def scenario() -> None:
        bugs = Bugs(say=list[str]().clear)
        bugs.listen(asyncio.get_running_loop())
        bugs.stop()

    asyncio.run(scenario())
    assert sys.excepthook is sys.__excepthook__
    assert threading.excepthook is threading.__excepthook__
