"""Every address of the engine and who answers there."""

from ollama_desk.engine.answers import Answerer
from ollama_desk.engine.anthropic import Messages
from ollama_desk.engine.app import Route
from ollama_desk.engine.blobs import Blobs
from ollama_desk.engine.chat import Chat
from ollama_desk.engine.create import Create
from ollama_desk.engine.embed import Embed
from ollama_desk.engine.exchange import Exchange
from ollama_desk.engine.generate import Generate
from ollama_desk.engine.library import Library
from ollama_desk.engine.openai import OpenAi
from ollama_desk.engine.pull import Pull
from ollama_desk.engine.responses import Responses
from ollama_desk.engine.scheduler import Scheduler
from ollama_desk.engine.shelf import Shelf
from ollama_desk.engine.show import Show
from ollama_desk.ollama.wire import CloudStatus, StatusResponse, VersionResponse
from ollama_desk.registry.pull import Puller

RUNNING = b"Ollama is running"  # clients look for these words


def routes(answerer: Answerer, shelf: Shelf, scheduler: Scheduler, *, puller: Puller, version: str) -> list[Route]:
    """The whole table."""

    async def root(exchange: Exchange) -> None:
        await exchange.answer(200, RUNNING, b"text/plain; charset=utf-8")

    async def tell_version(exchange: Exchange) -> None:
        await exchange.answer_json(VersionResponse(version))

    async def status(exchange: Exchange) -> None:
        await exchange.answer_json(StatusResponse(CloudStatus(disabled=True)))  # there is no cloud behind this server

    library, blobs, chat = Library(shelf, scheduler), Blobs(shelf.blobs), Chat(answerer)
    generate, embed = Generate(answerer), Embed(answerer)
    openai = OpenAi(shelf, chat=chat, generate=generate, embed=embed)
    return [
        Route("HEAD", "/", root),
        Route("GET", "/", root),
        Route("HEAD", "/api/version", tell_version),
        Route("GET", "/api/version", tell_version),
        Route("GET", "/api/status", status),
        Route("HEAD", "/api/tags", library.tags),
        Route("GET", "/api/tags", library.tags),
        Route("GET", "/api/ps", library.ps),
        Route("POST", "/api/show", Show(shelf).handle),
        Route("POST", "/api/copy", library.copy),
        Route("DELETE", "/api/delete", library.delete),
        Route("HEAD", "/api/blobs/*", blobs.head),
        Route("POST", "/api/blobs/*", blobs.upload),
        Route("POST", "/api/create", Create(shelf, puller).handle),
        Route("POST", "/api/pull", Pull(puller).handle),
        Route("POST", "/api/chat", chat.handle),
        Route("POST", "/api/generate", generate.handle),
        Route("POST", "/api/embed", embed.handle),
        Route("POST", "/api/embeddings", embed.handle_old),
        Route("GET", "/v1/models", openai.models),
        Route("GET", "/v1/models/*", openai.model),
        Route("POST", "/v1/chat/completions", openai.chat),
        Route("POST", "/v1/completions", openai.complete),
        Route("POST", "/v1/embeddings", openai.embed),
        Route("POST", "/v1/responses", Responses(chat).handle),
        Route("POST", "/v1/messages", Messages(shelf, chat).handle),
    ]
