"""The whole window over the real services, with a paced server that was there before, played in one loop with Qt."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.services.config import read_config
from ollama_desk.services.desk import Desk, open_desk
from ollama_desk.ui.chat.panel import ChatPanel
from ollama_desk.ui.main_window import MainWindow
from ollama_desk.ui.pages import Pages
from ollama_desk.ui.theme import Theme
from tests.support.paced_ollama import talk

LIMIT_S = 20.0


@dataclass(slots=True)
class WholeWindow:
    """The window and what is behind it."""

    window: MainWindow
    desk: Desk
    pages: Pages

    @property
    def chat(self) -> ChatPanel:
        panel = self.window.findChild(ChatPanel)
        assert panel is not None
        return panel

    def each_page(self) -> Iterator[str]:
        """Every page, shown one after the other."""
        for key in ("chat", "models", "server", "hardware", "settings"):
            self.window.show_page(key)
            if self.window.current_page() == key:
                yield key

    async def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            assert time.monotonic() < deadline, f"it did not come; notice: {self.window.notices.current_text()}"
            await self.pump()

    async def pump(self, turns: int = 1) -> None:
        """Turns of both loops."""
        for _ in range(turns):
            QApplication.processEvents()
            await asyncio.sleep(0.002)

    async def ask(self, text: str = "count=40") -> None:
        """Send a message to the paced server and wait for the end of the answer."""
        self.chat.composer.set_text(text)
        self.chat.composer.button.click()
        await self.until(lambda: self.chat.transcript.has_messages and self.chat.composer.button.isEnabled())
        await self.until(lambda: not any(map(self.desk.chat.is_streaming, range(1, 9))))
        await self.pump(3)


@asynccontextmanager
async def whole_window(folder: Path, theme: Theme, *, host: str = "") -> AsyncIterator[WholeWindow]:
    """Built as the desktop does, up to the moment at which one can chat.

    Args:
        folder: for the data.
        theme: the look.
        host: of a server that is there already; empty: the paced one.
    """
    talks: set[asyncio.Task[None]] = set()

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep hold of each talk, so that its end can be waited for."""
        talks.add(asyncio.ensure_future(attend(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    config = read_config(data_dir=folder / "data", host=host or f"127.0.0.1:{port}", environment=environment)
    window = MainWindow(theme)
    window.show()
    try:
        async with open_desk(config) as desk:
            signals = Signals(desk.bus)
            actions = Actions(notify=window.notices.notify)
            pages = Pages(desk, window=window, theme=theme, signals=signals, actions=actions)
            await pages.build()
            desk.server.start()
            await pages.begin()
            whole = WholeWindow(window, desk, pages)
            await whole.until(lambda: whole.chat.picker.current)
            yield whole
            await pages.end()
            signals.disconnect_bus()
            await actions.aclose()
    finally:
        server.close()
        await _end(talks)
        window.hide()
        window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


async def _end(talks: set[asyncio.Task[None]]) -> None:
    """End the talks, those too whose connection is only being accepted: it would be left open when the loop ends."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        for each in talks:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    for _ in range(3):  # the writers that were closed close their connections
        await asyncio.sleep(0)


def play(folder: Path, theme: Theme, scene: Callable[[WholeWindow], Coroutine[Any, Any, None]]) -> None:
    """Run a scene in the window."""

    async def scenario() -> None:
        async with whole_window(folder, theme) as whole:
            await scene(whole)

    asyncio.run(scenario())
