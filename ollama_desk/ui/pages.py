"""The pages of the window and what connects each of them to the services."""

import asyncio
import logging

from PySide6.QtCore import QCoreApplication

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.errors import StorageError
from ollama_desk.services.desk import Desk
from ollama_desk.ui.about.presenter import AboutPresenter
from ollama_desk.ui.advice import Advice
from ollama_desk.ui.announcer import Announcer, speaker
from ollama_desk.ui.chat.panel import ChatPanel
from ollama_desk.ui.chat.presenter import ChatPresenter
from ollama_desk.ui.imports.import_button import ImportButton
from ollama_desk.ui.imports.presenter import ImportPresenter
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.models.page import GET, ModelsPage
from ollama_desk.ui.models.wiring import ModelsWiring
from ollama_desk.ui.server.advice_presenter import AdvicePresenter
from ollama_desk.ui.server.follower import LogFollower
from ollama_desk.ui.server.page_presenter import ServerPagePresenter
from ollama_desk.ui.server.panel import ServerPanel
from ollama_desk.ui.server.presenter import ServerPresenter
from ollama_desk.ui.server.status_body import StatusBody
from ollama_desk.ui.settings.panel import SettingsPanel
from ollama_desk.ui.settings.presenter import SettingsPresenter, open_with_desktop
from ollama_desk.ui.shortcuts import Key, install
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.welcome.first_model import FirstModelPresenter
from ollama_desk.ui.welcome.panel import WelcomePanel
from ollama_desk.ui.welcome.presenter import WelcomePresenter

log = logging.getLogger(__name__)


