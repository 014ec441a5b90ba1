"""What the window gets after the first paint, over an open Desk: signals, actions, pages, and the tray's icon."""

from collections.abc import Callable

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.settings import Settings
from ollama_desk.services.desk import Desk
from ollama_desk.ui.hiding import Hiding
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.models.desktop_word import DesktopWord
from ollama_desk.ui.pages import Pages
from ollama_desk.ui.theme import Theme
from ollama_desk.ui.tray import Tray
from ollama_desk.ui.tray_host import has_tray
from ollama_desk.ui.tray_presenter import TrayPresenter


class Face:
    """Connects one Desk to one window, from ``build`` to ``end``."""

    def __init__(self, desk: Desk, *, window: MainWindow, theme: Theme, leave: Callable[[], None]) -> None:
        self._window = window
        self._signals = Signals(desk.bus)
        self._actions = Actions(notify=window.notices.notify)
        self._pages = Pages(desk, window=window, theme=theme, signals=self._signals, actions=self._actions)
        self._signals.notice_raised.connect(lambda event: window.notices.notify(event.text))
        self._tray = Tray(theme, parent=window)
        self._tray.quit_requested.connect(leave)
        self._tray_presenter = TrayPresenter(
            desk.server,
            desk.models,
            tray=self._tray,
            signals=self._signals,
            actions=self._actions,
            jobs=desk.pulls.jobs,
        )
        self._word = DesktopWord(self._signals, say=self._tray.explain, is_seen=window.isActiveWindow)

    def on_settings_changed(self, act: Callable[[Settings, Settings], None]) -> None:
        """Call ``act`` with the old settings and the new ones, at every change."""
        self._signals.settings_changed.connect(lambda event: act(event.old, event.new))

    async def build(self) -> Hiding:
        """Build the pages, and what hides the window where there is a tray."""
        await self._pages.build()
        hiding = Hiding(self._window, tray=self._tray, has_tray=has_tray)
        self._tray.downloads_requested.connect(hiding.show)
        self._tray.downloads_requested.connect(self._window.dock.downloads_requested)
        return hiding

    async def begin(self) -> None:
        """Fill the pages with what is stored."""
        await self._pages.begin()

    async def end(self) -> None:
        """Save what was written and not sent; hear nothing more, do nothing more."""
        await self._pages.end()
        self._signals.disconnect_bus()
        await self._actions.aclose()
