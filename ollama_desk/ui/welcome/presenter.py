"""Connects the welcome page to the server and to the demonstration model."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.events import ServerStateChanged
from ollama_desk.domain.server import ServerStatus
from ollama_desk.ui.welcome.panel import WelcomePanel


class DemoModels(Protocol):
    """What the page needs of the service."""

    def install_demo(self) -> Coroutine[Any, Any, None]: ...


class WelcomePresenter:
    """The server's state goes to the page; the demonstration model is installed from it.

    Args:
        models: the service.
        panel: the page.
        signals: the events.
        actions: runs what takes time.
        server: the server's status now.
        start_server: starts the server.
    """

    def __init__(
        self,
        models: DemoModels,
        *,
        panel: WelcomePanel,
        signals: Signals,
        actions: Actions,
        server: ServerStatus,
        start_server: Callable[[], None],
    ) -> None:
        self._models = models
        self._panel = panel
        self._actions = actions
        panel.demo_requested.connect(self._on_demo_requested)
        panel.start_server_requested.connect(start_server)
        signals.server_state_changed.connect(self._on_server_state_changed)
        panel.show_server(server)

    def _on_server_state_changed(self, event: ServerStateChanged) -> None:
        self._panel.show_server(event.status)

    def _on_demo_requested(self) -> None:
        self._actions.run(self._install(), name="install the demonstration model")

    async def _install(self) -> None:
        words = QCoreApplication.translate("Welcome", "Installing the demonstration model and loading it…")
        self._panel.show_busy(words)
        self._panel.show_error("")
        try:
            await self._models.install_demo()
        except DeskError as error:
            self._panel.show_error(str(error))
            if not self._panel.isVisible():
                raise
        finally:
            self._panel.show_busy("")
