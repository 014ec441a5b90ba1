"""Exports from a models folder that a test fills as a real server does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.events import ExportFailed, ExportFinished
from ollama_desk.domain.exports import ExportJob, ExportState
from ollama_desk.domain.models import Model
from ollama_desk.domain.server import ServerAddress, ServerState, ServerStatus
from ollama_desk.registry.blobs import BlobFolder
from ollama_desk.registry.layers import CONFIG, MODEL
from ollama_desk.registry.manifests import Layer, Manifest, ManifestFolder
from ollama_desk.registry.reference import parse_name
from ollama_desk.services.exports import ExportsService
from tests.support.events import EventRecorder

LONG_S = 60.0
NAME = "owl:1b"


def blob(folder: Path, data: bytes | Path) -> Layer:
    """A blob with the bytes, or moved there as it is under a digest of its own."""
    blobs = BlobFolder(folder / "blobs")
    if isinstance(data, bytes):
        with blobs.gatherer() as writer:
            writer.write(data)
            return Layer(MODEL, writer.finish(), len(data))
    digest = f"sha256:{'ab' * 32}"  # who checks it finds it damaged
    blobs.folder.mkdir(parents=True, exist_ok=True)
    data.replace(blobs.path(digest))
    return Layer(MODEL, digest, blobs.size(digest))


def install(folder: Path, *layers: tuple[str, bytes | Path], name: str = NAME) -> Manifest:
    """A model of these layers, each a media type and its content."""
    config = blob(folder, b"{}")
    rows = [(media_type, blob(folder, data)) for media_type, data in layers]
    manifest = Manifest(
        config=Layer(CONFIG, config.digest, config.size),
        listed=tuple(Layer(media_type, layer.digest, layer.size) for media_type, layer in rows),
    )
    ManifestFolder(folder / "manifests").write(parse_name(name), manifest)
    return manifest


class ScriptedModels:
    """What a server is said to have."""

    def __init__(self) -> None:
        self.models: tuple[Model, ...] = (Model(NAME, quantization="Q4_K_M"),)


@dataclass(slots=True)
class ExportDesk:
    """What a test of exports holds."""

    exports: ExportsService
    seen: EventRecorder
    models: ScriptedModels

    def job(self, job_id: int) -> ExportJob:
        return next(job for job in self.exports.jobs if job.id == job_id)

    async def until(self, job_id: int, state: ExportState) -> ExportJob:
        """Wait until an export has come to a state, or ended before."""
        await self.seen.until(lambda: self.job(job_id).state is state or self.job(job_id).state.is_over, LONG_S)
        return self.job(job_id)

    async def end(self, job_id: int) -> ExportJob:
        await self.seen.until(lambda: self.job(job_id).state.is_over, LONG_S)
        return self.job(job_id)

    async def export(self, path: Path, *, replace: bool = False, name: str = NAME) -> ExportJob:
        """A whole export."""
        return await self.end(self.exports.start(name, path, replace=replace))

    @property
    def ends(self) -> list[ExportFinished | ExportFailed]:
        return [event for event in self.seen.events if isinstance(event, ExportFinished | ExportFailed)]


def play(
    scenario: Callable[[ExportDesk], Awaitable[None]],
    folder: Path | None,
    *,
    address: ServerAddress = ServerAddress(),  # noqa: B008 - a value
) -> None:
    """Run ``scenario`` over the models folder ``folder``; None: nobody can read it."""

    async def run() -> None:
        bus, models = EventBus(), ScriptedModels()
        seen = EventRecorder(bus)

        async def find() -> Path | None:
            return folder

        status = ServerStatus(ServerState.READY, address=address)
        async with TaskScope() as tasks:
            exports = ExportsService(models, status=lambda: status, folder=find, bus=bus, tasks=tasks)
            await scenario(ExportDesk(exports, seen, models))

    asyncio.run(run())
