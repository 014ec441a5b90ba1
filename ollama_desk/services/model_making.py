"""Models made of others: copied, renamed, worded anew. No name that is taken is ever written over."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from ollama_desk.core.bus import EventBus
from ollama_desk.domain.errors import (
    DeskError,
    ModelChangeError,
    ModelNotFoundError,
    NameTakenError,
    OllamaError,
    PullRefusedError,
)
from ollama_desk.domain.events import ModelRenamed, NoticeRaised
from ollama_desk.domain.model_draft import ModelDraft
from ollama_desk.domain.model_names import is_named, key_of
from ollama_desk.domain.models import Model, PullStep
from ollama_desk.domain.pending import ChangeKind, PendingChange
from ollama_desk.ollama.client import OllamaClient
from ollama_desk.registry.reference import parse_name
from ollama_desk.services.model_deletions import ModelDeletions
from ollama_desk.services.models import ModelsService

log = logging.getLogger(__name__)

NOT_FOUND = 404

Follow = Callable[[str, str], Awaitable[None]]  # what is kept by a name follows it to another


class ModelMaking:
    """Gives models names.

    Args:
        client: asks the server, which writes over what is called so already.
        models: shows what is made.
        deletions: may hold the name that is wanted.
        is_pulling: whether a download of the model goes on.
        follow: told the old and the new name, in this order, once both are there.
        bus: for ``ModelRenamed``.
    """

    def __init__(
        self,
        client: OllamaClient,
        *,
        models: ModelsService,
        deletions: ModelDeletions,
        is_pulling: Callable[[str], bool],
        follow: Follow,
        bus: EventBus,
    ) -> None:
        self._client = client
        self._models = models
        self._deletions = deletions
        self._is_pulling = is_pulling
        self._follow = follow
        self._bus = bus
        self._changing = asyncio.Lock()  # between looking whether a name is free and taking it

    async def copy(self, name: str, new_name: str) -> None:
        """Give a model a second name; no bytes are copied.

        Raises:
            InvalidNameError: ``new_name`` is no name.
            NameTakenError: a model is called so.
            PullRefusedError: a model of that name is being downloaded.
            OllamaError: the server refused it or did not answer.
        """
        async with self._changing:
            source = self._source(name)
            target = await self._free(new_name)
            async with self._models.showing(PendingChange(ChangeKind.COPY, source.name, target)):
                await self._client.copy(source.name, target)

    async def rename(self, name: str, new_name: str) -> None:
        """Give a model another name; what is kept by its name follows it.

        It has both names for a moment, so that it is never without one, whatever happens in between.

        Raises:
            ModelChangeError: it has the new name, but keeps the old one too.
            InvalidNameError, NameTakenError, PullRefusedError, OllamaError: as ``copy``; it has its old name.
        """
        async with self._changing:
            source = self._source(name)
            target = parse_name(new_name.strip()).short
            if target == source.name:
                return
            if key_of(target) == key_of(source.name):
                raise NameTakenError(f"For the server “{target}” is the same name as “{source.name}”. Choose another.")
            if self._is_pulling(source.name):
                raise PullRefusedError(f'"{source.name}" is being downloaded. Cancel the download first.')
            target = await self._free(new_name)
            async with self._models.showing(PendingChange(ChangeKind.RENAME, source.name, target)):
                await self._client.copy(source.name, target)
                await self._move(source.name, target)

    async def create(self, draft: ModelDraft) -> AsyncGenerator[PullStep, None]:
        """Make a model as it is worded; the steps that the server tells. Closing the stream gives it up.

        Raises:
            InvalidNameError, NameTakenError, PullRefusedError: as ``copy``.
            ModelNotFoundError: what it is made of is not installed.
            OllamaError: the server refused it or did not answer.
        """
        async with self._changing:
            base = self._source(draft.base)
            target = await self._free(draft.name)
            async with self._models.showing(PendingChange(ChangeKind.CREATE, base.name, target)):
                steps = self._client.create(
                    target,
                    from_model=base.name,
                    system=draft.system or "",
                    template=draft.template or "",
                    parameters=draft.parameters,
                )
                async with aclosing(steps):
                    async for step in steps:
                        yield step

    async def _move(self, name: str, new_name: str) -> None:
        try:
            await self._follow(name, new_name)
        except DeskError as error:
            self._bus.publish(NoticeRaised(f"Not everything follows “{new_name}” to its new name. {error}"))
        self._bus.publish(ModelRenamed(name, new_name))
        await self._models.let_go(name)
        try:
            await self._client.delete(name)
        except ModelNotFoundError:
            log.info("A model that was renamed has lost its old name already")
        except OllamaError as error:
            raise ModelChangeError(f"“{new_name}” is there, but “{name}” could not be removed. {error}") from error

    def _source(self, name: str) -> Model:
        """The model to begin with: a deletion of it is taken back.

        Raises:
            ModelNotFoundError: it is not installed.
        """
        self._deletions.keep(name)
        model = self._models.installed(name)
        if model is None:
            raise ModelNotFoundError(f'"{name}" is not installed any more.', status=NOT_FOUND)
        return model

    async def _free(self, wanted: str) -> str:
        """The name as it will be listed, once nobody has it."""
        name = parse_name(wanted.strip()).short
        if self._is_pulling(name):
            raise PullRefusedError(f'"{name}" is being downloaded. Cancel the download first.')
        await self._deletions.finish(name)
        await self._models.refresh()  # another program may have made one since
        if is_named((model.name for model in self._models.listed[0]), name):
            raise NameTakenError(f"A model is called {name} already. Choose another name.")
        return name
