"""``POST /api/pull``: a model from a registry, in the lines and with the words of a real server."""

import errno
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from ollama_desk.core.web import Web
from ollama_desk.domain.errors import (
    DeskError,
    DiskFullError,
    InvalidNameError,
    RegistryError,
    RequestFailedError,
    StorageError,
)
from ollama_desk.engine.exchange import Exchange
from ollama_desk.ollama.wire import ProgressLine, PullRequest
from ollama_desk.registry.challenge import Keyring
from ollama_desk.registry.patience import Patience
from ollama_desk.registry.pull import Puller
from ollama_desk.registry.reference import parse_name
from ollama_desk.registry.remote import Registry
from ollama_desk.registry.source import Source
from ollama_desk.registry.store import ModelStore

HF_TOKEN = "HF_TOKEN"  # noqa: S105 - the name of the variable
NO = ("", "0", "f", "false")  # anything else is a yes to Ollama


class Pull:
    """Pulls for the clients. A client that leaves pauses its pull, unless another wants the same.

    Args:
        puller: does it.
    """

    def __init__(self, puller: Puller) -> None:
        self._puller = puller

    async def handle(self, exchange: Exchange) -> None:
        request = await exchange.read(PullRequest)
        try:
            name = parse_name(request.wanted)
        except InvalidNameError as error:
            raise RequestFailedError("invalid model name", status=400) from error
        lines = pulled(self._puller, Source(name, insecure=request.insecure))
        async with aclosing(lines):
            await _tell(exchange, lines, stream=request.stream is not False)


async def pulled(puller: Puller, source: Source) -> AsyncGenerator[ProgressLine, None]:
    """The lines of a pull as they go over the wire. To close it is to pause.

    Raises:
        RequestFailedError: it failed; Ollama's words, status 500.
    """
    async with aclosing(puller.pull(source)) as steps:
        try:
            async for step in steps:
                yield ProgressLine(step.status, step.digest, step.total_bytes, step.completed_bytes)
        except DeskError as error:
            raise RequestFailedError(_words(error), status=500) from error


def puller(store: ModelStore, environment: Mapping[str, str]) -> Puller:
    """The puller of a server with this environment."""
    web, patience = Web(), Patience()
    keyring = Keyring(web, hf_token=environment.get(HF_TOKEN, "").strip())
    registry = Registry(web, keyring, patience=patience)
    prune = environment.get("OLLAMA_NOPRUNE", "").strip(" \"'").lower() in NO
    return Puller(registry, store, patience=patience, prune=prune)


async def _tell(exchange: Exchange, lines: AsyncGenerator[ProgressLine, None], *, stream: bool) -> None:
    last = ProgressLine("success")
    async for line in lines:
        last = line
        if stream:
            await exchange.line(line)
    if stream:
        await exchange.end()
    else:
        await exchange.answer_json(last)


def _words(error: DeskError) -> str:
    """How Ollama says it."""
    cause = error.__cause__
    match error:
        case RegistryError():
            return error.words
        case StorageError() if isinstance(cause, OSError) and cause.errno is not None:
            reason = os.strerror(cause.errno).lower() if cause.errno != errno.EDQUOT else "disk quota exceeded"
            return f"write {cause.filename}: {reason}" if cause.filename else f"write: {reason}"
        case DiskFullError():
            return f"no space left on device: {error}"
        case _:
            return str(error)
