"""Work in threads is done whole, or undone."""

import asyncio
import threading

import pytest

from ollama_desk.core.threads import to_end


def test_what_it_returns_and_raises_comes_out() -> None:
    def fail() -> None:
        raise OSError("gone")

    assert asyncio.run(to_end(lambda: 5)) == 5
    with pytest.raises(OSError, match="gone"):
        asyncio.run(to_end(fail))


@pytest.mark.parametrize("fails", [False, True])
def test_cancelled_it_waits_for_the_end_and_undoes_what_was_done(*, fails: bool) -> None:
    async def scenario() -> list[str]:
        begun, go_on, told = threading.Event(), threading.Event(), list[str]()

        def work() -> str:
            begun.set()
            go_on.wait(20)
            told.append("done")
            if fails:
                raise OSError("gone")
            return "made"

        task = asyncio.ensure_future(to_end(work, too_late=lambda made: told.append(f"{made} undone")))
        await asyncio.to_thread(begun.wait, 20)
        task.cancel()
        asyncio.get_running_loop().call_later(0.05, go_on.set)
        with pytest.raises(asyncio.CancelledError):
            await task
        return told

    assert asyncio.run(scenario()) == (["done"] if fails else ["done", "made undone"])
