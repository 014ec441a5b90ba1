"""``POST /api/show``: everything that a model says of itself."""

import math
from dataclasses import replace
from typing import Any

from ollama_desk.domain.errors import (
    InvalidNameError,
    ModelFileError,
    ModelNotFoundError,
    RequestFailedError,
)
from ollama_desk.engine.catalog import EngineModel
from ollama_desk.engine.exchange import Exchange
from ollama_desk.engine.library import local_time
from ollama_desk.engine.shelf import Shelf
from ollama_desk.ollama.wire import ShowRequest, ShowResponse, TensorEntry
from ollama_desk.registry.gguf import GgufHeader
from ollama_desk.registry.gguf_bytes import GgufArray
from ollama_desk.registry.modelfile import DEFAULT_TEMPLATE, modelfile_text, parameters_text
from ollama_desk.registry.reference import parse_name

PLAIN = 1e18  # whole numbers below are written without a point
HIDDEN = ("general.name", "tokenizer.chat_template")


class Show:
    """Tells about one model.

    Args:
        shelf: the models folder.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def handle(self, exchange: Exchange) -> None:
        """Answer; ``system`` and ``options`` of the request are told as if they were the model's own."""
        request = await exchange.read(ShowRequest)
        model = await self._model(request.wanted)
        try:
            header = await self._shelf.header_of(model.files.model_path, whole=request.verbose)
            senses = model.files.projector
            projector = None if senses is None else await self._shelf.header_of(senses, whole=request.verbose)
        except ModelFileError as error:
            raise RequestFailedError(str(error), status=500) from error
        files = replace(model.files, system=request.system or model.files.system)
        own = replace(files, parameters={**files.parameters, **(request.options or {})})
        response = ShowResponse(
            license="\n".join(files.licenses),
            modelfile=modelfile_text(own),
            parameters=parameters_text(files),
            template=files.template or header.chat_template or DEFAULT_TEMPLATE,
            system=files.system,
            details=model.details(),
            messages=model.preset,
            model_info=_told_of(header, HIDDEN, whole=request.verbose),
            projector_info=_told_of(projector, (), whole=request.verbose) if projector is not None else {},
            tensors=[TensorEntry(tensor.name, tensor.kind, list(tensor.shape)) for tensor in header.tensors],
            capabilities=list(model.capabilities),
            modified_at=local_time(files.modified_at),
            requires=files.config.requires,
        )
        await exchange.answer_json(response)

    async def _model(self, wanted: str) -> EngineModel:
        if not wanted:
            raise RequestFailedError("model is required", status=400)
        try:
            name = parse_name(wanted)
        except InvalidNameError as error:
            raise RequestFailedError("invalid model name", status=400) from error
        try:
            return await self._shelf.find(wanted)
        except ModelNotFoundError as error:
            raise ModelNotFoundError(f"model '{name.short}' not found", status=404) from error


def _told_of(header: GgufHeader, hidden: tuple[str, ...], *, whole: bool) -> dict[str, Any]:
    """The header's values with Ollama's omissions: arrays are null where not the ``whole`` of it is wanted."""
    info: dict[str, Any] = {"general.parameter_count": header.parameter_count}
    for key, value in header.metadata.items():
        if key not in hidden:
            info[key] = _told(value, whole=whole)
    return dict(sorted(info.items()))


def _told(value: object, *, whole: bool) -> object:
    if isinstance(value, GgufArray):
        if value.values is None or (value.values and not whole):
            return None
        return [_told(item, whole=whole) for item in value.values]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) < PLAIN else value  # as Go writes it
    return value
