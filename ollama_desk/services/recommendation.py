"""What was found on this machine, and the model to recommend for it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ollama_desk.domain.catalogue import Catalogue, Task
from ollama_desk.domain.fit import MachineMemory
from ollama_desk.domain.machine import Gpu, GpuFacts
from ollama_desk.domain.recommendation import Recommendation, recommend
from ollama_desk.domain.server import ServerStatus
from ollama_desk.services.pulls_disk import free_bytes

log = logging.getLogger(__name__)


class Catalogues(Protocol):
    """Where the catalogue is read."""

    async def catalogue(self) -> Catalogue: ...


class Memory(Protocol):
    """Who knows what there is for models, as the server can use it; never raises."""

    async def memory(self) -> MachineMemory: ...


class Gpus(Protocol):
    """Who looks for graphics processors; never raises."""

    async def look(self) -> GpuFacts: ...


@dataclass(frozen=True, slots=True)
class Found:
    """The machine that the server works on, as far as it is known here.

    Attributes:
        memory: what there is for models; ``reason`` says why a GPU of ``gpus`` is of no use.
        gpus: all of them, also those that the server does not use.
        disk_free_bytes: on the disk of the models folder; None: not known.
        folder: where models are kept; empty where that is not known.
    """

    memory: MachineMemory
    gpus: tuple[Gpu, ...] = ()
    disk_free_bytes: int | None = None
    folder: str = ""


class RecommendationService:
    """Looks at the machine when it is asked, never by itself.

    Args:
        catalogues: has what can be recommended.
        memory: knows what there is for models.
        gpus: knows the names of the graphics processors.
        status: of the server: whether it is on this machine, and whose its models folder is.
        own_folder: the models folder of a server of ours.
        free: the free bytes of the disk of a folder; may raise ``OSError``.
    """

    def __init__(
        self,
        catalogues: Catalogues,
        *,
        memory: Memory,
        gpus: Gpus,
        status: Callable[[], ServerStatus],
        own_folder: Callable[[], Path],
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._catalogues = catalogues
        self._memory = memory
        self._gpus = gpus
        self._status = status
        self._own_folder = own_folder
        self._free = free

    async def look(self) -> Found:
        """What there is now. Never raises; at the latest 8 s later."""
        status = self._status()
        memory = await self._memory.memory()
        if not status.address.is_local:
            return Found(memory)
        facts = await self._gpus.look()
        if not status.is_ours:
            return Found(memory, facts.gpus)
        folder = self._own_folder()
        return Found(memory, facts.gpus, await asyncio.to_thread(self._free_in, folder), str(folder))

    async def recommend(self, task: Task = Task.CHAT, *, found: Found | None = None) -> Recommendation | None:
        """The model for this machine and task; None where none runs or has room on the disk.

        Args:
            task: what it is for.
            found: by ``look``, where that was just asked.

        Raises:
            CatalogueError: the catalogue cannot be read.
        """
        catalogue = await self._catalogues.catalogue()
        found = found or await self.look()
        chosen = recommend(catalogue, machine=found.memory, task=task, disk_free_bytes=found.disk_free_bytes)
        log.info("recommended for %s: %s", task, "nothing" if chosen is None else f"{chosen.name}, {chosen.why.name}")
        return chosen

    def _free_in(self, folder: Path) -> int | None:
        try:
            return self._free(folder)
        except OSError as error:
            log.info("The space of %s could not be looked at: %s", folder, error)
            return None
