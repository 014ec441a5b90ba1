"""Plays a person who does many things at once, to be killed in the middle: ``writer.py DATA_DIR ADDRESS write SEED``.

It says what it is about to do and what the window then shows, which is what the program has acknowledged.
"""

import asyncio
import random
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from ollama_desk import desktop
from ollama_desk.ui.chat.chat_list import ID
from ollama_desk.ui.chat.panel import ChatPanel
from ollama_desk.ui.main_window import MainWindow
from tests.support.app import emit

LIMIT_S = 30.0
RATE = 400  # tokens a second
LOOK_S = 0.02


class Writer:
    """Hands and eyes on the chat page."""

    def __init__(self, window: MainWindow, chance: random.Random) -> None:
        self._window = window
        self._chance = chance

    async def live(self) -> None:
        await until(lambda: self._window.findChild(ChatPanel) is not None and self.panel.composer.can_send())
        emit("READY")
        deeds = (self.send, self.send, self.send, self.rename, self.delete, self.start_anew)
        while True:
            await self._chance.choice(deeds)()

    @property
    def panel(self) -> ChatPanel:
        panel = self._window.findChild(ChatPanel)
        assert panel is not None
        return panel

    def chats(self) -> dict[int, str]:
        """Titles by id, as the list shows them."""
        entries = self.panel.chats.list
        items = [entries.item(row) for row in range(entries.count())]
        return {item.data(ID): item.text() for item in items if item.data(ID) is not None}

    async def send(self) -> None:
        """Ask, see the question, watch the answer for a while or to its end."""
        await until(self.panel.composer.can_send)
        mark = uuid.uuid4().hex
        self.panel.composer.send_requested.emit(
            f"at={RATE} shape=code count={self._chance.randint(1, 600)} mark={mark}"
        )
        await until(lambda: mark in self.panel.transcript.plain_text())
        emit("SENT", mark)
        patience = time.monotonic() + self._chance.uniform(0, 1.5)
        while time.monotonic() < patience and not self.panel.composer.can_send():
            shown = self.panel.transcript.plain_text().rpartition(mark)[2]
            emit("SHOWN", mark, len(shown))
            await asyncio.sleep(LOOK_S)
        if not self.panel.composer.can_send():
            self.panel.composer.stop_requested.emit()

    async def rename(self) -> None:
        chat_id = self.any_chat()
        if chat_id is None:
            return
        title = uuid.uuid4().hex
        emit("RENAMING", chat_id, title)
        self.panel.chats.rename_requested.emit(chat_id, title)
        await until(lambda: self.chats().get(chat_id) == title)
        emit("RENAMED", chat_id, title)

    async def delete(self) -> None:
        chat_id = self.any_chat()
        if chat_id is None or len(self.chats()) < 3:
            return
        emit("DELETING", chat_id)
        self.panel.chats.delete_requested.emit(chat_id)
        await until(lambda: chat_id not in self.chats())
        emit("DELETED", chat_id)

    async def start_anew(self) -> None:
        self.panel.chats.new_requested.emit()
        await until(lambda: not self.panel.transcript.has_messages)

    def any_chat(self) -> int | None:
        chats = list(self.chats())
        return self._chance.choice(chats) if chats else None


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > deadline:
            emit("GAVE-UP")
            msg = "the window does not get there"
            raise AssertionError(msg)
        await asyncio.sleep(LOOK_S)


def main(argv: list[str]) -> int:
    data_dir, address, _, seed = argv
    tasks: list[asyncio.Task[None]] = []

    def begin(window: MainWindow) -> None:
        writer = Writer(window, random.Random(seed))  # noqa: S311 - what to do next, no secret
        tasks.append(asyncio.get_running_loop().create_task(writer.live(), name="writer"))

    return desktop.main(data_dir=Path(data_dir), host=address, on_window=begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
