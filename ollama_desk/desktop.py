"""The Qt face: shows a window at once, opens the Desk behind it, and owns the order of leaving."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from ollama_desk import __version__
from ollama_desk.bridge import loop
from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.core.lock import FolderLock
from ollama_desk.core.logs import start_logging
from ollama_desk.core.settings_file import read_settings, write_settings
from ollama_desk.core.state_file import read_state, write_state
from ollama_desk.domain.errors import DeskError, StorageError
from ollama_desk.domain.settings import ThemeChoice
from ollama_desk.services.config import DeskConfig, read_config
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.theme import Theme

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from ollama_desk.services.desk import Desk
    from ollama_desk.ui.pages import Pages

    OpenDesk = Callable[[DeskConfig], AbstractAsyncContextManager[Desk]]

log = logging.getLogger(__name__)

LEAVE_S = 8.0
APP_ID = "org.ollamadesk.OllamaDesk"


def main(*, data_dir: Path | None, host: str, on_window: Callable[[MainWindow], None] | None = None) -> int:
    """Run the desktop until the person leaves; the exit code.

    Args:
        data_dir: where everything of ours is kept; None: the platform's own places.
        host: address of the server, as ``OLLAMA_HOST`` is written; empty: decided by environment and settings.
        on_window: called in the running loop once the window is shown, by who drives it: tests, the screenshot script.
    """
    config = read_config(data_dir=data_dir, host=host, environment=dict(os.environ))
    try:
        start_logging(config.folders.logs)
        with FolderLock(config.folders.data):
            return _run(config, on_window)
    except DeskError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _run(config: DeskConfig, on_window: Callable[[MainWindow], None] | None) -> int:
    QGuiApplication.setDesktopFileName(APP_ID)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("ollama-desk")
    app.setApplicationDisplayName("Ollama Desk")
    app.setApplicationVersion(__version__)
    theme = Theme(app)
    theme.apply(config.settings.theme)
    window = MainWindow(theme)
    window.restore_state(read_state(config.folders.state_file))
    window.show()
    desktop = Desktop(config, window=window, theme=theme)
    sys.excepthook = desktop.report_exception
    if on_window is not None:
        QTimer.singleShot(0, window, lambda: on_window(window))
    code = loop.run(app, desktop.run)
    desktop.destroy()
    return code


class Desktop:
    """From the first paint to the last: the Desk, the pages over it, and leaving within 8 s whatever hangs."""

    def __init__(self, config: DeskConfig, *, window: MainWindow, theme: Theme) -> None:
        self._config = config
        self._window = window
        self._theme = theme
        self._leaving = asyncio.Event()

    async def run(self) -> int:
        """Open the Desk behind the window that is already there, and close it when the person leaves."""
        self._listen()
        try:
            await self._live()
        except StorageError as error:
            self._window.notices.notify(str(error))
            await self._leaving.wait()
        return 0

    def destroy(self) -> None:
        """Take the windows down in our order, not in the interpreter's."""
        self._window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def report_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """A bug in a slot: log it once with its stack, say so, go on."""
        log.critical("An error that nobody expected", exc_info=(kind, error, trace))
        self._window.notices.notify(
            QCoreApplication.translate("Desktop", "Something went wrong inside Ollama Desk. The log has the details.")
        )

    def _listen(self) -> None:
        running = asyncio.get_running_loop()
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                running.add_signal_handler(getattr(signal, name), self._leave)
        running.set_exception_handler(self._on_loop_exception)
        self._window.close_requested.connect(self._leave)
        self._window.quit_requested.connect(self._leave)
        self._window.theme_requested.connect(self._on_theme_requested)

    async def _live(self) -> None:
        open_desk, build_pages = await asyncio.to_thread(_load)
        async with open_desk(self._config) as desk:
            signals = Signals(desk.bus)
            signals.notice_raised.connect(lambda event: self._window.notices.notify(event.text))
            actions = Actions(notify=self._window.notices.notify)
            pages = build_pages(desk, window=self._window, theme=self._theme, signals=signals, actions=actions)
            self._window.restore_state(read_state(self._config.folders.state_file))
            if self._config.settings.start_server:
                desk.server.start()
            await pages.begin()
            await self._leaving.wait()
            signals.disconnect_bus()
            self._remember()
            await actions.aclose()

    def _leave(self) -> None:
        """Start leaving; from here on nothing may keep the process for longer than ``LEAVE_S``."""
        if self._leaving.is_set():
            return
        watchdog = threading.Timer(LEAVE_S, _give_up_waiting)
        watchdog.daemon = True
        watchdog.start()
        self._remember()
        self._window.hide()
        self._leaving.set()

    def _remember(self) -> None:
        try:
            write_state(self._config.folders.state_file, self._window.save_state())
        except StorageError as error:
            log.warning("The window's place was not saved: %s", error)

    def _on_theme_requested(self, choice: ThemeChoice) -> None:
        self._theme.apply(choice)
        path = self._config.folders.settings_file
        try:
            write_settings(path, replace(read_settings(path), theme=choice))
        except StorageError as error:
            self._window.notices.notify(str(error))

    def _on_loop_exception(self, _loop: asyncio.AbstractEventLoop, context: Mapping[str, object]) -> None:
        error = context.get("exception")
        log.error(
            "%s",
            context.get("message", "The event loop reports an error"),
            exc_info=error if isinstance(error, BaseException) else None,
        )


def _load() -> "tuple[OpenDesk, type[Pages]]":
    """Import what the first paint did not need; runs in a worker thread."""
    from ollama_desk.services.desk import open_desk  # noqa: PLC0415
    from ollama_desk.ui.pages import Pages  # noqa: PLC0415

    return open_desk, Pages


def _give_up_waiting() -> None:
    """Something hangs: end now. The guardian ends the server's tree when our end of its pipe closes."""
    log.error("Leaving took longer than %.0f s; the process ends without waiting.", LEAVE_S)
    logging.shutdown()
    os._exit(0)
