"""A model from a registry into the models folder, told in the lines in which Ollama tells it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial as bound

from ollama_desk.domain.errors import (
    DigestMismatchError,
    ModelFileError,
    RegistryAnswerError,
    RegistryError,
    StorageError,
)
from ollama_desk.domain.models import PullStep
from ollama_desk.registry.blobs import checked_digest
from ollama_desk.registry.download import Wanted
from ollama_desk.registry.manifests import Layer
from ollama_desk.registry.patience import Patience
from ollama_desk.registry.remote import Registry, RemoteManifest
from ollama_desk.registry.source import Source
from ollama_desk.registry.store import ModelStore
from ollama_desk.registry.transfers import Transfers

SHOWN = slice(len("sha256:"), len("sha256:") + 12)
ROUNDS = 3  # layers may be removed by somebody while others come


class Puller:
    """Pulls models into one folder. Two pulls of the same layer share it.

    Args:
        registry: where from.
        store: where to.
        patience: the rhythm of the lines, and how often to try again.
        prune: whether layers that only the replaced model had are removed.
    """

    def __init__(self, registry: Registry, store: ModelStore, *, patience: Patience, prune: bool = True) -> None:
        self._registry = registry
        self._store = store
        self._patience = patience
        self._prune = prune
        self._transfers = Transfers(store.blobs, patience=patience)

    async def pull(self, source: Source) -> AsyncGenerator[PullStep, None]:
        """Bring the model. To stop is to close: what has come is kept, and the next pull goes on from there.

        Raises:
            RegistryError: it cannot be had.
            StorageError: it cannot be written.
            ModelFileError: somebody removes its layers as they come.
        """
        source.check()
        yield PullStep("pulling manifest")
        try:
            remote = await self._registry.manifest(source)
        except RegistryError as error:
            error.words = f"pull model manifest: {error.words}"
            raise
        if not remote.has_weights:
            msg = (
                f'"{source.name.short}" is not made for this engine: it has no GGUF file. Look for one at hf.co or use '
                "a real Ollama."
            )
            raise RegistryAnswerError(msg)
        unused: frozenset[str] | None = None
        rounds = 0
        while unused is None:
            rounds += 1
            async with aclosing(self._layers(remote)) as steps:
                async for step in steps:
                    yield step
            yield PullStep("writing manifest")
            unused = await self._install(remote, is_last=rounds == ROUNDS)
        if unused and self._prune:
            yield PullStep("removing unused layers")
            try:
                await asyncio.to_thread(self._store.remove_unused, unused)
            except StorageError as error:
                yield PullStep(f"couldn't remove unused layers: {error}")
        yield PullStep("success")

    async def _install(self, remote: RemoteManifest, *, is_last: bool) -> frozenset[str] | None:
        """The digests that the name does not mean any more; None where a layer was removed in the meantime."""
        try:
            return await asyncio.to_thread(self._store.install, remote.source.name, remote.manifest, remote.data)
        except ModelFileError:
            if is_last:
                raise
            return None

    async def _layers(self, remote: RemoteManifest) -> AsyncGenerator[PullStep, None]:
        """Bring all layers; what did not fit is told at the end, so that the others are there next time."""
        misfit: DigestMismatchError | None = None
        for layer in remote.layers:
            try:
                async with aclosing(self._layer(remote, layer)) as steps:
                    async for step in steps:
                        yield step
            except DigestMismatchError as error:
                misfit = misfit or error
        yield PullStep("verifying sha256 digest")
        if misfit is not None:
            raise misfit

    async def _layer(self, remote: RemoteManifest, layer: Layer) -> AsyncGenerator[PullStep, None]:
        digest = checked_digest(layer.digest)
        status = f"pulling {digest[SHOWN]}"
        if not await self._transfers.is_there(digest):
            wanted = Wanted(digest, layer.size, bound(self._registry.blob, remote.source, digest))
            async with self._transfers.bringing(wanted) as transfer:
                while not await transfer.wait(self._patience.tick_s):
                    yield PullStep(status, digest, layer.size, transfer.completed_bytes)
        yield PullStep(status, digest, layer.size, layer.size)
