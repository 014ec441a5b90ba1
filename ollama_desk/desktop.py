"""The Qt face: shows a window at once, opens the Desk behind it, and owns the order of leaving."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QTimer
from PySide6.QtWidgets import QApplication

from ollama_desk.bridge import loop
from ollama_desk.bridge.application import Application
from ollama_desk.bridge.bugs import Bugs
from ollama_desk.bridge.qt_messages import QtMessages
from ollama_desk.bridge.watchdog import Watchdog
from ollama_desk.core.instance import Bell, own_or_ring
from ollama_desk.core.logs import start_logging
from ollama_desk.core.state_file import read_state, write_state
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import DeskError, StorageError
from ollama_desk.domain.settings import Language, Settings
from ollama_desk.services.config import DeskConfig, read_config
from ollama_desk.ui.language import install_language, said
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.window_place import bring_on_screen, show_above

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from ollama_desk.services.desk import Desk
    from ollama_desk.ui.face import Face
    from ollama_desk.ui.hiding import Hiding

    OpenDesk = Callable[[DeskConfig], AbstractAsyncContextManager[Desk]]

log = logging.getLogger(__name__)

LEAVE_S = 8.0
WATCHDOG_VARIABLE = "OLLAMA_DESK_WATCHDOG_MS"  # how long the event loop may stand still before its stack is logged
TRAY_EXPLAINED = "tray_explained"  # in the state file: that the person was told where the window goes


def main(*, data_dir: Path | None, host: str, on_window: Callable[[MainWindow], None] | None = None) -> int:
    """Run the desktop until the person leaves; the exit code.

    Args:
        data_dir: where everything of ours is kept; None: the platform's own places.
        host: address of the server, as ``OLLAMA_HOST`` is written; empty: decided by environment and settings.
        on_window: called in the running loop once the window is shown, by who drives it: tests, the screenshot script.
    """
    try:
        config = read_config(data_dir=data_dir, host=host, environment=dict(os.environ))
        folder = config.folders.data
        lock = own_or_ring(folder)
        if lock is None:
            sys.stdout.write(f"Ollama Desk is already running with the data in {folder}. Its window is shown.\n")
            return 0
        bell = Bell(folder)
        try:
            start_logging(config.folders.logs)
            bell.hang()
            return _run(config, bell, on_window)
        finally:
            bell.take_down()
            lock.release()
    except DeskError as error:
        sys.stderr.write(f"{error}\n")
        if on_window is None and not sys.stderr.isatty():
            _show_why(str(error))
        return 1


def _show_why(sentence: str) -> None:
    """In the look and language of the system: the settings may be what cannot be read."""
    from ollama_desk.ui.last_words import show_last_words  # noqa: PLC0415 - QMessageBox costs 40 ms of each start

    with QtMessages() as messages:
        app = Application()
        messages.started()
        install_language(app, Language.SYSTEM, QLocale.system())
        show_last_words(app, said(sentence))


def _run(config: DeskConfig, bell: Bell, on_window: Callable[[MainWindow], None] | None) -> int:
    with QtMessages() as messages:
        app = Application()
        messages.started()
        install_language(app, config.settings.language, QLocale.system())
        theme = Theme(app)
        if config.settings.font_size_pt:
            theme.resize_text(config.settings.font_size_pt)
        theme.apply(config.settings.theme)
        window = MainWindow(theme)
        window.restore_state(read_state(config.folders.state_file))
        window.show()
        desktop = Desktop(config, app=app, window=window, theme=theme, bell=bell)
        if on_window is not None:
            QTimer.singleShot(0, window, lambda: on_window(window))
        try:
            return loop.run(app, desktop.run)
        finally:
            desktop.destroy()


class Desktop:
    """From the first paint to the last: the Desk, the pages over it, and leaving within 8 s whatever hangs."""

    def __init__(self, config: DeskConfig, *, app: Application, window: MainWindow, theme: Theme, bell: Bell) -> None:
        self._config = config
        self._settings = config.settings
        self._app = app
        self._window = window
        self._theme = theme
        self._bell = bell
        self._bugs = Bugs(say=self._say_bug)
        self._hiding: Hiding | None = None
        self._explained = bool(read_state(config.folders.state_file).get(TRAY_EXPLAINED))
        self._leaving = asyncio.Event()

    async def run(self) -> int:
        """Open the Desk behind the window that is already there, and close it when the person leaves."""
        self._listen()
        await self._bell.answer(self._show)
        watchdog = self._watchdog()
        async with TaskScope(on_error=lambda error: self._window.notices.notify(str(error))) as scope:
            living = scope.spawn(self._live(), name="the desk")  # whatever ends it, the window stays and says so
            await self._leaving.wait()
            await living
        watchdog.stop()
        return 0

    def destroy(self) -> None:
        """Take the windows down in our order, not in the interpreter's: tray, window with all in it, our hooks."""
        if self._hiding is not None:
            self._hiding.end()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self._window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self._bugs.stop()

    def _listen(self) -> None:
        running = asyncio.get_running_loop()
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                running.add_signal_handler(getattr(signal, name), self._leave)
        self._bugs.listen(running)
        self._app.end_requested.connect(self._leave)
        self._app.save_requested.connect(self._remember)
        self._app.screenRemoved.connect(lambda: bring_on_screen(self._window))
        self._window.close_requested.connect(self._on_close_requested)
        self._window.quit_requested.connect(self._leave)

    def _watchdog(self) -> Watchdog:
        """Running where the environment asks for it, otherwise asleep."""
        asked = self._config.environment.get(WATCHDOG_VARIABLE, "")
        budget_ms = int(asked) if asked.isdecimal() else 0
        watchdog = Watchdog(budget_ms / 1000)
        if budget_ms:
            watchdog.start()
        return watchdog

    async def _live(self) -> None:
        open_desk, make_face = await asyncio.to_thread(_load)
        if self._leaving.is_set():  # before there was anything to leave
            return
        async with open_desk(self._config) as desk:
            face = make_face(desk, window=self._window, theme=self._theme, leave=self._leave)
            face.on_settings_changed(self._on_settings_changed)
            self._hiding = await face.build()
            self._window.restore_state(read_state(self._config.folders.state_file))
            if self._config.settings.start_server:
                desk.server.start()
            await face.begin()
            await self._leaving.wait()
            await face.end()
            self._remember()

    def _show(self) -> None:
        if self._leaving.is_set():
            return
        if self._hiding is not None:
            self._hiding.show()
        else:
            show_above(self._window)

    def _on_close_requested(self) -> None:
        """Hide where the person wants that and a tray can bring the window back; otherwise leave."""
        wanted = self._settings.close_to_tray
        if not (wanted and self._hiding is not None and self._hiding.hide()):
            self._leave()
        elif not self._explained:
            self._explained = True
            self._hiding.explain(
                QCoreApplication.translate(
                    "Desktop", "Ollama Desk goes on here, and so does its server. Quit is in the menu of this icon."
                )
            )

    def _leave(self) -> None:
        """Start leaving; from here on nothing may keep the process for longer than ``LEAVE_S``."""
        if self._leaving.is_set():
            return
        limit = threading.Timer(LEAVE_S, _give_up_waiting)
        limit.daemon = True
        limit.start()
        self._bell.take_down()
        self._remember()
        if self._hiding is not None:
            self._hiding.end()
        self._window.hide()
        self._leaving.set()

    def _remember(self) -> None:
        try:
            told = {TRAY_EXPLAINED: "yes"} if self._explained else {}
            write_state(self._config.folders.state_file, self._window.save_state() | told)
        except StorageError as error:
            log.warning("The window's place was not saved: %s", error)

    def _on_settings_changed(self, old: Settings, new: Settings) -> None:
        self._settings = new
        if new.theme is not old.theme:
            self._theme.apply(new.theme)
        if new.font_size_pt != old.font_size_pt:
            self._theme.resize_text(new.font_size_pt or None)

    def _say_bug(self) -> None:
        self._window.notices.notify(
            QCoreApplication.translate("Desktop", "Something went wrong inside Ollama Desk. The log has the details.")
        )


def _load() -> "tuple[OpenDesk, type[Face]]":
    """Import what the first paint did not need; runs in a worker thread."""
    from ollama_desk.services.desk import open_desk  # noqa: PLC0415
    from ollama_desk.ui.face import Face  # noqa: PLC0415

    return open_desk, Face


def _give_up_waiting() -> None:
    """Something hangs: end now. The guardian ends the server's tree when our end of its pipe closes."""
    log.error("Leaving took longer than %.0f s; the process ends without waiting.", LEAVE_S)
    logging.shutdown()
    os._exit(0)
