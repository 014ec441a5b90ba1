"""A loop that stands still is noticed, with what it was doing; one that turns is left alone."""

import asyncio
import time

import pytest

from ollama_desk.bridge.watchdog import Watchdog

BUDGET_S = 0.05
LIMIT_S = 10.0


def stand_still(watchdog: Watchdog) -> None:
    """Block the loop until that is noticed twice."""
    deadline = time.monotonic() + LIMIT_S
    while len(watchdog.stalls) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)


def test_ui05_a_blocked_loop_is_recorded_with_its_stack(caplog: pytest.LogCaptureFixture) -> None:
    watchdog = Watchdog(BUDGET_S)

    async def scenario() -> None:
        watchdog.start()
        stand_still(watchdog)
        await asyncio.sleep(0)
        watchdog.stop()

    asyncio.run(scenario())
    first, second = watchdog.stalls[:2]
    assert BUDGET_S < first.at_least_s < second.at_least_s
    assert "in stand_still" in first.stack
    assert "has not turned for" in caplog.text
    caplog.clear()


def test_a_loop_that_turns_is_left_alone() -> None:
    watchdog = Watchdog(60)

    async def scenario() -> None:
        watchdog.start()
        await asyncio.sleep(0)
        watchdog.stop()

    asyncio.run(scenario())
    assert watchdog.stalls == []
