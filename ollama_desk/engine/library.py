"""The endpoints about models that lie on the disk or in memory: tags, ps, show, copy, delete, blobs."""

import math
from dataclasses import replace
from datetime import datetime
from typing import Any

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
    ShowRequest,
    ShowResponse,
    TagsResponse,
    TensorEntry,
)
from ollama_desk.registry.gguf import GgufHeader
from ollama_desk.registry.gguf_bytes import GgufArray
from ollama_desk.registry.modelfile import modelfile_text, parameters_text
from ollama_desk.registry.reference import ModelName, parse_name

HIDDEN = frozenset({"general.name", "tokenizer.chat_template"})


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
            return (await self._shelf.find(name)).details()
        except RequestFailedError:  # deleted, but still in memory
            return Details("", "gguf", "", None, "", "")

    async def show(self, exchange: Exchange) -> None:
        """``POST /api/show``."""
        request = await exchange.read(ShowRequest)
        if not request.wanted:
            raise RequestFailedError("model is required", status=400)
        name = _name(request.wanted, "invalid model name")
        try:
            model = await self._shelf.find(request.wanted)
        except ModelNotFoundError as error:
            raise ModelNotFoundError(f"model '{name.short}' not found", status=404) from error
        files = replace(model.files, system=request.system or model.files.system)
        header = await self._shelf.whole_header(model) if request.verbose else model.header
        response = ShowResponse(
            license="\n".join(files.licenses),
            modelfile=modelfile_text(files),
            parameters=parameters_text(files),
            template=files.template or header.chat_template,
            system=files.system,
            details=model.details(),
            messages=model.preset,
            model_info=_model_info(header),
            tensors=[TensorEntry(tensor.name, tensor.kind, list(tensor.shape)) for tensor in header.tensors],
            capabilities=list(model.capabilities),
            modified_at=local_time(files.modified_at),
        )
        await exchange.answer_json(response)

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


def _model_info(header: GgufHeader) -> dict[str, Any]:
    """The header's values with Ollama's omissions; arrays that were not kept are null."""
    info: dict[str, Any] = {"general.parameter_count": header.parameter_count}
    for key, value in header.metadata.items():
        if key not in HIDDEN:
            info[key] = _told(value)
    return dict(sorted(info.items()))


def _told(value: object) -> object:
    if isinstance(value, GgufArray):
        return None if value.values is None else [_told(item) for item in value.values]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
