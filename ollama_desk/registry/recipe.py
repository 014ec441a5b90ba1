"""What a new model is to be made of, and the layers that this gives."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ollama_desk.domain.errors import ModelFileError
from ollama_desk.registry.blobs import BlobFolder
from ollama_desk.registry.config import config_of, with_layers
from ollama_desk.registry.gguf import GgufHeader, read_gguf
from ollama_desk.registry.layers import (
    ADAPTER,
    CONFIG,
    LICENSE,
    MESSAGES,
    MODEL,
    PARAMETERS,
    PROJECTOR,
    SMALL_BYTES,
    SYSTEM,
    TEMPLATE,
    read_parameters,
)
from ollama_desk.registry.manifests import Layer, Manifest, StoredManifest
from ollama_desk.registry.reference import ModelName

ORDER = {MODEL: 0, PROJECTOR: 1, ADAPTER: 2}


@dataclass(frozen=True, slots=True)
class Recipe:
    """A model from GGUF blobs or from another model, with layers of its own on top."""

    files: Mapping[str, str] = field(default_factory=dict)  # file name → digest of a blob that is there
    base: ModelName | None = None
    adapters: Mapping[str, str] = field(default_factory=dict)  # as files
    template: str = ""
    system: str = ""
    licenses: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    messages: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """What came of a recipe: the manifest, and a line for each layer as Ollama words it."""

    manifest: Manifest
    statuses: tuple[str, ...]


def cook(recipe: Recipe, base: StoredManifest | None, blobs: BlobFolder) -> Product:
    """Make the layers that ``recipe`` asks for and the manifest that names them.

    Args:
        recipe: what is wanted.
        base: the manifest of ``recipe.base``.
        blobs: where layers are kept.

    Raises:
        ModelFileError: a blob is missing or no GGUF that can be used.
        StorageError: a layer cannot be written.
    """
    if base is None:
        layers, headers = _from_files(recipe, blobs)
    else:
        name = base.name.short
        layers = [_taken(layer, name) for layer in base.manifest.layers]
        headers = []
    statuses = [f"using existing layer {layer.digest}" for layer in layers]
    for media_type, data, replaces in _own_layers(recipe, layers, blobs):
        if replaces:
            kept = [layer.media_type != media_type for layer in layers]
            statuses = [status for status, keep in zip(statuses, kept, strict=True) if keep]
            layers = [layer for layer, keep in zip(layers, kept, strict=True) if keep]
        digest, is_new = blobs.add(data)
        layers.append(Layer(media_type, digest, len(data)))
        statuses.append(f"{'creating new' if is_new else 'using existing'} layer {digest}")
    config = _config(base, headers, layers, blobs) + b"\n"  # Go's encoder ends with one
    digest, _ = blobs.add(config)
    return Product(Manifest(config=Layer(CONFIG, digest, len(config)), listed=tuple(layers)), tuple(statuses))


def _taken(layer: Layer, name: str) -> Layer:
    return msgspec.structs.replace(layer, source=name) if layer.media_type == MODEL else layer


def _from_files(recipe: Recipe, blobs: BlobFolder) -> tuple[list[Layer], list[GgufHeader]]:
    found: list[tuple[Layer, GgufHeader]] = []
    for digest in (*recipe.files.values(), *recipe.adapters.values()):
        header = read_gguf(blobs.path(digest))
        kind = PROJECTOR if header.is_projector else ADAPTER if header.is_adapter else MODEL
        found.append((Layer(kind, digest.replace("-", ":"), blobs.size(digest)), header))
    found.sort(key=lambda pair: ORDER[pair[0].media_type])
    if not found or found[0][0].media_type != MODEL:
        msg = "There are no weights among the files. Give a GGUF file of a whole model."
        raise ModelFileError(msg)
    headers = [header for layer, header in found if layer.media_type != ADAPTER]
    return [layer for layer, _ in found], headers


def _own_layers(recipe: Recipe, layers: list[Layer], blobs: BlobFolder) -> list[tuple[str, bytes, bool]]:
    """Media type, content, and whether it takes the place of what the base has."""
    own: list[tuple[str, bytes, bool]] = []
    if recipe.template:
        own.append((TEMPLATE, recipe.template.encode(), True))
    if recipe.system:
        own.append((SYSTEM, recipe.system.encode(), True))
    own += [(LICENSE, text.encode(), False) for text in recipe.licenses]
    if recipe.parameters:
        merged = read_parameters(tuple(layers), blobs) | dict(recipe.parameters)
        own.append((PARAMETERS, _go_json(merged), True))
    if recipe.messages:
        own.append((MESSAGES, _go_json(list(recipe.messages)), True))
    return own


def _go_json(value: object) -> bytes:
    """JSON as Go's encoder writes it, so that equal layers have equal digests."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f"{text}\n".encode()


def _config(base: StoredManifest | None, headers: list[GgufHeader], layers: list[Layer], blobs: BlobFolder) -> bytes:
    digests = tuple(layer.digest for layer in layers)
    if base is None:
        return msgspec.json.encode(config_of(headers, digests))
    return with_layers(blobs.read(base.manifest.config.digest, limit=SMALL_BYTES), digests)
