"""What the models folder does on a disk that is full or read-only: scenarios for ``tests.support.cramped``."""

import hashlib
import os
from pathlib import Path

import pytest

from ollama_desk.domain.errors import DiskFullError, StorageError
from ollama_desk.registry.blobs import BlobFolder
from ollama_desk.registry.manifests import Layer, Manifest, ManifestFolder
from ollama_desk.registry.reference import parse_name
from tests.support.cramped import fill, remount

BIG = os.urandom(3_000_000)
DIGEST = f"sha256:{hashlib.sha256(BIG).hexdigest()}"


async def blob_on_a_full_disk(folder: Path) -> None:
    blobs = BlobFolder(folder / "blobs")
    kept, _ = blobs.add(b"small")
    with pytest.raises(DiskFullError, match=r"is full\. Free some space"):
        blobs.add(BIG)
    fill(folder)
    with pytest.raises(DiskFullError):
        blobs.add(BIG[:100_000])
    (folder / "ballast").unlink()
    assert os.listdir(folder / "blobs") == [kept.replace(":", "-")]  # noqa: PTH208 - no part is left


async def manifest_on_a_full_disk(folder: Path) -> None:
    manifests = ManifestFolder(folder / "manifests")
    name, layer = parse_name("one"), Layer("application/vnd.ollama.image.model", DIGEST, 1)
    manifests.write(name, Manifest(config=layer, listed=(layer,)))
    before = manifests.read(name)
    fill(folder)
    bigger = tuple(Layer("application/vnd.ollama.image.license", DIGEST, number) for number in range(200))
    with pytest.raises(DiskFullError):
        manifests.write(name, Manifest(config=layer, listed=bigger))
    assert manifests.read(name) == before


async def read_only_models(folder: Path) -> None:
    blobs, manifests = BlobFolder(folder / "blobs"), ManifestFolder(folder / "manifests")
    name, layer = parse_name("one"), Layer("application/vnd.ollama.image.model", DIGEST, 1)
    manifests.write(name, Manifest(config=layer, listed=(layer,)))
    kept, _ = blobs.add(b"small")
    remount(folder, "ro")
    for change in (
        lambda: blobs.add(b"other"),
        lambda: blobs.remove(kept),
        lambda: manifests.remove(name),
        lambda: manifests.copy(manifests.read(name), parse_name("two")),
    ):
        with pytest.raises(StorageError, match="Read-only file system"):
            change()
    assert manifests.read(name).name == name
    assert blobs.has(kept)
