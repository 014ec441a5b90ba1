"""What a person chose for single models: the default, those that are loaded at the start, how long one stays loaded."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Protocol

from ollama_desk.domain.chat import ChatChunk, ChatTurn
from ollama_desk.domain.keep_alive import keep_alive_in, renamed_in, to_wire, unloads, with_keep_alive
from ollama_desk.domain.model_names import is_named, key_of, renamed, without
from ollama_desk.domain.setting_values import SettingValue
from ollama_desk.domain.settings import Settings
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.services.models import ModelsService


class SettingsInForce(Protocol):
    """Where the choices are kept."""

    @property
    def settings(self) -> Settings: ...
    def change(self, **values: SettingValue) -> Coroutine[Any, Any, None]: ...


class ModelChoices:
    """Keeps the choices in the settings. Each method that changes one raises as ``SettingsService.change``."""

    def __init__(self, settings: SettingsInForce, *, models: ModelsService) -> None:
        self._settings = settings
        self._models = models

    @property
    def default(self) -> str:
        """The model of new chats; empty: the one that was used last."""
        return self._settings.settings.default_model

    @property
    def preloaded(self) -> tuple[str, ...]:
        """Those that are loaded when the server is up."""
        return self._settings.settings.preload_models

    def keep_alive(self, name: str) -> str:
        """How long the model stays loaded, as Ollama writes it; empty: as the server is set."""
        return keep_alive_in(self._settings.settings.model_keep_alive, name)

    async def set_default(self, name: str) -> None:
        """Let new chats begin with this model; empty: with the one that was used last."""
        await self._settings.change(default_model=name)

    async def set_preload(self, name: str, *, wanted: bool) -> None:
        """Load a model whenever the server has come up, or no longer."""
        others = without(self.preloaded, name)
        if is_named(self.preloaded, name) != wanted:
            await self._settings.change(preload_models=(*others, name) if wanted else others)

    async def set_keep_alive(self, name: str, text: str) -> None:
        """Let a model stay loaded for so long after each use, now too where it is loaded; empty: as the server is set.

        Raises:
            OllamaError: the server did not take it for the model that is loaded.
        """
        await self._settings.change(
            model_keep_alive=with_keep_alive(self._settings.settings.model_keep_alive, name, text)
        )
        if not is_named((each.name for each in self._models.listed[1]), name):
            return
        if unloads(text):
            await self._models.unload(name)
        else:
            await self._models.load(name)

    async def follow(self, name: str, new_name: str) -> None:
        """The model has another name: the choices are its choices still."""
        settings = self._settings.settings
        changes: dict[str, SettingValue] = {
            "preload_models": renamed(settings.preload_models, name, new_name),
            "model_keep_alive": renamed_in(settings.model_keep_alive, name, new_name),
        }
        if settings.default_model and key_of(settings.default_model) == key_of(name):
            changes["default_model"] = new_name
        await self._settings.change(**changes)


class KeepingClient:
    """Asks the server for answers, and says with each question how long the model stays loaded after it."""

    def __init__(self, client: OllamaClient, *, keep_alive: Callable[[str], str]) -> None:
        self._client = client
        self._keep_alive = keep_alive

    async def chat(
        self,
        model: str,
        turns: Sequence[ChatTurn],
        *,
        options: Mapping[str, object] | None = None,
        think: bool | None = None,
    ) -> AsyncGenerator[ChatChunk, None]:
        """As ``OllamaClient.chat``."""
        keep_alive = to_wire(self._keep_alive(model))
        async with aclosing(
            self._client.chat(model, turns, options=options, think=think, keep_alive=keep_alive)
        ) as chunks:
            async for chunk in chunks:
                yield chunk
