"""Builds the estimates of a Desk: their own way to the registries, and the machine that they look at."""

import platform
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from ollama_desk.core.web import Web
from ollama_desk.domain.server import ServerStatus
from ollama_desk.hardware.memory import Gpus, MemoryProbe
from ollama_desk.registry.challenge import Keyring
from ollama_desk.registry.patience import Patience
from ollama_desk.registry.remote import Registry
from ollama_desk.services.fit import FitService, Models

TOKEN_VARIABLE = "HF_TOKEN"  # noqa: S105 - the name of a variable
HASTY = Patience(stall_s=10.0)  # nobody waits long for an estimate


def open_fit(
    stack: AsyncExitStack,
    gpus: Gpus,
    *,
    models: Models,
    status: Callable[[], ServerStatus],
    own_folder: Callable[[], Path],
    environment: Mapping[str, str],
) -> FitService:
    """The service; ``stack`` closes its connections.

    Args:
        stack: unwound when the Desk closes.
        gpus: looks for graphics processors.
        models: what the server has.
        status: of the server.
        own_folder: the models folder of a server of ours.
        environment: the program's own, most of which a server of ours gets too.
    """
    web = Web()
    stack.push_async_callback(web.aclose)
    keyring = Keyring(web, hf_token=environment.get(TOKEN_VARIABLE, "").strip())
    return FitService(
        Registry(web, keyring, patience=HASTY),
        memory=MemoryProbe(gpus, environment=environment, platform=sys.platform, processor=platform.machine()),
        models=models,
        status=status,
        own_folder=own_folder,
        environment=environment,
    )
