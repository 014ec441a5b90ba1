"""``POST /api/embed`` and its older form ``POST /api/embeddings``."""

import asyncio
import time
from typing import Any

from ollama_desk.domain.errors import InvalidNameError, ModelNotFoundError, RequestFailedError
from ollama_desk.engine.answers import Answerer, link_of
from ollama_desk.engine.catalog import EngineModel
from ollama_desk.engine.exchange import Exchange
from ollama_desk.engine.scheduler import Seat
from ollama_desk.engine.vectors import Embedder, batches, unit
from ollama_desk.ollama.wire import EmbeddingsRequest, EmbeddingsResponse, EmbedRequest, EmbedResponse
from ollama_desk.registry.reference import parse_name

NOT_FOUND = 404
NOT_EMBEDDING = "This server does not support embeddings. Start it with `--embeddings`"  # llama.cpp's words


class Embed:
    """Turns texts into vectors, where the model was made for it."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer

    async def handle(self, exchange: Exchange) -> None:
        """``POST /api/embed``."""
        await exchange.answer_json(await self.answer(await exchange.read(EmbedRequest)))

    async def answer(self, request: EmbedRequest) -> EmbedResponse:
        """One vector of length 1 for each text; none for no text, which only loads the model.

        Raises:
            RequestFailedError: it cannot be answered; with the status and text for the client.
        """
        began_ns = time.perf_counter_ns()
        texts = _texts(request.input)
        model = await self._model(request.model, status=NOT_FOUND)
        if texts and not model.can("embedding"):
            raise RequestFailedError(NOT_EMBEDDING, status=501)
        async with self._answerer.leased(model, request.options, request.keep_alive) as seat:
            loaded_ns = time.perf_counter_ns()
            if not texts:
                return EmbedResponse(request.model, [])
            plain, count = await _vectors(model, seat, texts, truncate=request.truncate is not False)
        vectors = await asyncio.to_thread(_scaled, plain, request.dimensions)
        return EmbedResponse(
            request.model,
            vectors,
            total_duration=time.perf_counter_ns() - began_ns,
            load_duration=loaded_ns - began_ns,
            prompt_eval_count=count,
        )

    async def handle_old(self, exchange: Exchange) -> None:
        """``POST /api/embeddings``: one text, one vector; a text that is too long is refused, never cut."""
        request = await exchange.read(EmbeddingsRequest)
        model = await self._model(request.model, status=400)
        if request.prompt and not model.can("embedding"):
            raise RequestFailedError(NOT_EMBEDDING, status=500)
        async with self._answerer.leased(model, request.options, request.keep_alive) as seat:
            vector: list[float] = []
            if request.prompt:
                try:
                    (vector,), _ = await _vectors(model, seat, [request.prompt], truncate=False)
                except RequestFailedError as error:
                    raise RequestFailedError(str(error), status=500) from error
        await exchange.answer_json(EmbeddingsResponse(vector))

    async def _model(self, name: str, *, status: int) -> EngineModel:
        """The model of ``name``; what is no name at all is refused with ``status``."""
        try:
            parse_name(name)
        except InvalidNameError as error:
            words = f"model '{name}' not found" if status == NOT_FOUND else "model is required"
            raise RequestFailedError(words, status=status) from error
        try:
            return await self._answerer.find(name)
        except ModelNotFoundError as error:
            raise ModelNotFoundError(f'model "{name}" not found, try pulling it first', status=404) from error


async def _vectors(
    model: EngineModel, seat: Seat, texts: list[str], *, truncate: bool
) -> tuple[list[list[float]], int]:
    """The vectors as the model gives them, and how many tokens the texts had. The runner's turn is taken by batches."""
    embedder = Embedder.of(model.header, seat.wanted.options)
    prompts = [await embedder.fitted(link_of(seat), text, truncate=truncate) for text in texts]
    vectors: list[list[float]] = []
    count = 0
    for batch in batches(prompts):
        async with seat.turn:
            more, used = await embedder.vectors(link_of(seat), batch)
        vectors += more
        count += used
    return vectors, count


def _scaled(plain: list[list[float]], dimensions: int) -> list[list[float]]:
    """Of length 1, cut to ``dimensions`` where that is fewer and more than none."""
    vectors = [unit(vector) for vector in plain]
    if dimensions <= 0:
        return vectors
    return [unit(vector[:dimensions]) if dimensions < len(vector) else vector for vector in vectors]


def _texts(given: Any) -> list[str]:
    match given:
        case None | "":
            return []
        case str():
            return [given]
        case list() if all(isinstance(item, str) for item in given):
            return given
        case _:
            raise RequestFailedError("invalid input type", status=400)
