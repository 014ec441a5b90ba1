"""The pages of the window and what connects each of them to the services."""

import logging

from PySide6.QtCore import QCoreApplication

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.errors import StorageError
from ollama_desk.services.desk import Desk
from ollama_desk.ui.about.presenter import AboutPresenter
from ollama_desk.ui.announcer import Announcer, speaker
from ollama_desk.ui.chat.panel import ChatPanel
from ollama_desk.ui.chat.presenter import ChatPresenter
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.models.panel import ModelsPanel
from ollama_desk.ui.models.presenter import ModelsPresenter
from ollama_desk.ui.server.follower import LogFollower
from ollama_desk.ui.server.page_presenter import ServerPagePresenter
from ollama_desk.ui.server.panel import ServerPanel
from ollama_desk.ui.server.presenter import ServerPresenter
from ollama_desk.ui.settings.panel import SettingsPanel
from ollama_desk.ui.settings.presenter import SettingsPresenter, open_with_desktop
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.welcome.panel import WelcomePanel
from ollama_desk.ui.welcome.presenter import WelcomePresenter

log = logging.getLogger(__name__)


class Pages:
    """Builds every page once, and keeps the presenters alive."""

    def __init__(self, desk: Desk, *, window: MainWindow, theme: Theme, signals: Signals, actions: Actions) -> None:
        welcome, models = WelcomePanel(theme), ModelsPanel(theme)
        chat = ChatPanel(theme, welcome)
        window.add_page("chat", QCoreApplication.translate("Pages", "Chat"), "chat", chat, "Ctrl+1")
        window.add_page("models", QCoreApplication.translate("Pages", "Models"), "models", models, "Ctrl+2")
        server = ServerPanel(theme)
        window.add_page("server", QCoreApplication.translate("Pages", "Server"), "server", server, "Ctrl+3")
        settings = SettingsPanel(theme)
        label = QCoreApplication.translate("Pages", "Settings")
        window.add_page("settings", label, "settings", settings, "Ctrl+,", at_bottom=True)
        self._settings = SettingsPresenter(
            desk.settings, panel=settings, signals=signals, actions=actions, models=desk.models.models
        )
        self._announcer = Announcer(signals, speak=speaker(window))
        self._about = AboutPresenter(
            window,
            theme=theme,
            actions=actions,
            folders=lambda: {
                "config": desk.settings.path.parent,
                "data": desk.settings.data_folder,
                "logs": desk.settings.logs_folder,
                "models": desk.settings.models_folder,
            },
            open_path=open_with_desktop,
        )
        settings.about.about_requested.connect(self._about.show_about)
        settings.about.keys_requested.connect(self._about.show_keys)
        self._window = window
        self._server_page = ServerPagePresenter(
            desk.server, settings=desk.settings, panel=server, signals=signals, actions=actions
        )
        self._server = ServerPresenter(
            desk.server, models=desk.models, dock=window.dock, signals=signals, actions=actions
        )
        self._log = LogFollower(
            desk.server.read_log,
            actions=actions,
            takers=(window.dock.append_log, server.log.append),
            is_seen=lambda: window.dock.shows_log or server.log.isVisible(),
            parent=window,
        )
        window.dock.opened_changed.connect(self._log.look)
        window.dock.log_shown.connect(self._log.look)
        server.log.shown.connect(self._log.look)
        self._log.look()
        self._chat = ChatPresenter(desk, panel=chat, signals=signals, actions=actions, offer=window.notices.notify)
        self._welcome = WelcomePresenter(
            desk.models,
            panel=welcome,
            signals=signals,
            actions=actions,
            server=desk.server.status,
            start_server=desk.server.start,
        )
        self._models = ModelsPresenter(
            desk.models,
            panel=models,
            signals=signals,
            actions=actions,
            server=desk.server.status,
            start_server=desk.server.start,
            try_demo=welcome.ask,
            chat_with=self._chat_with,
        )

    async def begin(self) -> None:
        """Fill the pages with what is stored."""
        await self._chat.begin()

    async def end(self) -> None:
        """Save what a person has written and not sent; a disk that is full then does not keep anyone from leaving."""
        try:
            await self._chat.end()
        except StorageError as error:
            log.warning("What was written and not sent is lost: %s", error)

    def _chat_with(self, model: str) -> None:
        self._chat.chat_with(model)
        self._window.show_page("chat")
