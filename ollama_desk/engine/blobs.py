"""``/api/blobs/<digest>``: files that come in for a model that is to be created."""

import asyncio

from ollama_desk.domain.errors import ModelFileError, RequestFailedError
from ollama_desk.engine.exchange import Exchange
from ollama_desk.registry.blobs import BlobFolder, BlobWriter, checked_digest

WRITE_BYTES = 1 << 20


class Blobs:
    """Tells whether a blob is there, and takes one in."""

    def __init__(self, folder: BlobFolder) -> None:
        self._folder = folder

    async def head(self, exchange: Exchange) -> None:
        """``HEAD``: 200 where it is there."""
        digest = _digest(exchange)
        if not self._folder.has(digest):
            raise RequestFailedError(f'blob "{digest}" not found', status=404)
        await exchange.answer(200)

    async def upload(self, exchange: Exchange) -> None:
        """``POST``: the body is kept if it has the digest that it should have.

        A blob that is there already is answered before its body was read, as by a real server: ask with HEAD first.
        """
        digest = _digest(exchange)
        if self._folder.has(digest):
            await exchange.answer(200)
            return
        with self._folder.writer(digest) as writer:
            await _take_in(exchange, writer)
            try:
                await asyncio.to_thread(writer.finish)
            except ModelFileError as error:
                raise RequestFailedError(str(error), status=400) from error
        await exchange.answer(201)


async def _take_in(exchange: Exchange, writer: BlobWriter) -> None:
    """Write the body, a megabyte at a time: hashing that takes milliseconds, so it is done in a thread."""
    held = bytearray()
    async for chunk in exchange.chunks():
        held += chunk
        if len(held) >= WRITE_BYTES:
            await asyncio.to_thread(writer.write, bytes(held))
            held.clear()
    writer.write(bytes(held))


def _digest(exchange: Exchange) -> str:
    """The digest in the path.

    Raises:
        RequestFailedError: it is none; status 400.
    """
    try:
        return checked_digest(exchange.path.rsplit("/", 1)[-1])
    except ModelFileError as error:
        raise RequestFailedError(str(error), status=400) from error
