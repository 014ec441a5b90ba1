"""What a name stands for in its registry, put together for a person who thinks about downloading it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ollama_desk.domain.errors import ConsentNeededError, InvalidNameError, ModelFileError, RegistryError
from ollama_desk.domain.models import Model
from ollama_desk.domain.pulls import Offer
from ollama_desk.registry.config import ModelConfig, parse_config
from ollama_desk.registry.layers import LICENSE
from ollama_desk.registry.manifests import Layer
from ollama_desk.registry.reference import ModelName, parse_name
from ollama_desk.registry.remote import Registry, RemoteManifest
from ollama_desk.registry.source import Source
from ollama_desk.services.pulls_disk import ModelsDisk
from ollama_desk.services.pulls_run import layers_of

log = logging.getLogger(__name__)

CONFIG_BYTES = 1 << 20
LICENCE_BYTES = 256 << 10
LICENCES = 4  # some models bring the same one again and again


def source_of(text: str, *, insecure: bool, consented: bool) -> Source:
    """What is to be downloaded, once everything that a person must say is said.

    Raises:
        InvalidNameError: it is no name of a model.
        ConsentNeededError: its registry is none that is known.
        RegistryError: it asks for plain HTTP, which was not allowed.
    """
    name = parse_name(text.strip())
    if not name.is_from_known_registry and not consented:
        msg = (
            f'"{name.short}" is at {name.host}, which is neither Ollama\'s own registry nor Hugging Face. Models from '
            "there can be anything: download it only if you trust who runs it."
        )
        raise ConsentNeededError(msg, host=name.host)
    source = Source(name, insecure=insecure)
    source.check()
    return source


@dataclass(frozen=True, slots=True)
class Offers:
    """Looks names up.

    Args:
        registry: is asked.
        disk: the models folder of our own server, None where the server is another's.
        installed: what the server has.
    """

    registry: Registry
    disk: Callable[[], ModelsDisk | None]
    installed: Callable[[], Sequence[Model]]

    async def look_up(self, source: Source) -> Offer:
        """Raises ``RegistryError`` where the manifest cannot be had; what else is missing stays empty."""
        remote = await self.registry.manifest(source)
        config, licence = await asyncio.gather(self._config(remote), self._licence(remote))
        layers, disk = layers_of(remote), self.disk()
        space = None if disk is None else await asyncio.to_thread(disk.space, layers)
        here = next((model for model in self.installed() if _means(model, source.name)), None)
        is_same = here is not None and remote.stands_for(here.digest)
        return Offer(
            name=source.name.short,
            digest=remote.digest,
            layers=layers,
            total_bytes=remote.size_bytes,
            missing_bytes=_missing(remote.size_bytes, None if space is None else space.missing_bytes, is_same=is_same),
            free_bytes=None if space is None else space.free_bytes,
            disk="" if space is None else str(space.folder),
            licence=licence,
            parameter_size=config.model_type,
            quantization=config.file_type,
            family=config.model_family,
            is_installed=is_same,
            is_update=here is not None and not is_same,
            has_weights=remote.has_weights,
            insecure=source.insecure,
        )

    async def _config(self, remote: RemoteManifest) -> ModelConfig:
        data = await self._small(remote, remote.manifest.config, CONFIG_BYTES)
        try:
            return parse_config(data) if data else ModelConfig()
        except ModelFileError as error:
            log.info("The configuration of %s cannot be read: %s", remote.source.name.short, error)
            return ModelConfig()

    async def _licence(self, remote: RemoteManifest) -> str:
        layers = {layer.digest: layer for layer in remote.manifest.of_type(LICENSE)}
        texts = [await self._small(remote, layer, LICENCE_BYTES) for layer in [*layers.values()][:LICENCES]]
        return "\n\n".join(text.decode("utf-8", "replace").strip() for text in texts if text)

    async def _small(self, remote: RemoteManifest, layer: Layer, limit: int) -> bytes:
        """The content of a layer; nothing where it is long or cannot be had."""
        if layer.size > limit:
            return b""
        try:
            return await self.registry.small(remote.source, layer, limit=limit)
        except RegistryError as error:
            log.info("A layer of %s could not be looked at: %s", remote.source.name.short, error)
            return b""


def _missing(total: int, on_disk: int | None, *, is_same: bool) -> int:
    if on_disk is not None:
        return on_disk
    return 0 if is_same else total


def _means(model: Model, name: ModelName) -> bool:
    try:
        return parse_name(model.name).key == name.key
    except InvalidNameError:
        return False
