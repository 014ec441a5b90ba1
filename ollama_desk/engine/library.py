"""The endpoints about models that lie on the disk or in memory: tags, ps, copy, delete."""

from datetime import datetime

import msgspec

from ollama_desk.domain.errors import InvalidNameError, ModelNotFoundError, RequestFailedError
from ollama_desk.engine.catalog import EngineModel
from ollama_desk.engine.exchange import Exchange
from ollama_desk.engine.scheduler import Scheduler
from ollama_desk.engine.shelf import Shelf
from ollama_desk.ollama.wire import (
    CopyRequest,
    DeleteRequest,
    Details,
    ModelEntry,
    ProcessEntry,
    PsResponse,
    TagsResponse,
)
from ollama_desk.registry.reference import ModelName, parse_name


class Library:
    """Answers about models.

    Args:
        shelf: the models folder.
        scheduler: the models in memory.
    """

    def __init__(self, shelf: Shelf, scheduler: Scheduler) -> None:
        self._shelf = shelf
        self._scheduler = scheduler

    async def tags(self, exchange: Exchange) -> None:
        """``GET /api/tags``: the models on the disk, the newest first."""
        models = await self._shelf.models()
        await exchange.answer_json(TagsResponse([_entry(model) for model in models]))

    async def ps(self, exchange: Exchange) -> None:
        """``GET /api/ps``: the models in memory."""
        entries = []
        for seat in self._scheduler.loaded():
            wanted = seat.wanted
            entry = ProcessEntry(
                name=wanted.name,
                model=wanted.name,
                size=seat.size_bytes,
                digest=wanted.digest,
                details=await self._details(wanted.name),
                expires_at=local_time(seat.expires_at),
                size_vram=seat.vram_bytes,
                context_length=wanted.options.n_ctx,
            )
            entries.append(entry)
        await exchange.answer_json(PsResponse(entries))

    async def _details(self, name: str) -> Details:
        try:
            details = (await self._shelf.find(name)).details()
        except RequestFailedError:  # deleted, but still in memory
            return Details("", "gguf", "", None, "", "")
        return msgspec.structs.replace(details, parent_model="")  # a real server leaves it out here

    async def copy(self, exchange: Exchange) -> None:
        """``POST /api/copy``."""
        request = await exchange.read(CopyRequest)
        source = _name(request.source, f'source "{request.source}" is invalid')
        destination = _name(request.destination, f'destination "{request.destination}" is invalid')
        try:
            await self._shelf.copy(source, destination)
        except ModelNotFoundError as error:
            raise ModelNotFoundError(f'model "{request.source}" not found', status=404) from error
        await exchange.answer(200)

    async def delete(self, exchange: Exchange) -> None:
        """``DELETE /api/delete``: what is in memory stays there until it expires."""
        wanted = (await exchange.read(DeleteRequest)).wanted
        if not wanted:
            raise RequestFailedError("model is required", status=400)
        try:
            await self._shelf.delete(_name(wanted, f'name "{wanted}" is invalid'))
        except ModelNotFoundError as error:
            raise ModelNotFoundError(f"model '{wanted}' not found", status=404) from error
        await exchange.answer(200)


def _name(text: str, complaint: str) -> ModelName:
    """The name that ``text`` means.

    Raises:
        RequestFailedError: it is none; ``complaint``, status 400.
    """
    try:
        return parse_name(text)
    except InvalidNameError as error:
        raise RequestFailedError(complaint, status=400) from error


def _entry(model: EngineModel) -> ModelEntry:
    return ModelEntry(
        name=model.name,
        model=model.name,
        modified_at=local_time(model.files.modified_at),
        size=model.files.size_bytes,
        digest=model.files.digest,
        details=model.details(lengths=True),
        capabilities=list(model.capabilities),
    )


def local_time(at: datetime) -> str:
    """RFC 3339 in the local zone, as Ollama writes times that people read."""
    return at.astimezone().isoformat().replace("+00:00", "Z")
