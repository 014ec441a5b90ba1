"""The kinds of layers, and what a model's layers say once they are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from ollama_desk.domain.errors import ModelFileError
from ollama_desk.registry.blobs import BlobFolder
from ollama_desk.registry.config import ModelConfig, parse_config
from ollama_desk.registry.manifests import Layer, Manifest, StoredManifest
from ollama_desk.registry.reference import ModelName

PREFIX = "application/vnd.ollama.image."
MODEL, ADAPTER, PROJECTOR = f"{PREFIX}model", f"{PREFIX}adapter", f"{PREFIX}projector"
TEMPLATE, SYSTEM, LICENSE = f"{PREFIX}template", f"{PREFIX}system", f"{PREFIX}license"
PARAMETERS, MESSAGES = f"{PREFIX}params", f"{PREFIX}messages"
CONFIG = "application/vnd.docker.container.image.v1+json"
DAMAGED = "A layer of the model is damaged. Get the model again."
SMALL_BYTES = 16 << 20  # no template, licence or configuration is longer


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """An installed model with what its small layers say."""

    name: ModelName
    digest: str  # 64 hex digits, of the manifest
    size_bytes: int  # of all layers
    modified_at: datetime  # aware, UTC
    config: ModelConfig
    model_path: Path
    model_digest: str  # "sha256:<hex>" of the weights
    parent: str = ""  # the name of the model that this one was made from
    adapters: tuple[Path, ...] = ()
    projector: Path | None = None
    template: str = ""  # Ollama's (Go) template; empty where the one in the GGUF is meant
    system: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    messages: tuple[Mapping[str, Any], ...] = ()
    licenses: tuple[str, ...] = ()


def refuse_wrong_sizes(stored: StoredManifest, blobs: BlobFolder) -> None:
    """Refuse a model one of whose files is longer or shorter than its manifest says; blocks for a moment.

    Raises:
        ModelFileError: it is so, or a file is missing.
    """
    for layer in (stored.manifest.config, *stored.manifest.layers):
        size = blobs.size(layer.digest)
        if layer.size and size != layer.size:
            msg = (
                f'A file of the model "{stored.name.short}" is damaged: it has {size} bytes instead of {layer.size}. '
                "Delete the model and get it again."
            )
            raise ModelFileError(msg)


def read_layers(stored: StoredManifest, blobs: BlobFolder) -> ModelFiles:
    """Read the small layers of a model and find its large ones.

    Raises:
        ModelFileError: a layer is missing or damaged, or there are no weights.
    """
    manifest = stored.manifest
    weights = manifest.of_type(MODEL)
    if not weights:
        msg = f'The model "{stored.name.short}" has no weights that can be run here.'
        raise ModelFileError(msg)
    projectors = [blobs.path(layer.digest) for layer in manifest.of_type(PROJECTOR)]
    return ModelFiles(
        name=stored.name,
        digest=stored.digest,
        size_bytes=manifest.size_bytes,
        modified_at=stored.modified_at,
        config=parse_config(blobs.read(manifest.config.digest, limit=SMALL_BYTES)),
        model_path=blobs.path(weights[0].digest),
        model_digest=weights[0].digest,
        parent=weights[0].source,
        adapters=tuple(blobs.path(layer.digest) for layer in manifest.of_type(ADAPTER)),
        projector=projectors[0] if projectors else None,
        template="".join(_texts(manifest, TEMPLATE, blobs)[-1:]),
        system="".join(_texts(manifest, SYSTEM, blobs)[-1:]),
        parameters=read_parameters(manifest.layers, blobs),
        messages=_messages(manifest, blobs),
        licenses=tuple(_texts(manifest, LICENSE, blobs)),
    )


def read_parameters(layers: tuple[Layer, ...], blobs: BlobFolder) -> dict[str, Any]:
    """The parameters that ``layers`` set.

    Raises:
        ModelFileError: the layer is missing or damaged.
    """
    texts = [blobs.read(layer.digest, limit=SMALL_BYTES) for layer in layers if layer.media_type == PARAMETERS]
    parameters: dict[str, Any] = {}
    try:
        for text in texts:
            parameters |= msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise ModelFileError(DAMAGED) from error
    return parameters


def _texts(manifest: Manifest, media_type: str, blobs: BlobFolder) -> list[str]:
    layers = manifest.of_type(media_type)
    return [blobs.read(layer.digest, limit=SMALL_BYTES).decode("utf-8", "replace") for layer in layers]


def _messages(manifest: Manifest, blobs: BlobFolder) -> tuple[Mapping[str, Any], ...]:
    texts = [blobs.read(layer.digest, limit=SMALL_BYTES) for layer in manifest.of_type(MESSAGES)]
    try:
        return tuple(msgspec.json.decode(texts[-1], type=list[dict[str, Any]])) if texts else ()
    except msgspec.MsgspecError as error:
        raise ModelFileError(DAMAGED) from error
