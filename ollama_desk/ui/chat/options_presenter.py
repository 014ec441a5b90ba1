"""Connects the inspector and the context meter to the chat on screen and its model."""

from dataclasses import replace

from PySide6.QtCore import QObject

from ollama_desk.bridge.slots import Actions
from ollama_desk.domain.chat import Chat, ChatOptions
from ollama_desk.domain.context import context_limit, context_use
from ollama_desk.domain.errors import OllamaError
from ollama_desk.domain.models import ModelDetails, RunningModel
from ollama_desk.domain.parameters import defaults_of
from ollama_desk.services.library import LibraryService
from ollama_desk.services.models import ModelsService
from ollama_desk.ui.chat.panel import ChatPanel


class OptionsPresenter(QObject):
    """What is changed before a chat is there waits for it."""

    def __init__(self, library: LibraryService, models: ModelsService, *, panel: ChatPanel, actions: Actions) -> None:
        super().__init__(panel)
        self._library = library
        self._models = models
        self._panel = panel
        self._actions = actions
        self._chat_id: int | None = None
        self._options = ChatOptions()
        self._details = ModelDetails("")
        panel.inspector.options_changed.connect(self._on_options_changed)
        panel.composer.meter.clicked.connect(self._on_meter_clicked)

    def show_chat(self, chat: Chat | None) -> None:
        """Another chat is on screen; None: one that is not there yet."""
        self._panel.inspector.flush()
        self._chat_id = chat.id if chat else None
        self._options = chat.options if chat else ChatOptions()
        self.show()

    def show_model(self, name: str) -> None:
        """Another model answers, or more is known of it."""
        if name != self._details.name:
            self._details = ModelDetails(name)
            if name:
                self._actions.run(self._learn(name), name="ask for a model's parameters")
        self.show()

    async def adopt(self, chat_id: int) -> None:
        """The new chat is there now: it gets what was set before."""
        self._panel.inspector.flush()
        self._chat_id = chat_id
        if self._options != ChatOptions():
            await self._library.save_options(chat_id, self._options)

    def show(self) -> None:
        """Show it all as it is now."""
        running = self._running()
        self._panel.inspector.show_options(
            self._options,
            defaults=defaults_of(self._details),
            trained_for=self._details.context_length,
            loaded_tokens=running.context_length if running else 0,
        )
        self.measure()

    def measure(self) -> None:
        """How much of the context the next message takes."""
        defaults = defaults_of(self._details)
        limit = context_limit(self._options, defaults, self._running(), trained_for=self._details.context_length)
        system = self._options.system or defaults.system or ""
        messages, draft = self._panel.transcript.messages(), self._panel.composer.text()
        self._panel.composer.meter.show_use(context_use(messages, system=system, draft=draft, limit_tokens=limit))

    def _running(self) -> RunningModel | None:
        return next((each for each in self._models.running if each.name == self._details.name), None)

    async def _learn(self, name: str) -> None:
        try:
            details = await self._models.details(name)
        except OllamaError:
            if self._details.name == name:
                self._details = ModelDetails("")  # what is not known is not shown; the next change asks again
            return
        if name == self._details.name:
            self._details = replace(details, name=name)
            self.show()

    def _on_options_changed(self, options: ChatOptions) -> None:
        self._options = options
        self.measure()
        if self._chat_id is not None:
            self._actions.run(self._library.save_options(self._chat_id, options), name="save what a chat sends")

    def _on_meter_clicked(self) -> None:
        if self._panel.inspector.isHidden():
            self._panel.toggle_inspector()
        self._panel.inspector.context.edit.setFocus()
