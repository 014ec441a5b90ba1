"""What a pull does on a disk that fills while it runs: scenarios for ``tests.support.cramped``."""

from pathlib import Path

import pytest

from ollama_desk.core.web import Web
from ollama_desk.domain.errors import DiskFullError
from ollama_desk.registry.challenge import Keyring
from ollama_desk.registry.pull import Puller
from ollama_desk.registry.remote import Registry
from ollama_desk.registry.store import ModelStore
from tests.support.blob_contents import MIB, Large
from tests.support.cramped import fill
from tests.support.pulling import HASTY, Place
from tests.support.registry_server import RegistryServer

BLOB = Large(20 * MIB)


async def disk_that_fills(folder: Path) -> None:
    """In the middle of a blob; then there is space again."""
    with RegistryServer() as server:
        place = _place(server, folder / "models")
        digest, _ = server.add(BLOB)
        server.faults.bytes_per_s = 40 * MIB
        ballast: list[Path] = []

        def filled(completed: int) -> bool:
            if completed > 4 * MIB and not ballast:
                ballast.append(fill(folder))
            return False

        with pytest.raises(DiskFullError, match=r"is full\. Free some space"):
            await place.pull(until=lambda step: filled(step.completed_bytes))
        assert not place.manifests
        ballast[0].unlink()
        assert (await place.pull())[-1].status == "success"
        assert server.sent < BLOB.size + 6 * MIB
        assert place.is_right(digest)
        assert not place.leftovers


async def disk_that_is_too_small(folder: Path) -> None:
    """Before the first byte."""
    with RegistryServer() as server:
        place = _place(server, folder / "models")
        server.add(Large(64 * MIB))
        with pytest.raises(DiskFullError, match=r"has 0\.0 GB free; 0\.1 GB are needed"):
            await place.pull()
        assert not server.of_kind("blobs")
        assert not place.leftovers


async def disk_that_is_full_for_the_manifest(folder: Path) -> None:
    """After every byte has come."""
    with RegistryServer() as server:
        place = _place(server, folder / "models")
        server.add(b"a layer")
        ballast: list[Path] = []

        def filled(status: str) -> bool:
            if status == "writing manifest" and not ballast:
                ballast.append(fill(folder))
            return False

        with pytest.raises(DiskFullError):
            await place.pull(until=lambda step: filled(step.status))
        assert not place.manifests
        ballast[0].unlink()
        sent = server.sent
        assert (await place.pull())[-1].status == "success"
        assert server.sent == sent


def _place(server: RegistryServer, folder: Path) -> Place:
    web = Web()
    registry = Registry(web, Keyring(web), patience=HASTY)
    return Place(server, folder, registry, Puller(registry, ModelStore(folder), patience=HASTY))
