"""Builds the downloads of a Desk: their registry, their models folder, and the jobs of the last run."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from ollama_desk.core.bus import EventBus
from ollama_desk.core.tasks import TaskScope
from ollama_desk.core.web import Web
from ollama_desk.domain.errors import StorageError
from ollama_desk.domain.models import Model
from ollama_desk.domain.pulls import PullJob
from ollama_desk.domain.server import ServerStatus
from ollama_desk.registry.challenge import Keyring
from ollama_desk.registry.patience import Patience
from ollama_desk.registry.remote import Registry
from ollama_desk.services.pulls import PullsService
from ollama_desk.services.pulls_disk import ModelsDisk
from ollama_desk.services.pulls_offer import Offers
from ollama_desk.services.pulls_run import Means, Server
from ollama_desk.storage.downloads import DownloadStore

log = logging.getLogger(__name__)

TOKEN_VARIABLE = "HF_TOKEN"  # noqa: S105 - the name of a variable


async def last_jobs(store: DownloadStore) -> tuple[PullJob, ...]:
    """The jobs of the last run; none where they cannot be read."""
    try:
        return await store.all()
    except StorageError as error:  # a database of another version, which can only be read
        log.warning("The downloads of the last run are not known: %s", error)
        return ()


def open_pulls(
    stack: AsyncExitStack,
    store: DownloadStore,
    *,
    jobs: Sequence[PullJob],
    server: Server,
    status: Callable[[], ServerStatus],
    own_folder: Callable[[], Path],
    is_shared: Callable[[], bool],
    installed: Callable[[], Sequence[Model]],
    at_once: Callable[[], int],
    environment: Mapping[str, str],
    bus: EventBus,
    tasks: TaskScope,
) -> PullsService:
    """The service with the jobs of the last run; ``stack`` closes it.

    Args:
        stack: unwound before the server stops and the database closes.
        store: keeps the jobs.
        jobs: of the last run.
        server: who pulls.
        status: of the server: only one of ours has its models where we can look.
        own_folder: the models folder of a server of ours.
        is_shared: whether another server works there, too.
        installed: what the server has.
        at_once: how many downloads run side by side.
        environment: for the token of Hugging Face.
        bus: for what happens.
        tasks: owns the downloads.
    """

    def disk() -> ModelsDisk | None:
        return ModelsDisk(own_folder(), is_shared=is_shared()) if status().is_ours else None

    web = Web()
    stack.push_async_callback(web.aclose)
    keyring = Keyring(web, hf_token=environment.get(TOKEN_VARIABLE, "").strip())
    registry = Registry(web, keyring, patience=Patience())
    pulls = PullsService(
        store,
        jobs=jobs,
        means=Means(server, registry, disk),
        offers=Offers(registry, disk, installed),
        at_once=at_once,
        bus=bus,
        tasks=tasks,
    )
    stack.push_async_callback(pulls.aclose)
    return pulls
