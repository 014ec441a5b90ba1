"""Whether an installed model was made here or came from a registry, as far as its manifest tells."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ollama_desk.domain.errors import InvalidNameError, ModelFileError
from ollama_desk.registry.manifests import Manifest, ManifestFolder, StoredManifest
from ollama_desk.registry.reference import parse_name


@dataclass(frozen=True, slots=True)
class Installed:
    """A model in a models folder."""

    manifest: Manifest
    is_made_here: bool


def installed_in(folder: Path, names: Iterable[str]) -> dict[str, Installed]:
    """Those of ``names`` whose manifest can be read in the models folder ``folder``. Blocks."""
    manifests = ManifestFolder(folder / "manifests")
    found = dict[str, Installed]()
    for name in names:
        try:
            stored = _read(manifests, name)
        except (InvalidNameError, ModelFileError):  # the registry is asked all the same
            continue
        if stored is not None:
            found[name] = Installed(stored.manifest, is_made_here(stored))
    return found


def is_made_here(stored: StoredManifest) -> bool:
    """Whether ``create`` wrote it: what a pull brings is kept as the registry has it.

    Ollama and the built-in engine write what they make in one way, with a newline at its end, and name the model that
    a layer was taken from; a registry does neither. Source: Ollama 0.24, seen in its models folder.
    """
    as_made = msgspec.json.encode(stored.manifest) + b"\n"
    return stored.digest == hashlib.sha256(as_made).hexdigest() or any(layer.source for layer in stored.manifest.layers)


def _read(manifests: ManifestFolder, name: str) -> StoredManifest | None:
    wanted = manifests.find(parse_name(name))
    return None if wanted is None else manifests.read(wanted)
