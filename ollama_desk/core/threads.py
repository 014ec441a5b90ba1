"""Work in a thread that is not left half done when nobody waits for it any more."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 3.0  # a disk that answers no more keeps nobody from leaving


async def to_end(work: Callable[[], T], *, too_late: Callable[[T], None] | None = None) -> T:
    """Run what takes a moment in a thread, to its end even when this is cancelled; then it can be undone.

    Args:
        work: is not interrupted.
        too_late: is given, in the loop, what ``work`` returned where this was cancelled meanwhile.
    """
    future = asyncio.get_running_loop().run_in_executor(None, work)

    def undo(done: asyncio.Future[T]) -> None:
        if not done.cancelled() and done.exception() is None and too_late is not None:
            too_late(done.result())

    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        future.add_done_callback(undo)
        await asyncio.wait({future}, timeout=PATIENCE_S)
        raise
