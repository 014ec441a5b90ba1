"""The services of a Desk that are about models: what there is, what can be got, changed, kept in order and measured."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from ollama_desk.core.resources import resource
from ollama_desk.hardware.probe import GpuProbe
from ollama_desk.services.anatomy import AnatomyService
from ollama_desk.services.catalogue import CatalogueService
from ollama_desk.services.exports import ExportsService
from ollama_desk.services.fit import FitService
from ollama_desk.services.fit_opening import open_fit
from ollama_desk.services.ground import Ground
from ollama_desk.services.imports import ImportsService
from ollama_desk.services.library import LibraryService
from ollama_desk.services.model_opening import ModelChanges, open_model_changes
from ollama_desk.services.models import ModelsService
from ollama_desk.services.moving import MovingService
from ollama_desk.services.moving_opening import open_moving
from ollama_desk.services.pulls import PullsService
from ollama_desk.services.pulls_opening import last_jobs, open_pulls
from ollama_desk.services.recommendation import RecommendationService
from ollama_desk.services.server_folder import ServerFolder
from ollama_desk.services.speed import SpeedService
from ollama_desk.services.speed_opening import open_speed
from ollama_desk.services.updates import UpdatesService
from ollama_desk.services.updates_opening import open_updates
from ollama_desk.services.upkeep import UpkeepService
from ollama_desk.storage.downloads import DownloadStore


@dataclass(frozen=True, slots=True)
class ModelDesk:
    """A Desk's part about models."""

    models: ModelsService
    changes: ModelChanges
    imports: ImportsService
    pulls: PullsService
    exports: ExportsService
    catalogue: CatalogueService
    fit: FitService
    recommendation: RecommendationService
    anatomy: AnatomyService
    updates: UpdatesService
    upkeep: UpkeepService
    moving: MovingService
    speed: SpeedService


async def open_model_desk(
    stack: AsyncExitStack, ground: Ground, *, library: LibraryService, gpus: GpuProbe
) -> ModelDesk:
    """Build them; ``stack`` closes them before the server stops.

    Raises:
        StorageError: the downloads of the last run cannot be read.
    """
    models = ModelsService(
        ground.client,
        bus=ground.bus,
        tasks=ground.tasks,
        demo_file=resource("demo", "demo.gguf"),
        keep_alive=ground.keep_alive,
        before_load=lambda name: changes.deletions.keep_used(name),  # noqa: PLW0108 - they are opened below
    )
    where = ServerFolder(models, status=ground.status, own_folder=ground.own_folder)
    imports = _open_imports(ground, models)
    pulls = await _open_pulls(stack, ground, models)
    exports = ExportsService(models, status=ground.status, folder=where.find, bus=ground.bus, tasks=ground.tasks)
    changes = open_model_changes(
        stack,
        ground.client,
        models=models,
        library=library,
        settings=ground.settings,
        is_pulling=pulls.is_pulling,
        bus=ground.bus,
        tasks=ground.tasks,
    )
    catalogue = CatalogueService(resource("catalogue.toml"))
    fit = _open_fit(stack, ground, models, gpus)
    return ModelDesk(
        models,
        changes,
        imports,
        pulls,
        exports,
        catalogue,
        fit,
        RecommendationService(catalogue, memory=fit, gpus=gpus, status=ground.status, own_folder=ground.own_folder),
        AnatomyService(models, status=ground.status, own_folder=ground.own_folder),
        _open_updates(stack, ground, models, pulls, where),
        _open_upkeep(ground, pulls, imports, where),
        _open_moving(stack, ground, pulls, imports, exports),
        _open_speed(ground, models),
    )


def _open_imports(ground: Ground, models: ModelsService) -> ImportsService:
    return ImportsService(
        ground.client,
        models=models,
        bus=ground.bus,
        tasks=ground.tasks,
        server=ground.status,
        own_folder=ground.own_folder,
    )


async def _open_pulls(stack: AsyncExitStack, ground: Ground, models: ModelsService) -> PullsService:
    downloads = DownloadStore(ground.database)
    return open_pulls(
        stack,
        downloads,
        jobs=await last_jobs(downloads),
        server=ground.client,
        status=ground.status,
        own_folder=ground.own_folder,
        is_shared=lambda: bool(ground.shared_with()),
        installed=lambda: models.models,
        at_once=lambda: ground.settings.settings.pulls_at_once,
        environment=ground.config.environment,
        bus=ground.bus,
        tasks=ground.tasks,
    )


def _open_fit(stack: AsyncExitStack, ground: Ground, models: ModelsService, gpus: GpuProbe) -> FitService:
    return open_fit(
        stack,
        gpus,
        models=models,
        status=ground.status,
        own_folder=ground.own_folder,
        environment=ground.config.environment,
    )


def _open_updates(
    stack: AsyncExitStack, ground: Ground, models: ModelsService, pulls: PullsService, where: ServerFolder
) -> UpdatesService:
    return open_updates(
        stack,
        models=models,
        pulls=pulls,
        folder=where,
        environment=ground.config.environment,
        bus=ground.bus,
        tasks=ground.tasks,
    )


def _open_upkeep(ground: Ground, pulls: PullsService, imports: ImportsService, where: ServerFolder) -> UpkeepService:
    return UpkeepService(
        pulls,
        imports,
        status=ground.status,
        folder=where.find,
        sharing=ground.neighbourhood.sharing,
        bus=ground.bus,
        tasks=ground.tasks,
    )


def _open_moving(
    stack: AsyncExitStack, ground: Ground, pulls: PullsService, imports: ImportsService, exports: ExportsService
) -> MovingService:
    return open_moving(
        stack,
        ground.config,
        server=ground.server,
        settings=ground.settings,
        pulls=pulls,
        imports=imports,
        exports=exports,
        own_folder=ground.own_folder,
        shared_with=ground.shared_with,
        sharing=ground.neighbourhood.sharing,
        is_answering=lambda: ground.client.is_streaming,
        bus=ground.bus,
        tasks=ground.tasks,
    )


def _open_speed(ground: Ground, models: ModelsService) -> SpeedService:
    return open_speed(
        ground.database,
        bus=ground.bus,
        tasks=ground.tasks,
        client=ground.client,
        models=models,
        status=ground.status,
        keep_alive=ground.keep_alive,
    )
