"""What was written and not sent, for each chat and for the one that is not there yet; saved as it is written."""

from PySide6.QtCore import QObject, QTimer, Signal

from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.chat import Chat
from ollama_desk.services.library import LibraryService
from ollama_desk.ui.chat.composer import Composer

SAVE_MS = 300  # after the last key: what a kill of the program may cost


class Drafts(QObject):
    """Follows the composer; None stands for the chat that is not there yet."""

    settled = Signal()  # nothing was written for a moment

    def __init__(self, library: LibraryService, *, composer: Composer, actions: Actions) -> None:
        super().__init__(composer)
        self._library = library
        self._composer = composer
        self._actions = actions
        self._chat_id: int | None = None
        self._began = False  # from the first chat on screen the composer is somebody's
        self._texts: dict[int | None, str] = {}  # as the composer had them
        self._saved: dict[int | None, str] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_MS)
        self._timer.timeout.connect(self._on_settled)
        composer.draft_changed.connect(self._timer.start)

    async def begin(self) -> None:
        """Take up what was written for a new chat when the program ended."""
        self._texts[None] = self._saved[None] = await self._library.new_draft()

    def learn(self, chat: Chat) -> None:
        """Take up what is stored of a chat that was not on screen yet."""
        if chat.id not in self._texts:
            self._texts[chat.id] = self._saved[chat.id] = chat.draft

    def show(self, chat_id: int | None) -> None:
        """Another chat is on screen: keep what is written, and show what was written there."""
        self._composer.end_edit()
        written = self._composer.draft()
        if self._began:
            self._texts[self._chat_id], written = written, ""
            self._actions.run(self.save(), name="save drafts")
        self._chat_id, self._began = chat_id, True
        self._composer.set_text(self._texts.get(chat_id, "") + written)

    def become(self, chat_id: int) -> None:
        """The new chat is there now: what is written belongs to it."""
        self._texts[None] = ""
        self._chat_id = chat_id
        self._texts[chat_id] = self._composer.draft()
        self._saved.setdefault(chat_id, "")

    async def end(self) -> None:
        """Save for the last time."""
        self._composer.draft_changed.disconnect(self._timer.start)
        self._timer.stop()
        await self.save()

    async def save(self) -> None:
        """Save every draft that changed."""
        if self._began:
            self._texts[self._chat_id] = self._composer.draft()
        for chat_id, text in tuple(self._texts.items()):
            if text != self._saved.get(chat_id, ""):
                await self._library.save_draft(chat_id, text)
                self._saved[chat_id] = text

    def _on_settled(self) -> None:
        self._actions.run(self.save(), name="save drafts")
        self.settled.emit()
