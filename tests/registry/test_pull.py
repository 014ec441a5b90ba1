"""Pulling a model from a registry over real sockets, with everything that can go wrong on the way."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from ollama_desk.core.web import Web
from ollama_desk.domain.models import PullStep
from ollama_desk.registry.challenge import Keyring
from ollama_desk.registry.patience import Patience
from ollama_desk.registry.pull import Puller
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.remote import Registry
from ollama_desk.registry.source import Source
from ollama_desk.registry.store import ModelStore
from tests.support.registry_server import MIB, Large, RegistryServer

HASTY = Patience(tries=3, first_wait_s=0.01, longest_wait_s=0.2, stall_s=0.5)
BIG = Large(220_000_000)  # three parts
MIDDLING = Large(12 * MIB + 345)


@dataclass
class Place:
    """A registry, and a folder to pull into."""

    server: RegistryServer
    folder: Path
    puller: Puller

    async def pull(self, model: str = "tiny", *, until: Callable[[PullStep], bool] | None = None) -> list[PullStep]:
        """The lines, up to the one that ``until`` holds for; then the client leaves."""
        told = []
        async with aclosing(self.puller.pull(Source(parse_name(self.server.name(model)), insecure=True))) as steps:
            async for step in steps:
                told.append(step)
                if until is not None and until(step):
                    break
        return told

    def blob(self, digest: str) -> Path:
        return self.folder / "blobs" / digest.replace(":", "-")

    @property
    def leftovers(self) -> list[str]:
        """What is neither a blob nor a manifest."""
        return sorted(path.name for path in self.folder.rglob("*") if "partial" in path.name or path.name[0] == ".")

    def is_right(self, digest: str) -> bool:
        with self.blob(digest).open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" == digest

    @property
    def manifests(self) -> list[Path]:
        return [path for path in (self.folder / "manifests").rglob("*") if path.is_file()]


def playing(folder: Path, scenario: Callable[[Place], Awaitable[None]], *, patience: Patience = HASTY) -> None:
    """Run ``scenario`` with a registry and a puller of its own."""

    async def play() -> None:
        with RegistryServer() as server:
            web = Web()
            puller = Puller(Registry(web, Keyring(web), patience=patience), ModelStore(folder), patience=patience)
            await scenario(Place(server, folder, puller))
            await web.aclose()

    asyncio.run(asyncio.wait_for(play(), 100))


def statuses(steps: list[PullStep]) -> list[str]:
    """Each status once, in order."""
    return list(dict.fromkeys(step.status for step in steps))


def test_a_model_comes_in_parts_and_is_told_in_ollamas_lines(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        big, small, config = place.server.add(BIG, b"a small layer", config=b'{"model_format":"gguf"}')
        told = await place.pull()
        shown = [f"pulling {digest[7:19]}" for digest in (big, small, config)]
        last = ["verifying sha256 digest", "writing manifest", "success"]
        assert statuses(told) == ["pulling manifest", *shown, *last]
        lines = [step for step in told if step.digest == big]
        assert {step.total_bytes for step in lines} == {BIG.size}
        assert [step.completed_bytes for step in lines] == sorted(step.completed_bytes for step in lines)
        assert lines[-1].completed_bytes == BIG.size
        ranges = sorted(seen.range for seen in place.server.of_kind("blobs") if seen.range)
        assert ranges == ["bytes=0-99999999", "bytes=100000000-199999999", "bytes=200000000-219999999"]
        assert all(place.is_right(digest) for digest in (big, small, config))
        assert not place.leftovers
        (manifest,) = place.manifests
        assert manifest.read_bytes() == place.server.manifest()

    playing(tmp_path, scenario)


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    async def scenario(place: Place) -> None:
        place.server.add(b"one", b"two")
        await place.pull()
        sent = place.server.sent
        told = await place.pull()
        assert place.server.sent == sent
        assert [step.completed_bytes == step.total_bytes for step in told if step.digest] == [True] * 3
        assert told[-1].status == "success"

    playing(tmp_path, scenario)
