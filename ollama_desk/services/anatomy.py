"""Looks into the models folder: what each model is made of, who shares it, what deleting gives back."""

import asyncio
import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ollama_desk.domain.anatomy import Anatomy, LayerFacts, LayerRole
from ollama_desk.domain.errors import DeskError, ModelFileError, ModelNotFoundError
from ollama_desk.domain.models import Model, ModelDetails
from ollama_desk.domain.server import ServerStatus
from ollama_desk.registry.blobs import BlobFolder, checked_digest
from ollama_desk.registry.layers import (
    ADAPTER,
    CONFIG,
    LICENSE,
    MESSAGES,
    MODEL,
    PARAMETERS,
    PROJECTOR,
    SYSTEM,
    TEMPLATE,
)
from ollama_desk.registry.manifests import Layer, ManifestFolder, StoredManifest
from ollama_desk.registry.reference import ModelName, parse_name

log = logging.getLogger(__name__)

NOT_FOUND = 404
ELSEWHERE = "The server is on another machine, and its models folder cannot be seen from here."
UNSEEN = "This server was not started by Ollama Desk, and its models folder cannot be seen."
ROLES = {
    MODEL: LayerRole.WEIGHTS,
    PROJECTOR: LayerRole.PROJECTOR,
    ADAPTER: LayerRole.ADAPTER,
    TEMPLATE: LayerRole.TEMPLATE,
    SYSTEM: LayerRole.SYSTEM,
    PARAMETERS: LayerRole.PARAMETERS,
    MESSAGES: LayerRole.MESSAGES,
    LICENSE: LayerRole.LICENCE,
    CONFIG: LayerRole.CONFIGURATION,
}
WEIGHTS_LINE = re.compile(r"^FROM (.+[/\\]blobs[/\\]sha256[-:][0-9a-f]{64})\s*$", re.MULTILINE)


class Models(Protocol):
    """What the server has."""

    @property
    def models(self) -> tuple[Model, ...]: ...
    async def details(self, name: str) -> ModelDetails: ...


@dataclass(frozen=True, slots=True)
class _Folder:
    """A models folder as it is now. Everything in it blocks."""

    manifests: ManifestFolder
    blobs: BlobFolder

    @classmethod
    def at(cls, folder: Path) -> "_Folder":
        return cls(ManifestFolder(folder / "manifests"), BlobFolder(folder / "blobs"))

    def stored(self, name: str) -> StoredManifest:
        installed = self.manifests.find(parse_name(name))
        if installed is None:
            raise ModelNotFoundError(f'The model "{name}" is not in the models folder.', status=NOT_FOUND)
        return self.manifests.read(installed)


class AnatomyService:
    """Reads manifests and the sizes of files, in a thread; changes nothing.

    Args:
        models: what the server has.
        status: of the server.
        own_folder: the models folder of a server of ours.
    """

    def __init__(self, models: Models, *, status: Callable[[], ServerStatus], own_folder: Callable[[], Path]) -> None:
        self._models = models
        self._status = status
        self._own_folder = own_folder

    async def anatomy(self, name: str) -> Anatomy:
        """What an installed model is made of; with a ``reason`` and no layers where its folder cannot be seen.

        Raises:
            ModelNotFoundError: it is not installed (any more).
            DeskError: it is damaged, the folder cannot be read, or the server did not answer.
        """
        found = await self._folder(name)
        if isinstance(found, str):
            return Anatomy(name, reason=found)
        return await asyncio.to_thread(_anatomy, _Folder.at(found), name)

    async def freed_by(self, names: Sequence[str]) -> int | None:
        """How many bytes deleting all of ``names`` gives back; None: that cannot be told."""
        if not names:
            return 0
        try:
            found = await self._folder(names[0])
            if isinstance(found, str):
                return None
            return await asyncio.to_thread(_freed_by, _Folder.at(found), names)
        except DeskError as error:
            log.info("What deleting would give back cannot be told: %s", error)
            return None

    async def _folder(self, name: str) -> Path | str:
        """Where the models are, or why that is not known."""
        status = self._status()
        if status.is_ours:
            return self._own_folder()
        if not status.address.is_local:
            return ELSEWHERE
        details = await self._models.details(name)
        digest = next((model.digest for model in self._models.models if model.name == name), "")
        folder = await asyncio.to_thread(_folder_of, details, name, digest)
        return folder or UNSEEN


def _folder_of(details: ModelDetails, name: str, digest: str) -> Path | None:
    """The folder that a server on this machine tells of in the Modelfile, if this very model is there.

    The server may as well be in a container or behind a tunnel: then a path means nothing here.
    """
    for path in WEIGHTS_LINE.findall(details.modelfile):
        folder = Path(path).parent.parent
        try:
            if _Folder.at(folder).stored(name).digest == digest:
                return folder
        except DeskError as error:
            log.info("The models folder of a server is not here: %s", error)
    return None


def _anatomy(folder: _Folder, name: str) -> Anatomy:
    stored = folder.stored(name)
    uses = folder.manifests.uses()
    listed = (*stored.manifest.layers, stored.manifest.config)
    return Anatomy(name, tuple(_facts(layer, stored.name, uses, folder.blobs) for layer in listed))


def _facts(layer: Layer, owner: ModelName, uses: Mapping[ModelName, Collection[str]], blobs: BlobFolder) -> LayerFacts:
    digest = checked_digest(layer.digest)
    others = sorted(name.short for name, digests in uses.items() if name != owner and digest in digests)
    size = _size(blobs, digest)
    return LayerFacts(
        ROLES.get(layer.media_type, LayerRole.OTHER),
        layer.media_type,
        digest,
        layer.size if size is None else size,
        tuple(others),
        is_missing=size is None,
    )


def _freed_by(folder: _Folder, names: Sequence[str]) -> int:
    gone = {parse_name(name).key for name in names}
    uses = folder.manifests.uses()
    kept = {digest for name, digests in uses.items() if name.key not in gone for digest in digests}
    freed = {digest for name, digests in uses.items() if name.key in gone for digest in digests} - kept
    return sum(_size(folder.blobs, digest) or 0 for digest in freed)


def _size(blobs: BlobFolder, digest: str) -> int | None:
    """None: it is not there."""
    try:
        return blobs.size(digest)
    except ModelFileError:
        return None
