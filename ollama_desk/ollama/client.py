"""A typed client of Ollama's API: one short method for each endpoint, async iterators where the server streams."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from ollama_desk.core.files import storage_error
from ollama_desk.core.http import HttpLink
from ollama_desk.domain.chat import ChatChunk, ChatTurn
from ollama_desk.domain.errors import OllamaUnreachableError
from ollama_desk.domain.models import Model, ModelDetails, PullStep, RunningModel
from ollama_desk.ollama import decode, wire
from ollama_desk.ollama.errors import failure
from ollama_desk.ollama.exchange import Exchange

PROBE_S = 5.0
LOAD_S = 3600.0  # a big model from a slow disk, behind others in the queue; the person can cancel at any time
UPLOAD_SILENCE_S = 300.0  # of one step: the server hashes while it reads
PIECE = 1024 * 1024  # bytes of a file that are read at a time
NOT_FOUND = 404


class OllamaClient:
    """Asks one server. Every method raises an ``OllamaError`` with a sentence when the answer is not usable.

    Streams are async generators: consume them in ``aclosing``; closing one closes the connection, which is how
    the server is told to stop. Names of models travel as they are; the server judges them.
    """

    def __init__(self, link: HttpLink) -> None:
        self._link = link
        self._exchange = Exchange(link)

    @property
    def is_streaming(self) -> bool:
        """Whether an answer, a download or an upload is under way."""
        return self._link.is_streaming

    async def move_to(self, base_url: str) -> None:
        """Ask the server at another address from now on; running answers end as interrupted."""
        await self._link.move_to(base_url)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._link.aclose()

    async def version(self, *, timeout_s: float = PROBE_S) -> str:
        """The server's version; ``0.0.0`` where it was built from source. Answers as soon as the server is ready."""
        return decode.version_of(await self._exchange.ask("GET", "/api/version", timeout_s=timeout_s))

    async def tags(self) -> tuple[Model, ...]:
        """What is installed. Servers before 0.33 leave capabilities and lengths out: ask ``show`` for those."""
        return decode.models_of(await self._exchange.ask("GET", "/api/tags"))

    async def ps(self) -> tuple[RunningModel, ...]:
        """What is in memory."""
        return decode.running_of(await self._exchange.ask("GET", "/api/ps"))

    async def show(self, name: str) -> ModelDetails:
        """Everything about one model.

        Raises:
            ModelNotFoundError: it is not installed.
        """
        reply = await self._exchange.ask("POST", "/api/show", wire.ShowRequest(model=name))
        return decode.details_of(reply, name)

    async def copy(self, source: str, destination: str) -> None:
        """Give a model a second name; no bytes are copied."""
        await self._exchange.tell("POST", "/api/copy", wire.CopyRequest(source, destination))

    async def delete(self, name: str) -> None:
        """Remove a name, and the blobs that no other name uses."""
        await self._exchange.tell("DELETE", "/api/delete", wire.DeleteRequest(model=name))

    async def load(self, name: str, *, keep_alive: wire.KeepAlive = None) -> None:
        """Load a model and wait until it is in memory.

        Raises:
            ModelLoadError: it cannot be loaded.
        """
        request = wire.GenerateRequest(model=name, stream=False, keep_alive=keep_alive)
        await self._exchange.ask("POST", "/api/generate", request, timeout_s=LOAD_S)

    async def unload(self, name: str) -> None:
        """Let go of a model's memory."""
        await self.load(name, keep_alive=0)

    async def embed(self, model: str, inputs: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """One vector for each text."""
        request = wire.EmbedRequest(model=model, input=list(inputs))
        return decode.vectors_of(await self._exchange.ask("POST", "/api/embed", request, timeout_s=LOAD_S))

    async def chat(
        self,
        model: str,
        turns: Sequence[ChatTurn],
        *,
        options: Mapping[str, object] | None = None,
        think: wire.Think = None,
        keep_alive: wire.KeepAlive = None,
        format: str | Mapping[str, object] | None = None,  # noqa: A002 - the API's own word
    ) -> AsyncGenerator[ChatChunk, None]:
        """The next answer of a conversation, piece by piece; the last has ``done`` and the stats.

        Args:
            model: its name.
            turns: the whole conversation.
            options: what the person changed and nothing else: a changed ``num_ctx`` loads the model anew.
            think: set it for models that can think, leave it None for the others, which refuse it.
            keep_alive: how long the model stays loaded after this.
            format: ``json`` or a JSON schema.

        Raises:
            StreamInterruptedError: it ended without ``done``; what came is all that will.
            RequestFailedError: the server refused, or failed in the middle (status 200).
        """
        request = wire.ChatRequest(
            model=model,
            messages=[wire.Message(turn.role.value, turn.content, turn.thinking) for turn in turns],
            stream=True,
            format=format,
            keep_alive=keep_alive,
            options=dict(options) if options else None,
            think=think,
        )
        async with aclosing(self._exchange.chunks("/api/chat", request, decode.chat_chunk)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def generate(
        self,
        model: str,
        prompt: str,
        *,
        system: str = "",
        raw: bool = False,
        options: Mapping[str, object] | None = None,
        think: wire.Think = None,
        keep_alive: wire.KeepAlive = None,
        format: str | Mapping[str, object] | None = None,  # noqa: A002 - the API's own word
    ) -> AsyncGenerator[ChatChunk, None]:
        """As ``chat``, for one prompt; ``raw`` sends it past the template."""
        request = wire.GenerateRequest(
            model=model,
            prompt=prompt,
            system=system,
            raw=raw,
            stream=True,
            format=format,
            keep_alive=keep_alive,
            options=dict(options) if options else None,
            think=think,
        )
        async with aclosing(self._exchange.chunks("/api/generate", request, decode.generate_chunk)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def pull(self, name: str, *, insecure: bool = False) -> AsyncGenerator[PullStep, None]:
        """Download a model. Closing the stream pauses: the next pull of the name goes on from there.

        Raises:
            StreamInterruptedError: it ended without ``success``.
            RequestFailedError: the server or the registry refused, or failed in the middle.
        """
        async with aclosing(
            self._exchange.steps("/api/pull", wire.PullRequest(model=name, insecure=insecure))
        ) as steps:
            async for step in steps:
                yield step

    async def create(
        self,
        name: str,
        *,
        from_model: str = "",
        files: Mapping[str, str] | None = None,
        template: str = "",
        system: str = "",
        parameters: Mapping[str, object] | None = None,
        licence: str = "",
        quantize: str = "",
    ) -> AsyncGenerator[PullStep, None]:
        """Make a model from another (which is downloaded where it is missing) or from blobs.

        Args:
            name: of the new model.
            from_model: the model to start from.
            files: file name → ``sha256:<64 hex digits>`` of a blob that was uploaded.
            template: of its prompts.
            system: its system prompt.
            parameters: such as ``num_ctx``.
            licence: its text.
            quantize: such as ``q8_0``.

        Raises:
            StreamInterruptedError: it ended without ``success``.
            RequestFailedError: the server refused, or failed in the middle.
        """
        request = wire.CreateRequest(
            model=name,
            from_=from_model,
            files=dict(files or {}),
            template=template,
            system=system,
            parameters=dict(parameters or {}),
            license=licence or None,
            quantize=quantize,
        )
        async with aclosing(self._exchange.steps("/api/create", request)) as steps:
            async for step in steps:
                yield step

    async def has_blob(self, digest: str) -> bool:
        """Whether the server has the blob ``sha256:<64 hex digits>``."""
        reply = await self._link.request("HEAD", f"/api/blobs/{digest}")
        if not reply.is_success and reply.status != NOT_FOUND:
            raise failure(reply.status, reply.body)
        return reply.is_success

    async def upload_blob(self, digest: str, path: Path, *, on_progress: Callable[[int], None] | None = None) -> None:
        """Send a file, unless the server has it: it would cut the connection.

        Args:
            digest: ``sha256:<64 hex digits>`` of the file.
            path: the file.
            on_progress: told the bytes sent so far.

        Raises:
            StorageError: the file cannot be read.
            RequestFailedError: the server refused it, a wrong digest among other reasons.
        """
        if await self.has_blob(digest):
            return
        try:
            size_bytes = (await asyncio.to_thread(path.stat)).st_size
            async with aclosing(_pieces(path, on_progress)) as pieces:
                await self.send_blob(digest, pieces, size_bytes=size_bytes)
        except OSError as error:
            raise storage_error(error, path) from error

    async def send_blob(self, digest: str, pieces: AsyncGenerator[bytes, None], *, size_bytes: int) -> None:
        """Send what ``pieces`` yields. Ask ``has_blob`` before; what ``pieces`` raises comes out here.

        Raises:
            RequestFailedError: the server refused it, a wrong digest among other reasons.
        """
        path = f"/api/blobs/{digest}"
        try:
            reply = await self._link.upload(path, pieces, size_bytes=size_bytes, silence_s=UPLOAD_SILENCE_S)
        except OllamaUnreachableError:
            if not await self.has_blob(digest):  # another client was faster
                raise
        else:
            if not reply.is_success:
                raise failure(reply.status, reply.body)


async def _pieces(path: Path, on_progress: Callable[[int], None] | None) -> AsyncGenerator[bytes, None]:
    sent = 0
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
            sent += len(piece)
            if on_progress is not None:
                on_progress(sent)
    finally:
        file.close()
