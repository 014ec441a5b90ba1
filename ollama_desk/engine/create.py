"""``POST /api/create``: a model from GGUF files that were uploaded, or from another model."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec

from ollama_desk.domain.errors import DeskError, InvalidNameError, RequestFailedError
from ollama_desk.engine.exchange import NDJSON, Exchange
from ollama_desk.engine.pull import pulled
from ollama_desk.engine.shelf import Shelf
from ollama_desk.ollama.wire import CreateRequest, ProgressLine
from ollama_desk.registry.pull import Puller
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import ModelName, parse_name
from ollama_desk.registry.source import Source

NO_QUANTIZING = "quantization is not supported by this server"


class Create:
    """Makes models and tells how it goes.

    Args:
        shelf: the models folder.
        puller: brings a base that is not there.
    """

    def __init__(self, shelf: Shelf, puller: Puller) -> None:
        self._shelf = shelf
        self._puller = puller

    async def handle(self, exchange: Exchange) -> None:
        request = await exchange.read(CreateRequest)
        try:
            name = parse_name(request.wanted)
            recipe = _recipe(request)
        except InvalidNameError as error:
            raise RequestFailedError("invalid model name", status=400) from error
        if request.quantize:
            raise RequestFailedError(NO_QUANTIZING, status=500)
        async with aclosing(self._lines(name, recipe)) as lines:
            if request.stream is False:
                await _whole(exchange, lines)
                return
            await exchange.start(200, NDJSON)
            async for line in lines:
                await exchange.line(line)
            await exchange.end()

    async def _lines(self, name: ModelName, recipe: Recipe) -> AsyncGenerator[ProgressLine, None]:
        """Bring the base where it is not installed, as a real server does, then make the model."""
        if recipe.base is not None and not await asyncio.to_thread(self._shelf.has, recipe.base):
            async with aclosing(pulled(self._puller, Source(recipe.base))) as lines:
                async for line in lines:
                    yield line
        statuses = self._shelf.create(name, recipe)
        while (status := await asyncio.to_thread(next, statuses, None)) is not None:
            yield ProgressLine(status)


async def _whole(exchange: Exchange, lines: AsyncGenerator[ProgressLine, None]) -> None:
    last = ProgressLine("success")
    try:
        async for line in lines:
            last = line
    except RequestFailedError:
        raise
    except DeskError as error:
        raise RequestFailedError(str(error), status=500) from error
    await exchange.answer_json(last)


def _recipe(request: CreateRequest) -> Recipe:
    """What is to be made.

    Raises:
        RequestFailedError: nothing to make it of, or a template that is none; status 400.
        InvalidNameError: the base is no model name.
    """
    if not request.from_ and not request.files:
        raise RequestFailedError("neither 'from' or 'files' was specified", status=400)
    if request.template.count("{{") != request.template.count("}}"):
        raise RequestFailedError("template error: template: :1: unclosed action", status=400)
    licenses = [request.license] if isinstance(request.license, str) else request.license or []
    return Recipe(
        files=request.files,
        base=parse_name(request.from_) if request.from_ else None,
        adapters=request.adapters,
        template=request.template,
        system=request.system,
        licenses=tuple(licenses),
        parameters=request.parameters,
        messages=tuple(msgspec.to_builtins(message) for message in request.messages),
    )
