"""A model that never stops answering, installed into a running server, for tests that stop and kill."""

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path

from ollama_desk.core.http import HttpLink
from ollama_desk.domain.errors import OllamaError
from ollama_desk.ollama.client import OllamaClient
from tests.support.models import tiny_model

NAME = "endless"
SLOW_LAYERS = 32  # about 700 tokens a second: an answer that lasts


def install_endless_model(port: int, folder: Path) -> None:
    """Create the model ``endless`` in the server on ``port``; its trigger word is ``endless``, too."""
    asyncio.run(_install(port, folder / "endless.gguf", name=NAME, idle_layers=SLOW_LAYERS))


def install_quick_model(port: int, folder: Path) -> None:
    """Create the model ``quick`` beside it: the same words, at thousands of tokens a second, in a runner of its own."""
    asyncio.run(_install(port, folder / "quick.gguf", name="quick", idle_layers=0))


async def _install(port: int, path: Path, *, name: str, idle_layers: int) -> None:
    tiny_model(path, idle_layers=idle_layers)
    client = OllamaClient(HttpLink(f"http://127.0.0.1:{port}"))
    digest = f"sha256:{await asyncio.to_thread(_sha256, path)}"
    try:
        await client.upload_blob(digest, path)
        parameters: dict[str, object] = {"num_ctx": 32_768, "num_thread": 1, "temperature": 0}
        async with aclosing(client.create(name, files={path.name: digest}, parameters=parameters)) as steps:
            async for _ in steps:
                pass
    finally:
        await client.aclose()


def _sha256(path: Path) -> str:

    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def load_in_background(port: int) -> Iterator[None]:
    """Ask the server to load the model, and do not wait for it."""
    thread = threading.Thread(target=lambda: asyncio.run(_load(port)))
    thread.start()
    yield
    thread.join(30)


async def _load(port: int) -> None:
    client = OllamaClient(HttpLink(f"http://127.0.0.1:{port}"))
    with suppress(OllamaError):
        await client.load(NAME)
    await client.aclose()
