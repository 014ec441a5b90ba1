"""What Qt says goes to our log; where it would abort because no window can be opened, a sentence and an exit code."""

import logging
import os
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

log = logging.getLogger("qt")

NO_WINDOW_CODE = 3
UNSUPPORTED = "This plugin does not support "  # a window system without raising and the like: not worth a warning
LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class QtMessages:
    """Listens to Qt between ``with`` and its end.

    Until ``started`` is called, warnings are held back: if Qt then gives up, the first of them says why.

    Args:
        leave: ends the process with a code; for tests.
    """

    def __init__(self, *, leave: Callable[[int], None] = os._exit) -> None:
        self._leave = leave
        self._held: list[str] | None = []

    def started(self) -> None:
        """There is an application: from here on everything is logged as it comes."""
        held, self._held = self._held or [], None
        for message in held:
            log.warning("%s", message)

    def __enter__(self) -> Self:
        self._before = qInstallMessageHandler(self._on_message)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _t: TracebackType | None
    ) -> None:
        qInstallMessageHandler(self._before)

    def _on_message(self, kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
        if message.startswith(UNSUPPORTED):
            log.debug("%s", message)
        elif kind is QtMsgType.QtFatalMsg and self._held is not None:
            self.give_up(message)
        elif kind is QtMsgType.QtWarningMsg and self._held is not None:
            self._held.append(message)
        else:
            log.log(LEVELS[kind], "%s", message)

    def give_up(self, message: str) -> None:
        """Qt is about to abort: say why, and end before it does."""
        reasons = [*(self._held or []), message]
        log.info("No window can be opened: %s", " | ".join(reasons))
        reason = reasons[0].strip().rstrip(".")
        sys.stderr.write(
            f"Ollama Desk cannot open a window here. The window system says: {reason}. "
            "Without a display, 'ollama-desk self-test' and 'ollama-desk engine serve' work.\n"
        )
        logging.shutdown()
        self._leave(NO_WINDOW_CODE)
