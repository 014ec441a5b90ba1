"""The only door to qasync: asyncio and Qt on one event loop in one thread."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

WORKERS = 4


def run(app: QApplication, main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run ``main`` until it returns its exit code. The loop never ends because a window closed."""
    app.setQuitOnLastWindowClosed(False)
    loop = QEventLoop(app)
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(WORKERS, thread_name_prefix="worker")
    loop.set_default_executor(executor)
    try:
        with loop:
            return loop.run_until_complete(main())
    finally:
        asyncio.set_event_loop(None)
        executor.shutdown(wait=False, cancel_futures=True)
