"""Puts together what changes models."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.services.library import LibraryService
from ollama_desk.services.model_choices import ModelChoices
from ollama_desk.services.model_deletions import ModelDeletions
from ollama_desk.services.model_making import ModelMaking
from ollama_desk.services.model_preload import Preloading
from ollama_desk.services.models import ModelsService
from ollama_desk.services.settings import SettingsService


@dataclass(frozen=True, slots=True)
class ModelChanges:
    """What a person can change about models, besides loading and unloading them."""

    deletions: ModelDeletions
    making: ModelMaking
    choices: ModelChoices


def open_model_changes(
    stack: AsyncExitStack,
    client: OllamaClient,
    *,
    models: ModelsService,
    library: LibraryService,
    settings: SettingsService,
    is_pulling: Callable[[str], bool],
    bus: EventBus,
    tasks: TaskScope,
) -> ModelChanges:
    """Everything wired; when ``stack`` is left, what is deleted is removed while the server still answers."""
    choices = ModelChoices(settings, models=models)
    deletions = ModelDeletions(client, models=models, is_pulling=is_pulling, bus=bus, tasks=tasks)
    stack.push_async_callback(deletions.aclose)

    async def follow(name: str, new_name: str) -> None:
        await choices.follow(name, new_name)
        await library.follow_model(name, new_name)

    making = ModelMaking(client, models=models, deletions=deletions, is_pulling=is_pulling, follow=follow, bus=bus)
    Preloading(models, wanted=lambda: choices.preloaded, bus=bus, tasks=tasks)
    return ModelChanges(deletions, making, choices)
