"""One attempt at a download: looked up, space and parts checked, then whatever the server says, to its end."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from ollama_desk.domain.errors import DeskError, DiskFullError, PullRefusedError, RegistryError
from ollama_desk.domain.models import PullStep
from ollama_desk.domain.pull_progress import Pace, Progress
from ollama_desk.domain.pulls import LayerProgress, PullJob
from ollama_desk.registry.blobs import checked_digest
from ollama_desk.registry.remote import RemoteManifest
from ollama_desk.registry.source import Source
from ollama_desk.services.pulls_disk import RESERVE_BYTES, ModelsDisk

log = logging.getLogger(__name__)

MENDED = "Parts of an earlier download were damaged. They were set aside and are fetched again."


class Server(Protocol):
    """Who pulls."""

    def pull(self, name: str, *, insecure: bool = False) -> AsyncGenerator[PullStep, None]: ...


class Registry(Protocol):
    """Who knows how large a model is."""

    async def manifest(self, source: Source) -> RemoteManifest: ...


@dataclass(frozen=True, slots=True)
class Means:
    """What downloads are made with.

    ``disk`` gives the models folder of our own server, None where the server is another's.
    """

    server: Server
    registry: Registry
    disk: Callable[[], ModelsDisk | None]
    look_up_limit_s: float = 15.0
    look_at_disk_every_s: float = 2.0
    look_again_s: float = 1.0


class PullRun:
    """Does it, and tells of every change by ``on_change``.

    Args:
        job: what to download.
        source: where from.
        means: with what.
        progress: what is known from before.
        on_change: told of the progress and a sentence, empty where there is nothing to say.
        busy: the digests that other downloads are at.
    """

    def __init__(
        self,
        job: PullJob,
        source: Source,
        *,
        means: Means,
        progress: Progress,
        on_change: Callable[[Progress, str], None],
        busy: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._job = job
        self._source = source
        self._means = means
        self._on_change = on_change
        self._busy = busy
        self._limit: asyncio.Timeout | None = None
        self._is_stopped = False
        self._broken: DeskError | None = None
        self.progress = progress
        self.pace = Pace(asyncio.get_running_loop().time())
        self.looked_up: RegistryError | None = None  # why the name could not be looked up
        self.has_mended = False

    def stop(self, why: DeskError | None = None) -> None:
        """Let it end soon: with ``why``, or without an error where a person wants it."""
        self._is_stopped, self._broken = True, self._broken or why
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(0)  # long ago

    async def go(self) -> bool:
        """True once the model is installed, False where it was stopped.

        Raises:
            DeskError: it failed, or was stopped for a reason.
        """
        try:
            async with asyncio.timeout(None) as self._limit:
                if not self._is_stopped:
                    await self._whole()
        except TimeoutError:
            if not self._is_stopped:
                raise
        else:
            if not self._is_stopped:
                return True
        finally:
            self._limit = None
        if self._broken is not None:
            raise self._broken
        return False

    async def mend(self) -> bool:
        """Set damaged parts aside; whether there were any.

        Raises:
            StorageError: they cannot be moved.
        """
        disk = self._means.disk()
        if disk is None:
            return False
        found = set(await asyncio.to_thread(disk.damaged, self.progress.layers)) - set(self._busy())
        if not found:
            return False
        await asyncio.sleep(self._means.look_again_s)  # another client's download may be just beginning
        found &= set(await asyncio.to_thread(disk.damaged, self.progress.layers))
        if not found:
            return False
        await asyncio.to_thread(disk.set_aside, found, datetime.now(UTC))
        self.has_mended = True
        self._tell(self.progress, MENDED)
        return True

    async def _whole(self) -> None:
        await self._look_up()
        await self._check_space()
        await self.mend()
        loop = asyncio.get_running_loop()
        looked_s = loop.time()
        self.pace = Pace(looked_s)
        async with aclosing(self._means.server.pull(self._job.name, insecure=self._job.insecure)) as steps:
            async for step in steps:
                now_s = loop.time()
                self.pace.take(step, now_s)
                self._tell(self.progress.after(step))
                if now_s - looked_s >= self._means.look_at_disk_every_s:
                    looked_s = now_s
                    await self._watch_space()

    async def _look_up(self) -> None:
        """The true total, where the registry tells it; the server may do what we cannot."""
        try:
            async with asyncio.timeout(self._means.look_up_limit_s):
                remote = await self._means.registry.manifest(self._source)
        except RegistryError as error:
            log.info("%s could not be looked up: %s", self._job.name, error)
            self.looked_up = error
        except TimeoutError:
            log.info("%s could not be looked up in %.0f s", self._job.name, self._means.look_up_limit_s)
        else:
            self._tell(self.progress.expecting(layers_of(remote)))

    async def _check_space(self) -> None:
        """Refuse what cannot end well.

        Raises:
            PullRefusedError: it does not fit, and nothing has come yet.
            DiskFullError: the rest of it does not fit.
        """
        disk = self._means.disk()
        space = None if disk is None else await asyncio.to_thread(disk.space, self.progress.layers)
        if space is None or space.fits:
            return
        if self.progress.completed_bytes or space.missing_bytes < self.progress.total_bytes:
            raise DiskFullError(space.waiting)
        raise PullRefusedError(space.sentence)

    async def _watch_space(self) -> None:
        """Stop before the disk is full for everybody.

        Raises:
            DiskFullError: the rest does not fit, and there is little left.
        """
        disk = self._means.disk()
        if disk is None:
            return
        missing = self.progress.total_bytes - self.progress.completed_bytes  # parts are noted late by some servers
        space = await asyncio.to_thread(disk.space_for, missing)
        if space is not None and not space.fits and space.free_bytes < RESERVE_BYTES:
            raise DiskFullError(space.waiting)

    def _tell(self, progress: Progress, reason: str = "") -> None:
        self.progress = progress
        self._on_change(progress, reason)


def layers_of(remote: RemoteManifest) -> tuple[LayerProgress, ...]:
    """What a manifest announces."""
    return tuple(
        LayerProgress(checked_digest(layer.digest), layer.size, media_type=layer.media_type) for layer in remote.layers
    )
