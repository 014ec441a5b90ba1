"""What belongs to a chat beside its messages is found again."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from ollama_desk.domain.chat import ChatOptions
from ollama_desk.storage.chats import ChatStore
from ollama_desk.storage.database import Database

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
ODD = ChatOptions(
    system="Speak 👩\u200d👧 \x00 \ud800", temperature=0.0, context_length=8192, seed=-1, stop=("\n", ""), max_tokens=-1
)


def test_options_draft_pin_and_unread_mark_are_found_again(tmp_path: Path) -> None:
    async def run() -> None:
        database = await Database.open(tmp_path / "desk.db")
        store = ChatStore(database)
        first, second = await store.create_chat("m", at=AT), await store.create_chat("m", at=AT)
        assert first.options == ChatOptions()
        await store.save_options(first.id, ODD)
        await store.save_draft(first.id, "half a \ud800 sentence")
        await store.pin(first.id, pinned=True)
        await store.set_unread(second.id, unread=True)
        await database.aclose()
        database = await Database.open(tmp_path / "desk.db")
        pinned, other = await ChatStore(database).chats()
        assert (pinned.id, pinned.pinned, pinned.unread) == (first.id, True, False)
        assert (other.id, other.pinned, other.unread) == (second.id, False, True)
        assert pinned.draft == "half a \ufffd sentence"
        assert pinned.options.system == "Speak 👩\u200d👧 \x00 \ufffd"
        assert (pinned.options.stop, pinned.options.temperature, pinned.options.seed) == (("\n", ""), 0.0, -1)
        assert other.options == ChatOptions()
        await database.aclose()

    asyncio.run(run())
