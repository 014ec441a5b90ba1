"""Builds what moves the models folder, and settles first which folder an interrupted move left in force."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.settings_file import read_settings, write_settings
from ollama_desk.core.tasks import TaskScope
from ollama_desk.domain.errors import StorageError
from ollama_desk.registry.move_journal import NAME, Step, read_journal
from ollama_desk.services.config import DeskConfig
from ollama_desk.services.exports import ExportsService
from ollama_desk.services.imports import ImportsService
from ollama_desk.services.moving import Facts, MovingService
from ollama_desk.services.moving_offer import setting_text
from ollama_desk.services.moving_run import Means
from ollama_desk.services.pulls import PullsService
from ollama_desk.services.server import ServerService
from ollama_desk.services.settings import SettingsService

log = logging.getLogger(__name__)


def settled(config: DeskConfig) -> DeskConfig:
    """The configuration with the models folder that is whole: that of a move that got to its switch. Blocks."""
    journal = read_journal(config.folders.data / NAME)
    if journal is None or journal.step is not Step.SWITCHED or "models_folder" in config.overrides:
        return config
    path = config.folders.settings_file
    if config.settings.models_folder != journal.setting or read_settings(path, config.environment).damage:
        return config
    text = setting_text(journal.target_folder, config.folders.models)
    settings = replace(config.settings, models_folder=text)
    try:
        write_settings(path, settings)
    except StorageError as error:
        log.info("the new models folder could not be written down: %s", error)
        return config
    return replace(config, settings=settings)


def open_moving(
    stack: AsyncExitStack,
    config: DeskConfig,
    *,
    server: ServerService,
    settings: SettingsService,
    pulls: PullsService,
    imports: ImportsService,
    exports: ExportsService,
    own_folder: Callable[[], Path],
    shared_with: Callable[[], str],
    sharing: Callable[[Path], Awaitable[str]],
    is_answering: Callable[[], bool],
    bus: EventBus,
    tasks: TaskScope,
) -> MovingService:
    """The service; ``stack`` closes it before the server stops. For the arguments see ``Facts`` and ``Means``."""

    def busy() -> str:
        if any(not job.state.is_over for job in imports.jobs):
            return "A model is being imported. Wait for its end, or cancel it."
        if any(not job.state.is_over for job in exports.jobs):
            return "A model is being exported. Wait for its end, or cancel it."
        return ""

    moving = MovingService(
        config,
        places=settings,
        facts=Facts(own_folder, shared_with, busy),
        means=Means(server, settings, pulls, imports, sharing, is_answering, bus),
        journal_path=config.folders.data / NAME,
        bus=bus,
        tasks=tasks,
    )
    stack.push_async_callback(moving.aclose)
    return moving
