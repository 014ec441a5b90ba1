"""What a new model is to be made of, and the layers that this gives."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ollama_desk.registry.blobs import BlobFolder
from ollama_desk.registry.config import config_of, with_layers, written
from ollama_desk.registry.gguf import GgufHeader, read_gguf
from ollama_desk.registry.layers import (
    CONFIG,
    LICENSE,
    MESSAGES,
    MODEL,
    PARAMETERS,
    SMALL_BYTES,
    SYSTEM,
    TEMPLATE,
    read_parameters,
)
from ollama_desk.registry.manifests import Layer, Manifest, StoredManifest
from ollama_desk.registry.reference import ModelName
from ollama_desk.registry.weights import (
    BigFile,
    adapters_of,
    examined,
    in_order,
    joined,
    refuse_odd_adapters,
    refuse_odd_files,
    refuse_quantizing,
    split_groups,
)

JOINING = "joining the parts of a split GGUF"


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
    renderer: str = ""
    parser: str = ""
    requires: str = ""  # the oldest version of Ollama that runs it
    quantize: str = ""  # what the weights shall be quantized to


@dataclass(frozen=True, slots=True)
class Ingredients:
    """The files of a recipe, read; ``spent`` are the digests of those that became part of another."""

    files: tuple[BigFile, ...] = ()
    adapters: tuple[BigFile, ...] = ()
    spent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Product:
    """What came of a recipe: the manifest, and a line for each layer as Ollama words it."""

    manifest: Manifest
    statuses: tuple[str, ...]


def gather(recipe: Recipe, blobs: BlobFolder) -> Iterator[str | Ingredients]:
    """Read the files of ``recipe``: yields lines in which Ollama tells it, and at the end what was found.

    Raises:
        ModelFileError: a blob is missing or no GGUF that can be used.
        StorageError: the parts of a split model cannot be written as one.
    """
    files: dict[str, BigFile] = {}
    spent: set[str] = set()
    if recipe.base is None:
        refuse_odd_files(recipe.files, blobs)
        for name in sorted(recipe.files):
            yield "parsing GGUF"
            files |= examined({name: recipe.files[name]}, blobs)
        for group in list(split_groups(files)):
            parts = [files.pop(name) for name in group]
            for whole in joined(parts, blobs):
                yield JOINING
                if whole is not None:
                    files[group[0]] = whole
            spent |= {part.layer.digest for part in parts}
    refuse_odd_adapters(recipe.adapters, blobs)
    if recipe.adapters:
        yield "parsing GGUF"
    adapters = adapters_of(recipe.adapters, blobs)
    yield Ingredients(tuple(files.values()), tuple(adapters), frozenset(spent))


def cook(recipe: Recipe, found: Ingredients, base: StoredManifest | None, blobs: BlobFolder) -> Product:
    """Make the layers that ``recipe`` asks for and the manifest that names them.

    Args:
        recipe: what is wanted.
        found: its files.
        base: the manifest of ``recipe.base``.
        blobs: where layers are kept.

    Raises:
        ModelFileError: there are no weights, or they are not as they should be.
        StorageError: a layer cannot be written.
    """
    headers: list[GgufHeader] = []
    if base is None:
        big = in_order([*found.files, *found.adapters])
        layers = [file.layer for file in big]
        headers = [file.header for file in big if not file.header.is_adapter]
        for layer in layers:
            blobs.size(layer.digest)  # still there
    else:
        name = base.name.short
        layers = [_taken(layer, name) for layer in base.manifest.layers]
        layers += [file.layer for file in found.adapters if file.layer.digest not in _digests(layers)]
    if recipe.quantize:
        weights = next(layer for layer in layers if layer.media_type == MODEL)
        refuse_quantizing(recipe.quantize, read_gguf(blobs.path(weights.digest)))
    statuses = [f"using existing layer {layer.digest}" for layer in layers]
    for media_type, data, replaces in _own_layers(recipe, layers, blobs):
        if replaces:
            kept = [layer.media_type != media_type for layer in layers]
            statuses = [status for status, keep in zip(statuses, kept, strict=True) if keep]
            layers = [layer for layer, keep in zip(layers, kept, strict=True) if keep]
        digest, is_new = blobs.add(data)
        layers.append(Layer(media_type, digest, len(data)))
        statuses.append(f"{'creating new' if is_new else 'using existing'} layer {digest}")
    config = _config(recipe, base, headers, layers, blobs) + b"\n"  # Go's encoder ends with one
    digest, _ = blobs.add(config)
    return Product(Manifest(config=Layer(CONFIG, digest, len(config)), listed=tuple(layers)), tuple(statuses))


def _taken(layer: Layer, name: str) -> Layer:
    return msgspec.structs.replace(layer, source=name) if layer.media_type == MODEL else layer


def _digests(layers: list[Layer]) -> set[str]:
    return {layer.digest for layer in layers}


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
        own.append((PARAMETERS, _go_json(dict(sorted(merged.items()))), True))
    if recipe.messages:
        own.append((MESSAGES, _go_json(list(recipe.messages)), True))
    return own


def _go_json(value: object) -> bytes:
    """JSON as Go's encoder writes it, so that equal layers have equal digests."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f"{text}\n".encode()


def _config(
    recipe: Recipe,
    base: StoredManifest | None,
    headers: list[GgufHeader],
    layers: list[Layer],
    blobs: BlobFolder,
) -> bytes:
    digests = tuple(layer.digest for layer in layers)
    own = {"renderer": recipe.renderer, "parser": recipe.parser, "requires": recipe.requires}
    told = {name: text for name, text in own.items() if text}
    if base is None:
        return written(msgspec.structs.replace(config_of(headers, digests), **told))
    return with_layers(blobs.read(base.manifest.config.digest, limit=SMALL_BYTES), digests, told)
