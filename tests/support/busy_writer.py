"""A program that chats without end and reports, one JSON list a line, what it was told to be saved; made to be killed.

One chat streams an endless answer of numbered tokens; beside it chats are made, answered, renamed and deleted.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.chat import ChatChunk, ChatTurn
from ollama_desk.domain.events import TokenReceived, TurnFinished
from ollama_desk.services.chat import ChatService
from ollama_desk.services.library import LibraryService
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database

TOKEN_EVERY_S = 0.002
SHORT = 5
ENDLESS = "count for ever"


def report(*values: object) -> None:
    """A line that outlives the process: the kernel has it when this returns."""
    os.write(sys.stdout.fileno(), json.dumps([time.monotonic(), *values]).encode() + b"\n")


class Counter:
    """Counts: for ever, or to five."""

    async def chat(
        self,
        model: str,  # noqa: ARG002 - the protocol's
        turns: tuple[ChatTurn, ...],
        *,
        options: Mapping[str, Any] | None = None,  # noqa: ARG002 - the protocol's
        think: bool | None = None,  # noqa: ARG002 - the protocol's
    ) -> AsyncGenerator[ChatChunk, None]:
        endless = turns[-1].content == ENDLESS
        number = 0
        while endless or number < SHORT:
            await asyncio.sleep(TOKEN_EVERY_S)
            yield ChatChunk(content=f"{number} ")
            number += 1
        yield ChatChunk(done=True)


async def turns_without_end(library: LibraryService, chat: ChatService, ended: asyncio.Queue[int]) -> None:
    number = 0
    while True:
        made = await library.new_chat("m")
        report("chat", made.id)
        for _ in range(2):
            number += 1
            await chat.send(made.id, f"question {number}", model="m")
            report("question", made.id, f"question {number}")
            while await ended.get() != made.id:
                pass
            await library.rename(made.id, f"{number:08}")
            report("title", made.id, f"{number:08}")
        if number % 4 == 0:
            await library.delete(made.id)
            report("deleted", made.id)


async def main(path: Path) -> None:
    bus = EventBus()
    database = await Database.open(path)
    store = ChatStore(database)
    ended: asyncio.Queue[int] = asyncio.Queue()

    def on_end(event: TurnFinished) -> None:
        report("final", event.message.id, event.message.chat_id, event.message.content)
        ended.put_nowait(event.message.chat_id)

    bus.subscribe(TurnFinished, on_end)
    bus.subscribe(TokenReceived, lambda event: report("token", event.message_id, event.content))
    async with TaskScope() as tasks:
        library = LibraryService(store, bus=bus)
        chat = ChatService(store, bus=bus, client=Counter(), tasks=tasks, library=library)
        endless = await library.new_chat("m")
        await chat.send(endless.id, ENDLESS, model="m")
        report("question", endless.id, ENDLESS)
        await turns_without_end(library, chat, ended)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
