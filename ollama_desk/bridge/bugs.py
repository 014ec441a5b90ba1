"""Errors that nobody caught, wherever they happen: logged once with their stack, said to the person, survived."""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

log = logging.getLogger(__name__)


class Bugs:
    """Hears of what escapes from Qt's calls into Python, from the loop, and from threads.

    The first are slots, timers, event filters and overridden methods: all end in ``sys.excepthook``.

    Args:
        say: tells the person that something went wrong; called in the loop's thread.
    """

    def __init__(self, *, say: Callable[[], None]) -> None:
        self._say = say
        self._loop: asyncio.AbstractEventLoop | None = None

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """From here on errors come to us."""
        self._loop = loop
        loop.set_exception_handler(self._on_loop_error)
        sys.excepthook = self._on_error
        threading.excepthook = self._on_thread_error
        sys.unraisablehook = self._on_unraisable

    def stop(self) -> None:
        """The interpreter's own ways again: the window is about to go."""
        self._loop = None
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        sys.unraisablehook = sys.__unraisablehook__

    def _on_error(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("An error that nobody expected", exc_info=(kind, error, trace))
        self._tell()

    def _on_thread_error(self, args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread is not None else "that is gone"
        if args.exc_value is not None:
            log.critical("The thread %s failed", name, exc_info=(args.exc_type, args.exc_value, args.exc_traceback))
        self._tell()

    def _on_unraisable(self, args: "UnraisableHookArgs") -> None:
        """Python met it where it cannot be raised, such as in a finalizer: for the log only."""
        error = args.exc_value
        log.error(
            "%s: %r",
            args.err_msg or "An error was ignored in",
            args.object,
            exc_info=None if error is None else (args.exc_type, error, args.exc_traceback),
        )

    def _on_loop_error(self, _loop: asyncio.AbstractEventLoop, context: Mapping[str, object]) -> None:
        error, task = context.get("exception"), context.get("task") or context.get("future")
        message = context.get("message", "The event loop reports an error")
        whose = (
            f" ({task.get_name()})" if isinstance(task, asyncio.Task) else ""
        )  # its repr may hold what a person wrote
        if isinstance(error, BaseException):
            log.error("%s%s", message, whose, exc_info=error)
            self._tell()
        else:
            log.error("%s%s", message, whose)

    def _tell(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._say)
