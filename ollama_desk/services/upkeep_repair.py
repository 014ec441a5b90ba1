"""Brings the damaged files of a model again: moved out of the way first, put back where the download cannot begin."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Protocol

from ollama_desk.core.threads import to_end
from ollama_desk.domain.errors import NotInRegistryError, UpkeepRefusedError
from ollama_desk.domain.pulls import Offer, PullJob
from ollama_desk.domain.upkeep import Health, ModelHealth, Upkeep
from ollama_desk.registry.origin import installed_in
from ollama_desk.registry.repairing import bring_back, move_away
from ollama_desk.services.upkeep_rules import key_of


class Pulls(Protocol):
    """The downloads."""

    @property
    def jobs(self) -> tuple[PullJob, ...]: ...
    async def look_up(self, name: str, *, insecure: bool = False, consented: bool = False) -> Offer: ...
    async def add(self, name: str, *, insecure: bool = False, consented: bool = False) -> PullJob: ...


class Repair:
    """Begins the download of one model.

    Args:
        folder: the models folder.
        state: what is known of it.
        pulls: brings the files.
    """

    def __init__(self, folder: Path, state: Upkeep, *, pulls: Pulls) -> None:
        self._folder = folder
        self._state = state
        self._pulls = pulls

    async def begin(self, name: str) -> tuple[PullJob, frozenset[str]]:
        """The download, and the digests that it shall bring; raises as ``UpkeepService.repair``."""
        health = next((each for each in self._state.healths if each.name == name), None)
        if health is None or health.health is not Health.DAMAGED:
            raise UpkeepRefusedError(f'No damaged file of "{name}" is known. Verify its files first.')
        digests = frozenset(each.digest for each in health.damages if each.digest)
        source = await self._source(health, digests)
        insecure = self._is_insecure(source)
        offer = await self._offer(source, insecure=insecure)
        if not digests <= {layer.digest for layer in offer.layers}:
            raise UpkeepRefusedError(
                f'The registry has another version of "{source}" now, which does not have the damaged file. '
                "Update the model instead: the newer version takes its place."
            )
        await to_end(partial(move_away, self._folder, digests))
        try:
            # who has the model has agreed to its registry
            job = await self._pulls.add(source, insecure=insecure, consented=True)
        except BaseException:
            await to_end(partial(bring_back, self._folder, digests))
            raise
        return job, digests

    async def _source(self, health: ModelHealth, digests: frozenset[str]) -> str:
        """The model to download: this one, or one from a registry that has the same files."""
        if self._state.use is None:
            return health.name
        holders = [
            model.name
            for model in self._state.use.models
            if model.name != health.name and digests and digests <= {layer.digest for layer in model.layers}
        ]
        installed = await asyncio.to_thread(installed_in, self._folder, [health.name, *holders])
        for name in (health.name, *holders):
            if name not in installed or not installed[name].is_made_here:
                return name
        raise UpkeepRefusedError(_made_here(health.name))

    def _is_insecure(self, name: str) -> bool:
        """Whether it was allowed to come over plain HTTP."""
        return any(job.insecure and key_of(job.name) == key_of(name) for job in self._pulls.jobs)

    async def _offer(self, name: str, *, insecure: bool) -> Offer:
        try:
            return await self._pulls.look_up(name, insecure=insecure, consented=True)
        except NotInRegistryError as error:
            raise UpkeepRefusedError(_made_here(name)) from error


def _made_here(name: str) -> str:
    return f'"{name}" did not come from a registry. Delete it, then import it again from its file or make it anew.'
