"""A registry on a real socket and a puller with a folder of its own, for tests of downloads."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
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
from tests.support.registry_server import RegistryServer

HASTY = Patience(tries=3, first_wait_s=0.01, longest_wait_s=0.2, stall_s=0.5)


@dataclass
class Place:
    """A registry, and a folder to pull into."""

    server: RegistryServer
    folder: Path
    registry: Registry
    puller: Puller
    told: list[PullStep] = field(default_factory=list)  # by the last pull, also by one that failed

    def source(self, model: str = "tiny", tag: str = "latest") -> Source:
        return Source(parse_name(self.server.name(model, tag)), insecure=True)

    async def pull(self, model: str = "tiny", *, until: Callable[[PullStep], bool] | None = None) -> list[PullStep]:
        """The lines, up to the one that ``until`` holds for; then the client leaves."""
        self.told = told = []
        async with aclosing(self.puller.pull(self.source(model))) as steps:
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


def playing(
    folder: Path,
    scenario: Callable[[Place], Awaitable[None]],
    *,
    patience: Patience = HASTY,
    hf_token: str = "",
    hf_hosts: tuple[str, ...] = (),
) -> None:
    """Run ``scenario`` with a registry and a puller of its own."""

    async def play() -> None:
        with RegistryServer() as server:
            web = Web()
            hosts = frozenset(host.format(port=server.port) for host in hf_hosts)
            registry = Registry(web, Keyring(web, hf_token=hf_token, hf_hosts=hosts), patience=patience)
            puller = Puller(registry, ModelStore(folder), patience=patience)
            try:
                await scenario(Place(server, folder, registry, puller))
            finally:
                await web.aclose()

    asyncio.run(asyncio.wait_for(play(), 100))


def statuses(steps: list[PullStep]) -> list[str]:
    """Each status once, in order."""
    return list(dict.fromkeys(step.status for step in steps))