class Pages:
    """Builds every page once, and keeps the presenters alive."""

    def __init__(self, desk: Desk, *, window: MainWindow, theme: Theme, signals: Signals, actions: Actions) -> None:
        self._desk = desk
        self._window = window
        self._theme = theme
        self._signals = signals
        self._actions = actions
        self._chat: ChatPresenter | None = None
        self._models: ModelsWiring | None = None
        self._kept: list[object] = []
        self._advised = list[Advice]()  # the pages' places for advice about the machine's own Ollama

    async def build(self) -> None:
        """Build one page a turn of the loop: all at once would hold up the first clicks for a third of a second."""
        welcome = WelcomePanel(self._theme)
        for step in (self._build_chat, self._build_models):
            await asyncio.sleep(0)
            step(welcome)
        for part in (self._build_server, self._build_settings):
            await asyncio.sleep(0)
            part()
        self._build_imports(welcome)
        self._kept.append(Announcer(self._signals, speak=speaker(self._window)))

    def _build_chat(self, welcome: WelcomePanel) -> None:
        chat = ChatPanel(self._theme, welcome)
        self._window.add_page("chat", _tr("Chat"), "chat", chat, "Ctrl+1")
        self._chat = ChatPresenter(
            self._desk, panel=chat, signals=self._signals, actions=self._actions, offer=self._window.notices.notify
        )
        install(Key.NEW_CHAT, self._window, lambda: self._begin_chat(chat))

    def _build_models(self, welcome: WelcomePanel) -> None:
        page = ModelsPage(self._theme)
        self._window.add_page("models", _tr("Models"), "models", page, "Ctrl+2")
        self._kept.append(
            WelcomePresenter(
                self._desk.models,
                panel=welcome,
                signals=self._signals,
                actions=self._actions,
                server=self._desk.server.status,
                start_server=self._desk.server.start,
            )
        )
        self._kept.append(
            FirstModelPresenter(
                self._desk.recommendation,
                pulls=self._desk.pulls,
                models=self._desk.models,
                panel=welcome,
                theme=self._theme,
                signals=self._signals,
                actions=self._actions,
                server=lambda: self._desk.server.status,
                chat_with=self._chat_with,
            )
        )
        welcome.get_models_requested.connect(lambda: self._show_get_models(page))
        importing = ImportButton(self._theme)
        importing.clicked.connect(welcome.import_requested)
        page.installed.add_tool(importing)
        self._advised.append(page.installed.advice)
        wiring = ModelsWiring(
            self._desk,
            page=page,
            window=self._window,
            theme=self._theme,
            signals=self._signals,
            actions=self._actions,
            try_demo=welcome.ask,
            chat_with=self._chat_with,
        )
        self._kept.append(wiring)
        self._models = wiring

    def _build_server(self) -> None:
        desk, dock, panel = self._desk, self._window.dock, ServerPanel(self._theme)
        dock.fill(StatusBody(self._theme, parent=dock))
        self._window.add_page("server", _tr("Server"), "server", panel, "Ctrl+3")
        page = ServerPagePresenter(
            desk.server, settings=desk.settings, panel=panel, signals=self._signals, actions=self._actions
        )
        docked = ServerPresenter(
            desk.server, models=desk.models, dock=dock, signals=self._signals, actions=self._actions
        )
        follower = LogFollower(
            desk.server.read_log,
            actions=self._actions,
            takers=(dock.append_log, panel.log.append),
            is_seen=lambda: dock.shows_log or panel.log.isVisible(),
            parent=self._window,
        )
        dock.opened_changed.connect(follower.look)
        dock.log_shown.connect(follower.look)
        panel.log.shown.connect(follower.look)
        follower.look()
        advice = AdvicePresenter(
            desk.machine,
            gpu=panel.gpu,
            system=(*self._advised, panel.system),
            signals=self._signals,
            actions=self._actions,
            server=desk.server.status,
            memory=self._window.memory,
        )
        self._kept += [page, docked, follower, advice]

    def _build_settings(self) -> None:
        settings, panel = self._desk.settings, SettingsPanel(self._theme)
        self._window.add_page("settings", _tr("Settings"), "settings", panel, "Ctrl+,", at_bottom=True)
        presenter = SettingsPresenter(
            settings, panel=panel, signals=self._signals, actions=self._actions, models=self._desk.models.models
        )
        about = AboutPresenter(
            self._window,
            theme=self._theme,
            actions=self._actions,
            folders=lambda: {
                "config": settings.path.parent,
                "data": settings.data_folder,
                "logs": settings.logs_folder,
                "models": settings.models_folder,
            },
            open_path=open_with_desktop,
        )
        panel.move_requested.connect(self._on_move_requested)
        panel.about.about_requested.connect(about.show_about)
        panel.about.keys_requested.connect(about.show_keys)
        self._kept += [presenter, about]

    def _on_move_requested(self) -> None:
        if self._models is not None:
            self._window.show_page("models")
            self._models.ask_to_move()

    def _build_imports(self, welcome: WelcomePanel) -> None:
        """Last: files can be dropped on all fields that there are."""
        desk, window = self._desk, self._window
        imports = ImportPresenter(
            desk.imports,
            window=window,
            theme=self._theme,
            signals=self._signals,
            actions=self._actions,
            address=lambda: str(desk.server.status.address),
            notify=window.notices.notify,
            chat_with=self._chat_with,
        )
        welcome.import_requested.connect(imports.choose_files)
        self._kept.append(imports)

    async def begin(self) -> None:
        """Fill the pages with what is stored."""
        if self._chat is not None:
            await self._chat.begin()

    async def end(self) -> None:
        """Save what a person has written and not sent; a disk that is full then does not keep anyone from leaving."""
        if self._chat is None:
            return
        try:
            await self._chat.end()
        except StorageError as error:
            log.warning("What was written and not sent is lost: %s", error)

    def _begin_chat(self, chat: ChatPanel) -> None:
        self._window.show_page("chat")
        chat.chats.new_requested.emit()

    def _show_get_models(self, page: ModelsPage) -> None:
        self._window.show_page("models")
        page.show_view(GET)

    def _chat_with(self, model: str) -> None:
        if self._chat is not None:
            self._chat.chat_with(model)
            self._window.show_page("chat")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Pages", text)
