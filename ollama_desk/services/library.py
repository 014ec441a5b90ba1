"""The list of chats and what was said in them."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ollama_desk.core.bus import EventBus
from ollama_desk.domain.chat import Chat, ChatOptions, Message
from ollama_desk.domain.events import ChatsChanged
from ollama_desk.storage.chats import ChatStore

TITLE_LENGTH = 48  # characters
NEW_DRAFT = "draft of a new chat"
UNDO_FOR = timedelta(seconds=30)


def utc_now() -> datetime:
    return datetime.now(UTC)


class LibraryService:
    """Makes, names, lists and deletes chats. Every method raises ``StorageError``.

    Args:
        clock: the time now, aware UTC.
        monotonic: seconds of a clock that never jumps.
    """

    def __init__(
        self,
        store: ChatStore,
        *,
        bus: EventBus,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._monotonic = monotonic
        self._began = clock() - timedelta(seconds=monotonic())
        self._growing: dict[int, Callable[[], Message]] = {}

    async def chats(self) -> tuple[Chat, ...]:
        """The chats, the one that was used last first."""
        return await self._store.chats()

    async def messages(self, chat_id: int) -> tuple[Message, ...]:
        """The branch on screen, oldest first.

        An answer that is being given has every token that was published before this returns, and none after.
        """
        return self.with_growing(await self._store.messages(chat_id))

    async def new_chat(self, model: str = "") -> Chat:
        chat = await self._store.create_chat(model, at=self._clock())
        await self.publish()
        return chat

    async def rename(self, chat_id: int, title: str) -> None:
        """Name a chat; an empty title gives it the one of its first question again."""
        words = title_of(title, limit=10 * TITLE_LENGTH)
        if not words:
            messages = await self._store.messages(chat_id)
            words = title_of(messages[0].content) if messages else ""
        await self._store.rename(chat_id, words)
        await self.publish()

    async def follow_model(self, name: str, new_name: str) -> None:
        """A model has another name: its chats go on with it."""
        await self._store.follow_model(name, new_name)
        await self.publish()

    async def delete(self, chat_id: int) -> None:
        """Delete a chat. ``restore`` undoes it for half a minute, a restart makes it final."""
        # A clock that is set forward must not end the half minute: the moment is counted from the start of the program.
        now = self._began + timedelta(seconds=self._monotonic())
        await self._store.purge(before=now - UNDO_FOR)
        await self._store.delete(chat_id, at=now)
        await self.publish()

    async def restore(self, chat_id: int) -> None:
        """Take a deletion back; ``StorageError`` also where it is final already."""
        await self._store.restore(chat_id)
        await self.publish()

    async def pin(self, chat_id: int, *, pinned: bool) -> None:
        """Keep a chat at the top of the list, or no longer."""
        await self._store.pin(chat_id, pinned=pinned)
        await self.publish()

    async def set_unread(self, chat_id: int, *, unread: bool) -> None:
        """Mark a chat whose answer nobody has looked at yet."""
        await self._store.set_unread(chat_id, unread=unread)
        await self.publish()

    async def save_options(self, chat_id: int, options: ChatOptions) -> None:
        """What the chat sends from its next turn on."""
        await self._store.save_options(chat_id, options)
        await self.publish()

    async def save_draft(self, chat_id: int | None, text: str) -> None:
        """Keep what was written and not sent; None: for the chat that is not there yet."""
        if chat_id is None:
            await self._store.keep(NEW_DRAFT, text)
        else:
            await self._store.save_draft(chat_id, text)

    async def new_draft(self) -> str:
        """What was written for a chat that is not there yet."""
        return await self._store.kept(NEW_DRAFT)

    async def publish(self) -> None:
        """Tell everyone what the list is now."""
        self._bus.publish(ChatsChanged(await self._store.chats()))

    def begin_growing(self, message_id: int, current: Callable[[], Message]) -> None:
        """From now on ``current()`` knows more of this message than the database does."""
        self._growing[message_id] = current

    def end_growing(self, message_id: int) -> None:
        self._growing.pop(message_id, None)

    def with_growing(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        """``messages`` with what is only in memory yet."""
        return tuple(self._growing[each.id]() if each.id in self._growing else each for each in messages)


def title_of(text: str, *, limit: int = TITLE_LENGTH) -> str:
    """The first words of ``text`` on one line, cut at the end of a word where there is one within ``limit``."""
    words = " ".join(text.lstrip()[: 20 * limit].split())
    if len(words) <= limit:
        return words
    head, _, _ = words[: limit + 1].rpartition(" ")
    return head or words[:limit]
