"""Makes a recorded request again through the client, and says what came of it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ollama_desk.core.http import HttpLink
from ollama_desk.domain.chat import ChatChunk, ChatTurn, Role
from ollama_desk.domain.errors import DeskError
from ollama_desk.ollama.client import OllamaClient
from tests.support.recordings import Recording, Replay

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """What the client gave: a value (for a stream the tuple of its items), and the error that ended it."""

    value: Any = None
    error: DeskError | None = None


def made_again(recording: Recording, folder: Path) -> Outcome:
    """Replay ``recording`` through the method of the client that makes its request."""

    async def scenario() -> Outcome:
        replay = Replay(recording, otherwise=404)
        client = OllamaClient(HttpLink("http://127.0.0.1:11434", transport=replay))
        try:
            outcome = await _made(client, recording, folder)
        finally:
            await client.aclose()
        assert (recording.method, recording.path) in replay.asked
        return outcome

    return asyncio.run(scenario())


async def _made(client: OllamaClient, recording: Recording, folder: Path) -> Outcome:
    sent = recording.sent
    name = sent.get("model") or sent.get("name") or ""
    is_blob = recording.path.startswith("/api/blobs/")
    ask = _blob(client, recording, folder) if is_blob else _stream(client, recording, name)
    try:
        return await (ask or _value(client, recording, name))
    except DeskError as error:
        return Outcome(error=error)


async def _value(client: OllamaClient, recording: Recording, name: str) -> Outcome:
    sent = recording.sent
    texts = sent.get("input")
    requests: dict[str, Callable[[], Awaitable[Any]]] = {
        "GET /api/version": client.version,
        "GET /api/tags": client.tags,
        "GET /api/ps": client.ps,
        "POST /api/show": lambda: client.show(name),
        "POST /api/embed": lambda: client.embed(name, texts if isinstance(texts, list) else [str(texts)]),
        "POST /api/copy": lambda: client.copy(sent["source"], sent["destination"]),
        "DELETE /api/delete": lambda: client.delete(name),
        "POST /api/generate": lambda: client.unload(name) if sent.get("keep_alive") == 0 else client.load(name),
    }
    return Outcome(await requests[f"{recording.method} {recording.path}"]())


def _stream(client: OllamaClient, recording: Recording, name: str) -> Awaitable[Outcome] | None:
    sent = recording.sent
    match recording.path:
        case "/api/generate" if sent.get("prompt"):
            return _collected(client.generate(name, sent["prompt"], options=sent.get("options")))
        case "/api/chat":
            return _collected(client.chat(name, _turns(sent), options=sent.get("options")))
        case "/api/pull":
            return _collected(client.pull(name, insecure=sent.get("insecure", False)))
        case "/api/create":
            return _collected(client.create(name, from_model=sent.get("from", ""), files=sent.get("files")))
        case _:
            return None


def _blob(client: OllamaClient, recording: Recording, folder: Path) -> Awaitable[Outcome]:
    digest = recording.path.rpartition("/")[2]
    file = folder / "model.gguf"
    file.write_bytes(b"GGUF" * 1000)

    async def ask() -> Outcome:
        is_question = recording.method == "HEAD"
        return Outcome(await (client.has_blob(digest) if is_question else client.upload_blob(digest, file)))

    return ask()


def _turns(sent: dict[str, Any]) -> list[ChatTurn]:
    return [ChatTurn(Role.USER, message["content"]) for message in sent.get("messages", ())]


async def _collected(stream: AsyncGenerator[T, None]) -> Outcome:
    items: list[T] = []
    try:
        async with aclosing(stream):
            async for item in stream:
                items.append(item)  # noqa: PERF401 - what came before an error counts
    except DeskError as error:
        return Outcome(tuple(items), error)
    return Outcome(tuple(items))


def text(chunks: tuple[ChatChunk, ...]) -> str:
    """The whole answer."""
    return "".join(chunk.content for chunk in chunks)


def thoughts(chunks: tuple[ChatChunk, ...]) -> str:
    """The whole thinking."""
    return "".join(chunk.thinking for chunk in chunks)
