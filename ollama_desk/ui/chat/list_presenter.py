"""Connects the list of chats to the library: names, pins, deletion with undo, and marks for what goes on unseen."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QObject, Signal

from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.chat import Chat
from ollama_desk.domain.events import ChatsChanged, TurnFailed, TurnFinished, TurnStarted, TurnStopped
from ollama_desk.services.library import LibraryService
from ollama_desk.ui.chat.chat_list import ChatList
from ollama_desk.ui.text import one_line

UNDO_S = 10.0


class Offer(Protocol):
    """Says something, with a button that does something about it, for a while."""

    def __call__(self, text: str, label: str, act: Callable[[], None], /, *, for_s: float) -> None: ...


class ChatListPresenter(QObject):
    """Knows the chats, and which of them are being answered."""

    gone = Signal(int)  # a chat was deleted

    def __init__(
        self, library: LibraryService, *, chats: ChatList, signals: Signals, actions: Actions, offer: Offer
    ) -> None:
        super().__init__(chats)
        self._library = library
        self._list = chats
        self._actions = actions
        self._offer = offer
        self._chats: dict[int, Chat] = {}
        self._streaming: set[int] = set()
        self._current: int | None = None
        chats.rename_requested.connect(self._on_rename_requested)
        chats.delete_requested.connect(self._on_delete_requested)
        chats.pin_requested.connect(self._on_pin_requested)
        signals.chats_changed.connect(self._on_chats_changed)
        signals.turn_started.connect(self._on_turn_started)
        signals.turn_finished.connect(self._on_turn_ended)
        signals.turn_stopped.connect(self._on_turn_ended)
        signals.turn_failed.connect(self._on_turn_ended)

    def find(self, chat_id: int | None) -> Chat | None:
        return self._chats.get(chat_id) if chat_id is not None else None

    async def begin(self) -> Chat | None:
        """Show the chats; the one that was used last."""
        self._take(await self._library.chats())
        return max(self._chats.values(), key=lambda chat: chat.position, default=None)

    def set_current(self, chat_id: int | None) -> None:
        """This one is on screen now."""
        self._current = chat_id
        self._list.set_current(chat_id)

    async def see(self, chat_id: int | None) -> None:
        """What came in this chat has been seen."""
        chat = self.find(chat_id)
        if chat is not None and chat.unread:
            await self._library.set_unread(chat.id, unread=False)

    def _take(self, chats: tuple[Chat, ...]) -> None:
        self._chats = {chat.id: chat for chat in chats}
        self._list.show_chats(chats)
        self._list.set_current(self._current)

    async def _delete(self, chat_id: int) -> None:
        chat = self.find(chat_id)
        await self._library.delete(chat_id)
        self.gone.emit(chat_id)
        title = one_line(chat.title, 40) if chat else ""
        self._offer(
            _tr("“%1” was deleted.").replace("%1", title or _tr("New chat")),
            _tr("Undo"),
            lambda: self._actions.run(self._library.restore(chat_id), name="restore a chat"),
            for_s=UNDO_S,
        )

    def _on_chats_changed(self, event: ChatsChanged) -> None:
        self._take(event.chats)

    def _on_turn_started(self, event: TurnStarted) -> None:
        self._streaming.add(event.chat_id)
        self._list.show_streaming(self._streaming)

    def _on_turn_ended(self, event: TurnFinished | TurnStopped | TurnFailed) -> None:
        chat_id = event.message.chat_id
        self._streaming.discard(chat_id)
        self._list.show_streaming(self._streaming)
        if chat_id != self._current and chat_id in self._chats:
            self._actions.run(self._library.set_unread(chat_id, unread=True), name="mark a chat as unread")

    def _on_rename_requested(self, chat_id: int, title: str) -> None:
        self._actions.run(self._library.rename(chat_id, title), name="rename a chat")

    def _on_delete_requested(self, chat_id: int) -> None:
        self._actions.run(self._delete(chat_id), name="delete a chat")

    def _on_pin_requested(self, chat_id: int, pinned: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        self._actions.run(self._library.pin(chat_id, pinned=pinned), name="pin a chat")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Chat", text)
