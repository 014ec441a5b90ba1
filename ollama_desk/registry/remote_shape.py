"""The shape of a model that is not downloaded, from the first bytes of its weights."""

import asyncio
from contextlib import aclosing, suppress

from ollama_desk.domain.errors import ModelFileError
from ollama_desk.domain.model_shape import ModelShape
from ollama_desk.registry.ranges import RangesRefusedError, check_range
from ollama_desk.registry.remote import Registry
from ollama_desk.registry.shape import MOST_START, shape_of_start
from ollama_desk.registry.source import Source

FIRST_LOOK = 16 << 10  # bytes; then at twice as many, and so on


async def remote_shape(registry: Registry, source: Source, digest: str, size_bytes: int) -> ModelShape:
    """The shape of the model whose weights are the blob ``digest``; no more of it is taken than is needed to tell.

    Args:
        registry: is asked.
        source: the model.
        digest: of the weights.
        size_bytes: of the weights, as the manifest has it.

    Raises:
        ModelFileError: it is no GGUF file, or its first 16 MiB do not tell.
        RegistryError: it cannot be had.
    """
    span = range(min(size_bytes, MOST_START))
    if not span:
        raise ModelFileError("The weights of the model are empty.")
    start, look_at = bytearray(), FIRST_LOOK
    async with registry.blob(source, digest, span) as answer:
        with suppress(RangesRefusedError):  # the whole of it begins with the same bytes
            check_range(answer, span, size_bytes)
        async with aclosing(answer.pieces()) as pieces:
            async for piece in pieces:
                start += piece
                if len(start) < min(look_at, len(span)):
                    continue
                shape = await asyncio.to_thread(shape_of_start, bytes(start[: len(span)]), size_bytes)
                if shape is not None:
                    return shape
                look_at = 2 * len(start)
    raise ModelFileError("The registry sent less of the model than it announced.")
