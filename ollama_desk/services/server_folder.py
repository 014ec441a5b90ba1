"""Where the models of the server lie, if that is on this machine and can be read from here."""

import asyncio
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ollama_desk.domain.errors import InvalidNameError, ModelFileError, OllamaError
from ollama_desk.domain.models import Model, ModelDetails
from ollama_desk.domain.server import ServerStatus
from ollama_desk.registry.manifests import ManifestFolder
from ollama_desk.registry.reference import parse_name

log = logging.getLogger(__name__)

WEIGHTS = re.compile(r'^FROM\s+"?(?P<folder>[^"\n]+)[/\\]blobs[/\\]sha256-[0-9a-f]{64}"?\s*$', re.MULTILINE)
ASKED = 3  # models of a foreign server, before it is given up


class Models(Protocol):
    """What the server has."""

    @property
    def models(self) -> tuple[Model, ...]: ...
    async def details(self, name: str) -> ModelDetails: ...


class ServerFolder:
    """Looks for the models folder.

    Args:
        models: what the server has.
        status: of the server.
        own_folder: where a server of ours has its models.
    """

    def __init__(self, models: Models, *, status: Callable[[], ServerStatus], own_folder: Callable[[], Path]) -> None:
        self._models = models
        self._status = status
        self._own_folder = own_folder

    async def find(self) -> Path | None:
        """The folder; None where the server is elsewhere, or its files cannot be read. Never raises.

        Another server of this machine tells it in its Modelfiles; it is believed where the manifest there is the one
        that the server tells of, for it may run in a container, with a folder of the same name.
        """
        status = self._status()
        if status.is_ours:
            return self._own_folder()
        if not status.address.is_local or not status.state.answers:
            return None
        for model in [model for model in self._models.models if not model.remote_host][:ASKED]:
            try:
                found = WEIGHTS.search((await self._models.details(model.name)).modelfile)
            except OllamaError as error:
                log.info("The server did not tell where a model lies: %s", type(error).__name__)
                continue
            if found is not None and await asyncio.to_thread(_has, Path(found["folder"]), model):
                return Path(found["folder"])
        return None


def _has(folder: Path, model: Model) -> bool:
    manifests = ManifestFolder(folder / "manifests")
    try:
        name = manifests.find(parse_name(model.name))
        return name is not None and manifests.read(name).digest == model.digest
    except (InvalidNameError, ModelFileError):
        return False
