"""The chat page over the real library and chat services, with a scripted source, played in one loop with Qt."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.errors import ModelNotFoundError
from ollama_desk.domain.models import CAPABILITY_COMPLETION, CAPABILITY_THINKING, Model, ModelDetails, RunningModel
from ollama_desk.domain.server import ServerState, ServerStatus
from ollama_desk.domain.settings import Settings
from ollama_desk.ui.chat.panel import ChatPanel
from ollama_desk.ui.chat.presenter import ChatPresenter
from ollama_desk.ui.theme import Theme
from tests.support.chat_desk import MODEL, ChatDesk, chat_desk
from tests.support.scripted_source import Step

LIMIT_S = 10.0


@dataclass(slots=True)
class ListedModels:
    """What a server has, without one."""

    models: tuple[Model, ...] = (Model(MODEL, capabilities=frozenset({CAPABILITY_COMPLETION, CAPABILITY_THINKING})),)
    running: tuple[RunningModel, ...] = ()
    known: bool = True
    shown: dict[str, ModelDetails] = field(
        default_factory=lambda: {MODEL: ModelDetails(MODEL, context_length=8192, parameters="temperature 0.5")}
    )

    async def details(self, name: str) -> ModelDetails:
        if name not in self.shown:
            raise ModelNotFoundError(f"There is no model {name}.", status=404)
        return self.shown[name]


@dataclass(slots=True)
class ChatPage:
    """The page and what is behind it."""

    desk: ChatDesk
    panel: ChatPanel
    presenter: ChatPresenter
    models: ListedModels
    notices: list[str]
    offered: list[Callable[[], None]]

    async def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            assert time.monotonic() < deadline, f"it did not come; on screen: {self.seen()}"
            await self.pump()

    async def pump(self) -> None:
        """One turn of both loops."""
        QApplication.processEvents()
        await asyncio.sleep(0.002)

    def seen(self) -> str:
        return self.panel.transcript.plain_text()

    def titles(self) -> list[str]:
        """The rows of the list, headings too."""
        rows = self.panel.chats.list
        return [rows.item(row).text() for row in range(rows.count())]

    def write(self, text: str) -> None:
        QTest.keyClicks(self.panel.composer.editor, text)

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.panel.composer.editor, key)

    async def ask(self, text: str) -> None:
        """Send and wait for the end of the answer."""
        ends = len(self.desk.ends())
        self.write(text)
        self.press(Qt.Key.Key_Return)
        await self.until(lambda: len(self.desk.ends()) > ends and self.panel.composer.can_send())


@asynccontextmanager
async def chat_page(
    folder: Path, theme: Theme, *scripts: Sequence[Step], typed: str = "", wanted: Settings | None = None
) -> AsyncIterator[ChatPage]:
    """Built as ``Pages`` does; ``typed`` was written before the services were there."""
    async with chat_desk(folder, *scripts) as desk:
        notices: list[str] = []
        offered: list[Callable[[], None]] = []
        models = ListedModels()
        panel = ChatPanel(theme, QWidget())
        panel.resize(1100, 700)
        panel.show()
        panel.composer.set_text(typed)
        actions = Actions(notify=notices.append)

        def offer(text: str, _label: str, act: Callable[[], None], /, *, for_s: float) -> None:
            assert for_s > 0
            notices.append(text)
            offered.append(act)

        signals = Signals(desk.bus, parent=panel)
        server = SimpleNamespace(status=ServerStatus(ServerState.READY))
        settings = SimpleNamespace(settings=wanted or Settings())
        whole = SimpleNamespace(
            bus=desk.bus, server=server, models=models, library=desk.library, chat=desk.chat, settings=settings
        )
        presenter = ChatPresenter(cast("Any", whole), panel=panel, signals=signals, actions=actions, offer=offer)
        await presenter.begin()
        try:
            yield ChatPage(desk, panel, presenter, models, notices, offered)
        finally:
            await presenter.end()
            signals.disconnect_bus()
            await actions.aclose()
            panel.deleteLater()
