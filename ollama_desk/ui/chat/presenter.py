"""Connects the chat page to chats, turns, models and the server."""

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices

from ollama_desk.bridge.coalesce import Coalescer
from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.events import (
    ChatsChanged,
    ModelsChanged,
    ServerStateChanged,
    TurnFailed,
    TurnFinished,
    TurnStarted,
    TurnStopped,
)
from ollama_desk.domain.models import CAPABILITY_COMPLETION, CAPABILITY_THINKING, Model
from ollama_desk.services.desk import Desk
from ollama_desk.ui.chat.panel import ChatPanel


class ChatPresenter:
    """One chat is on screen; the others go on unseen."""

    def __init__(self, desk: Desk, *, panel: ChatPanel, signals: Signals, actions: Actions) -> None:
        self._desk = desk
        self._panel = panel
        self._actions = actions
        self._coalescer = Coalescer(panel)
        self._chat_id: int | None = None
        self._models_of_chats: dict[int, str] = {}
        self._picked = ""
        self._drafts: dict[int | None, str] = {}
        composer, transcript, chats = panel.composer, panel.transcript, panel.chats
        composer.send_requested.connect(self._on_send_requested)
        composer.stop_requested.connect(self._on_stop_requested)
        panel.suggestions.asked.connect(self._on_send_requested)
        transcript.retry_requested.connect(self._on_again_requested)
        transcript.regenerate_requested.connect(self._on_again_requested)
        transcript.link_activated.connect(self._on_link_activated)
        chats.new_requested.connect(self._on_new_requested)
        chats.selected.connect(self._on_selected)
        chats.rename_requested.connect(self._on_rename_requested)
        chats.delete_requested.connect(self._on_delete_requested)
        panel.picker.model_picked.connect(self._on_model_picked)
        signals.turn_started.connect(self._on_turn_started)
        signals.token_received.connect(self._coalescer.add)
        signals.turn_finished.connect(self._on_turn_ended)
        signals.turn_stopped.connect(self._on_turn_ended)
        signals.turn_failed.connect(self._on_turn_ended)
        signals.chats_changed.connect(self._on_chats_changed)
        signals.models_changed.connect(self._on_models_changed)
        signals.server_state_changed.connect(self._on_server_state_changed)
        self._coalescer.flushed.connect(self._on_flushed)
        self._show_models()

    async def begin(self) -> None:
        """Show the chats and open the one that was used last."""
        chats = await self._desk.library.chats()
        self._take_chats(ChatsChanged(chats))
        if chats:
            await self._open(chats[0].id)
        self._show_state()

    def chat_with(self, model: str) -> None:
        """A new chat with this model."""
        self._picked = model
        self._on_new_requested()

    async def _open(self, chat_id: int | None) -> None:
        self._drafts[self._chat_id] = self._panel.composer.text()
        messages = await self._desk.library.messages(chat_id) if chat_id is not None else ()
        self._coalescer.forget(chat_id or 0)
        self._chat_id = chat_id
        self._panel.chats.set_current(chat_id)
        self._panel.transcript.show_messages(messages)
        self._panel.composer.set_text(self._drafts.get(chat_id, ""))
        self._picked = self._models_of_chats.get(chat_id or 0, "") or self._picked
        self._show_models()
        self._show_state()
        self._panel.composer.editor.setFocus()

    async def _send(self, text: str) -> None:
        model = self._panel.picker.current
        if self._chat_id is None:
            chat = await self._desk.library.new_chat(model)
            self._chat_id = chat.id
            self._panel.chats.set_current(chat.id)
        await self._desk.chat.send(self._chat_id, text, model=model, think=self._think())

    async def _answer_again(self, message_id: int) -> None:
        await self._desk.chat.regenerate(message_id, model=self._panel.picker.current, think=self._think())

    async def _delete(self, chat_id: int) -> None:
        await self._desk.library.delete(chat_id)
        if chat_id == self._chat_id:
            await self._open(None)

    # wishes

    def _on_send_requested(self, text: str) -> None:
        self._actions.run(self._send(text), name="send a message")

    def _on_stop_requested(self) -> None:
        if self._chat_id is not None:
            self._desk.chat.stop(self._chat_id)

    def _on_again_requested(self, message_id: int) -> None:
        self._actions.run(self._answer_again(message_id), name="answer again")

    def _on_new_requested(self) -> None:
        self._actions.run(self._open(None), name="new chat")

    def _on_selected(self, chat_id: int) -> None:
        if chat_id != self._chat_id:
            self._actions.run(self._open(chat_id), name="open a chat")

    def _on_rename_requested(self, chat_id: int, title: str) -> None:
        self._actions.run(self._desk.library.rename(chat_id, title), name="rename a chat")

    def _on_delete_requested(self, chat_id: int) -> None:
        self._actions.run(self._delete(chat_id), name="delete a chat")

    def _on_model_picked(self, name: str) -> None:
        self._picked = name
        if self._chat_id is not None:
            self._models_of_chats[self._chat_id] = name
        self._show_models()
        self._show_state()

    def _on_link_activated(self, url: QUrl) -> None:
        QDesktopServices.openUrl(url)

    # events

    def _on_turn_started(self, event: TurnStarted) -> None:
        if event.chat_id != self._chat_id:
            return
        transcript = self._panel.transcript
        if event.question is not None:
            transcript.add_message(event.question)
        else:
            transcript.remove_after(event.answer.parent_id)
        transcript.add_message(event.answer)
        self._show_state()

    def _on_flushed(self, chat_id: int, message_id: int, content: str, thinking: str) -> None:
        if chat_id == self._chat_id:
            self._panel.transcript.append_text(message_id, content, thinking)

    def _on_turn_ended(self, event: TurnFinished | TurnStopped | TurnFailed) -> None:
        self._coalescer.flush()
        if event.message.chat_id == self._chat_id:
            self._panel.transcript.finish_answer(event.message)
            self._show_state()

    def _on_chats_changed(self, event: ChatsChanged) -> None:
        self._take_chats(event)

    def _take_chats(self, event: ChatsChanged) -> None:
        self._models_of_chats = {chat.id: chat.model for chat in event.chats}
        self._panel.chats.show_chats(event.chats)
        self._panel.chats.set_current(self._chat_id)

    def _on_models_changed(self, _event: ModelsChanged) -> None:
        self._show_models()
        self._show_state()

    def _on_server_state_changed(self, _event: ServerStateChanged) -> None:
        self._show_state()

    # what is shown

    def _chat_models(self) -> list[Model]:
        models = self._desk.models.models
        return [each for each in models if not each.capabilities or CAPABILITY_COMPLETION in each.capabilities]

    def _show_models(self) -> None:
        models = self._chat_models()
        names = [model.name for model in models]
        self._panel.picker.show_models(models, _match(self._picked, names))
        current = self._panel.picker.current
        thinks = any(CAPABILITY_THINKING in each.capabilities for each in models if each.name == current)
        self._panel.composer.set_model(current, thinks=thinks)
        self._panel.suggestions.show_model(current)

    def _show_state(self) -> None:
        panel, status = self._panel, self._desk.server.status
        streaming = self._chat_id is not None and self._desk.chat.is_streaming(self._chat_id)
        panel.composer.set_streaming(streaming=streaming)
        panel.composer.set_reason(self._reason())
        empty = not panel.transcript.has_messages
        if empty and not self._chat_models() and (self._desk.models.known or not status.state.answers):
            panel.show_welcome()
        else:
            panel.show_conversation(empty=empty)

    def _reason(self) -> str:
        if not self._desk.server.status.state.answers:
            return QCoreApplication.translate("Chat", "The server is not running.")
        if not self._panel.picker.current:
            return QCoreApplication.translate("Chat", "No model is installed yet.")
        return ""

    def _think(self) -> bool | None:
        """Whether the model shall think; None for models that cannot."""
        composer = self._panel.composer
        return composer.think.isChecked() if not composer.think.isHidden() else None


def _match(wanted: str, names: list[str]) -> str:
    """The installed model that is meant; the first where it is not there."""
    for name in (wanted, f"{wanted}:latest"):
        if name in names:
            return name
    return names[0] if names else ""
