"""Connects the chat page to chats, turns, models and the server."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication

from ollama_desk.bridge.coalesce import Coalescer
from ollama_desk.bridge.signals import Signals
from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.errors import DeskError
from ollama_desk.domain.events import (
    ModelRenamed,
    ModelsChanged,
    ServerStateChanged,
    SettingsChanged,
    TurnFailed,
    TurnFinished,
    TurnStarted,
    TurnStopped,
)
from ollama_desk.domain.model_names import key_of
from ollama_desk.domain.models import CAPABILITY_COMPLETION, CAPABILITY_THINKING, Model
from ollama_desk.services.desk import Desk
from ollama_desk.ui.chat.drafts import Drafts
from ollama_desk.ui.chat.list_presenter import ChatListPresenter, Offer
from ollama_desk.ui.chat.options_presenter import OptionsPresenter
from ollama_desk.ui.chat.panel import ChatPanel


class ChatPresenter:
    """One chat is on screen; the others go on unseen."""

    def __init__(self, desk: Desk, *, panel: ChatPanel, signals: Signals, actions: Actions, offer: Offer) -> None:
        self._desk = desk
        self._panel = panel
        self._actions = actions
        self._coalescer = Coalescer(panel)
        self._chat_id: int | None = None
        self._picked = desk.settings.settings.default_model
        self._drafts = Drafts(desk.library, composer=panel.composer, actions=actions)
        self._list = ChatListPresenter(desk.library, chats=panel.chats, signals=signals, actions=actions, offer=offer)
        self._options = OptionsPresenter(desk.library, desk.models, panel=panel, actions=actions)
        composer, transcript, chats = panel.composer, panel.transcript, panel.chats
        composer.send_requested.connect(self._on_send_requested)
        composer.edit_requested.connect(self._on_edit_requested)
        composer.edit_last_requested.connect(self._on_edit_last_requested)
        composer.stop_requested.connect(self._on_stop_requested)
        panel.suggestions.asked.connect(self._on_send_requested)
        transcript.retry_requested.connect(self._on_again_requested)
        transcript.regenerate_requested.connect(self._on_again_requested)
        transcript.continue_requested.connect(self._on_continue_requested)
        transcript.edit_requested.connect(self._on_edit_last_requested)
        transcript.link_activated.connect(panel.links.open)
        chats.new_requested.connect(self._on_new_requested)
        chats.selected.connect(self._on_selected)
        self._list.gone.connect(self._on_gone)
        panel.picker.model_picked.connect(self._on_model_picked)
        signals.turn_started.connect(self._on_turn_started)
        signals.token_received.connect(self._coalescer.add)
        signals.turn_finished.connect(self._on_turn_ended)
        signals.turn_stopped.connect(self._on_turn_ended)
        signals.turn_failed.connect(self._on_turn_ended)
        signals.models_changed.connect(self._on_models_changed)
        signals.model_renamed.connect(self._on_model_renamed)
        signals.server_state_changed.connect(self._on_server_state_changed)
        self._coalescer.flushed.connect(self._on_flushed)
        self._drafts.settled.connect(self._options.measure)
        signals.settings_changed.connect(self._on_settings_changed)
        composer.set_enter_sends(sends=desk.settings.settings.enter_sends)
        self._show_models()

    async def begin(self) -> None:
        """Show the chats and open the one that was used last."""
        await self._drafts.begin()
        latest = await self._list.begin()
        await self._open(latest.id if latest else None)

    async def end(self) -> None:
        """Save what was written and not sent."""
        self._panel.inspector.flush()
        await self._drafts.end()

    def chat_with(self, model: str) -> None:
        """A new chat with this model."""
        self._picked = model
        self._actions.run(self._open(None), name="new chat")

    async def _open(self, chat_id: int | None) -> None:
        messages = await self._desk.library.messages(chat_id) if chat_id is not None else ()
        chat = self._list.find(chat_id)
        if chat is not None:
            self._drafts.learn(chat)
        self._coalescer.forget(chat_id or 0)
        self._drafts.show(chat_id)
        self._chat_id = chat_id
        self._list.set_current(chat_id)
        self._panel.transcript.show_messages(messages)
        self._picked = (chat.model if chat else "") or self._picked
        self._options.show_chat(chat)
        self._show_models()
        self._show_state()
        self._panel.composer.editor.setFocus()
        await self._list.see(chat_id)

    async def _send(self, text: str) -> None:
        chat_id, model, think = self._chat_id, self._panel.picker.current, self._think()
        with self._given_back(text):
            if chat_id is None:
                chat_id = await self._new_chat(model)
            await self._desk.chat.send(chat_id, text, model=model, think=think)
        await self._drafts.save()

    async def _new_chat(self, model: str) -> int:
        """A chat for the first message; it comes on screen unless another one was opened meanwhile."""
        chat = await self._desk.library.new_chat(model)
        if self._chat_id is None:
            self._chat_id = chat.id
            self._list.set_current(chat.id)
            self._drafts.become(chat.id)
            await self._options.adopt(chat.id)
        return chat.id

    async def _edit(self, message_id: int, text: str) -> None:
        with self._given_back(text):
            await self._desk.chat.edit(message_id, text, model=self._panel.picker.current, think=self._think())

    async def _go_on(self, message_id: int) -> None:
        """Without thinking anew: the words that are there came after it."""
        await self._desk.chat.go_on(message_id, think=None if self._think() is None else False)

    async def _answer_again(self, message_id: int) -> None:
        await self._desk.chat.regenerate(message_id, model=self._panel.picker.current, think=self._think())

    @contextmanager
    def _given_back(self, text: str) -> Iterator[None]:
        """What could not be sent stands in the composer again."""
        try:
            yield
        except DeskError:
            if not self._panel.composer.text():
                self._panel.composer.set_text(text)
            raise

    # wishes

    def _on_send_requested(self, text: str) -> None:
        self._actions.run(self._send(text), name="send a message")

    def _on_edit_requested(self, message_id: int, text: str) -> None:
        self._actions.run(self._edit(message_id, text), name="edit a message")

    def _on_edit_last_requested(self) -> None:
        last = self._panel.transcript.last_question()
        if last is not None and not self._is_streaming():
            self._panel.composer.begin_edit(last.id, last.content)

    def _on_continue_requested(self, message_id: int) -> None:
        self._actions.run(self._go_on(message_id), name="continue an answer")

    def _on_stop_requested(self) -> None:
        if self._chat_id is not None:
            self._desk.chat.stop(self._chat_id)

    def _on_again_requested(self, message_id: int) -> None:
        self._actions.run(self._answer_again(message_id), name="answer again")

    def _on_new_requested(self) -> None:
        self._picked = self._desk.settings.settings.default_model or self._picked
        self._actions.run(self._open(None), name="new chat")

    def _on_selected(self, chat_id: int) -> None:
        if chat_id != self._chat_id:
            self._actions.run(self._open(chat_id), name="open a chat")

    def _on_model_picked(self, name: str) -> None:
        self._picked = name
        self._show_models()
        self._show_state()

    # events

    def _on_turn_started(self, event: TurnStarted) -> None:
        if event.chat_id != self._chat_id:
            return
        transcript = self._panel.transcript
        if event.question is not None:
            transcript.remove_after(event.question.parent_id)
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

    def _on_gone(self, chat_id: int) -> None:
        if chat_id == self._chat_id:
            self._on_new_requested()

    def _on_settings_changed(self, event: SettingsChanged) -> None:
        self._panel.composer.set_enter_sends(sends=event.new.enter_sends)

    def _on_models_changed(self, _event: ModelsChanged) -> None:
        self._show_models()
        self._show_state()

    def _on_model_renamed(self, event: ModelRenamed) -> None:
        if key_of(self._picked) == key_of(event.name):
            self._picked = event.new_name
            self._show_models()

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
        self._options.show_model(current)

    def _show_state(self) -> None:
        panel, status = self._panel, self._desk.server.status
        streaming = self._is_streaming()
        panel.composer.set_streaming(streaming=streaming)
        panel.transcript.offer_changes(offered=not streaming)
        self._options.measure()
        panel.composer.set_reason(self._reason())
        empty = not panel.transcript.has_messages
        if empty and not self._chat_models() and (self._desk.models.known or not status.state.answers):
            panel.show_welcome()
        else:
            panel.show_conversation(empty=empty)

    def _is_streaming(self) -> bool:
        return self._chat_id is not None and self._desk.chat.is_streaming(self._chat_id)

    def _reason(self) -> str:
        if not self._desk.server.status.state.answers:
            return _tr("The server is not running.")
        if not self._panel.picker.current:
            return _tr("No model is installed yet.")
        return ""

    def _think(self) -> bool | None:
        """Whether the model shall think; None for models that cannot."""
        composer = self._panel.composer
        return composer.think.isChecked() if not composer.think.isHidden() else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("Chat", text)


def _match(wanted: str, names: list[str]) -> str:
    """The installed model that is meant; the first where it is not there."""
    for name in (wanted, f"{wanted}:latest"):
        if name in names:
            return name
    return names[0] if names else ""
