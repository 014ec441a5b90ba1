"""OpenAI's interface under ``/v1``: the same models and the same answers in its words."""

import base64
import struct
from typing import Any

from ollama_desk.engine.catalog import EngineModel
from ollama_desk.engine.chat import Chat
from ollama_desk.engine.embed import Embed
from ollama_desk.engine.exchange import Exchange
from ollama_desk.engine.generate import Generate
from ollama_desk.engine.openai_faces import PLAIN_JSON, ChatCompletionFace, TextCompletionFace
from ollama_desk.engine.openai_requests import (
    ChatCompletionRequest,
    CompletionRequest,
    Embeddings,
    native_chat,
    native_embed,
    native_text,
)
from ollama_desk.engine.shelf import Shelf


class OpenAi:
    """Reads OpenAI's words, lets Ollama's endpoints answer, and has them answer in its words."""

    def __init__(self, shelf: Shelf, *, chat: Chat, generate: Generate, embed: Embed) -> None:
        self._shelf = shelf
        self._chat = chat
        self._generate = generate
        self._embed = embed

    async def models(self, exchange: Exchange) -> None:
        """``GET /v1/models``."""
        models = await self._shelf.models()
        listed = {"object": "list", "data": [_entry(model, model.name) for model in models]}
        await exchange.answer_json(listed, content_type=PLAIN_JSON)

    async def model(self, exchange: Exchange) -> None:
        """``GET /v1/models/<name>``; the slashes of a name may be written as ``%2F``."""
        name = exchange.path.removeprefix("/v1/models/")
        await exchange.answer_json(_entry(await self._shelf.find(name), name), content_type=PLAIN_JSON)

    async def chat(self, exchange: Exchange) -> None:
        """``POST /v1/chat/completions``."""
        request = await exchange.read(ChatCompletionRequest)
        face = ChatCompletionFace(request.model, usage=request.wants_usage)
        await self._chat.answer(exchange, native_chat(request), face)

    async def complete(self, exchange: Exchange) -> None:
        """``POST /v1/completions``."""
        request = await exchange.read(CompletionRequest)
        face = TextCompletionFace(request.model, usage=request.wants_usage)
        await self._generate.answer(exchange, native_text(request), face)

    async def embed(self, exchange: Exchange) -> None:
        """``POST /v1/embeddings``."""
        request = await exchange.read(Embeddings)
        told = await self._embed.answer(native_embed(request))
        code = _base64 if request.encoding_format == "base64" else list
        data = [
            {"object": "embedding", "embedding": code(vector), "index": index}
            for index, vector in enumerate(told.embeddings)
        ]
        usage = {"prompt_tokens": told.prompt_eval_count, "total_tokens": told.prompt_eval_count}
        body = {"object": "list", "data": data, "model": request.model, "usage": usage}
        await exchange.answer_json(body, content_type=PLAIN_JSON)


def _entry(model: EngineModel, name: str) -> dict[str, object]:
    created = int(model.files.modified_at.timestamp())
    return {"id": name, "object": "model", "created": created, "owned_by": model.files.name.namespace}


def _base64(vector: list[float]) -> Any:
    """The numbers as 32-bit floats, lowest byte first."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
