"""``POST /api/create``: a model from GGUF files that were uploaded, or from another model."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec

from ollama_desk.domain.errors import (
    DeskError,
    InvalidNameError,
    ModelFileError,
    RequestFailedError,
)
from ollama_desk.engine.exchange import Exchange
from ollama_desk.engine.pull import pulled
from ollama_desk.engine.shelf import Shelf
from ollama_desk.ollama.wire import CreateRequest, Message, ProgressLine
from ollama_desk.registry.gguf_bytes import NOT_GGUF
from ollama_desk.registry.go_template import GoTemplateError, fields_of
from ollama_desk.registry.pull import Puller
from ollama_desk.registry.recipe import Recipe
from ollama_desk.registry.reference import ModelName, parse_name
from ollama_desk.registry.source import Source
from ollama_desk.registry.weights import ONE_ADAPTER, UNKNOWN_TYPE

BAD_REQUESTS = frozenset({NOT_GGUF, UNKNOWN_TYPE, ONE_ADAPTER})  # where nothing was told before


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
        async with aclosing(self._lines(name, recipe)) as lines:
            if request.stream is False:
                await _whole(exchange, lines)
                return
            async for line in lines:  # the first one starts the answer: what fails before has a status of its own
                await exchange.line(line)
            await exchange.end()

    async def _lines(self, name: ModelName, recipe: Recipe) -> AsyncGenerator[ProgressLine, None]:
        """Bring the base where it is not installed, as a real server does, then make the model."""
        if recipe.base is not None and not await asyncio.to_thread(self._shelf.has, recipe.base):
            async with aclosing(pulled(self._puller, Source(recipe.base))) as lines:
                async for line in lines:
                    yield line
        statuses = self._shelf.create(name, recipe)
        try:
            while (status := await asyncio.to_thread(next, statuses, None)) is not None:
                yield ProgressLine(status)
        except ModelFileError as error:
            status_code = 400 if str(error) in BAD_REQUESTS else 500
            raise RequestFailedError(str(error), status=status_code) from error


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
    _refuse_bad_paths(request)
    if not request.from_ and not request.files:
        raise RequestFailedError("neither 'from' or 'files' was specified", status=400)
    try:
        fields_of(request.template)
    except GoTemplateError as error:
        raise RequestFailedError(f"template error: {error}", status=400) from error
    licenses = [request.license] if isinstance(request.license, str) else request.license or []
    return Recipe(
        files=request.files,
        base=parse_name(request.from_) if request.from_ else None,
        adapters=request.adapters,
        template=request.template,
        system=request.system,
        licenses=tuple(filter(None, licenses)),
        parameters=request.parameters,
        messages=tuple(_kept(message) for message in request.messages),
        renderer=request.renderer,
        parser=request.parser,
        requires=request.requires,
        quantize=request.quantize,
    )


def _refuse_bad_paths(request: CreateRequest) -> None:
    """Refuse names of files that lead out of a folder, and files without a digest.

    Raises:
        RequestFailedError: there are such; status 400.
    """
    for name, digest in (*request.files.items(), *request.adapters.items()):
        parts = name.split("/")
        if name in request.files and name != "." and any(part in {"", ".", ".."} for part in parts):
            raise RequestFailedError("file path must be relative", status=400)
        if not digest:
            raise RequestFailedError("invalid digest format", status=400)


def _kept(message: Message) -> dict[str, Any]:
    """A message as the model keeps it: role and content are always written."""
    told: dict[str, Any] = msgspec.to_builtins(message)
    return {"role": message.role, "content": message.content} | told
