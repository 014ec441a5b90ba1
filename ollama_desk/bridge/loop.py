"""The only door to qasync: asyncio and Qt on one event loop in one thread."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

WORKERS = 4
REST_S = 1.0  # for what nobody ended before


def run(app: QApplication, main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run ``main`` until it returns its exit code. The loop never ends because a window closed."""
    app.setQuitOnLastWindowClosed(False)
    loop = QEventLoop(app)
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(WORKERS, thread_name_prefix="worker")
    loop.set_default_executor(executor)
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(finalizer=lambda generator: _close_later(loop, generator))
    try:
        with loop:
            return loop.run_until_complete(_run_whole(main))
    finally:
        sys.set_asyncgen_hooks(*hooks)
        asyncio.set_event_loop(None)
        executor.shutdown(wait=False, cancel_futures=True)


async def _run_whole(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run ``main``, then cancel what still runs, as asyncio's own runner does: a task that is dropped makes noise.

    Here and not afterwards: qasync lets timers wake tasks once more when there is no running loop any longer.
    """
    try:
        return await main()
    finally:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest, timeout=REST_S)


def _close_later(loop: asyncio.AbstractEventLoop, generator: AsyncGenerator[Any, Any]) -> None:
    """End an abandoned generator in the loop, as asyncio's own loops do; qasync's leaves it to the collector."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(lambda: loop.create_task(generator.aclose()))
