"""Builds the check for updates of a Desk, with its own way to the registries."""

from collections.abc import Mapping
from contextlib import AsyncExitStack

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.core.web import Web
from ollama_desk.registry.challenge import Keyring
from ollama_desk.registry.patience import Patience
from ollama_desk.registry.remote import Registry
from ollama_desk.services.pulls_opening import TOKEN_VARIABLE
from ollama_desk.services.server_folder import ServerFolder
from ollama_desk.services.updates import Models, Pulls, UpdatesService

HASTY = Patience(stall_s=10.0, longest_wait_s=20.0)  # a person waits


def open_updates(
    stack: AsyncExitStack,
    *,
    models: Models,
    pulls: Pulls,
    folder: ServerFolder,
    environment: Mapping[str, str],
    bus: EventBus,
    tasks: TaskScope,
) -> UpdatesService:
    """The service; ``stack`` closes its connections.

    Args:
        stack: unwound when the Desk closes.
        models: what the server has.
        pulls: downloads what is wanted.
        folder: where the models lie.
        environment: for the token of Hugging Face.
        bus: for what is found.
        tasks: owns the check.
    """
    web = Web()
    stack.push_async_callback(web.aclose)
    keyring = Keyring(web, hf_token=environment.get(TOKEN_VARIABLE, "").strip())
    registry = Registry(web, keyring, patience=HASTY)
    return UpdatesService(registry, models=models, pulls=pulls, folder=folder.find, bus=bus, tasks=tasks)
