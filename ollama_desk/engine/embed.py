"""``POST /api/embed`` and its older form ``POST /api/embeddings``."""

import math
import time
from typing import Any

import msgspec

from ollama_desk.domain.errors import ModelNotFoundError, RequestFailedError
from ollama_desk.engine.answers import Answerer, link_of
from ollama_desk.engine.catalog import EngineModel
from ollama_desk.engine.exchange import Exchange
from ollama_desk.ollama.wire import EmbeddingsRequest, EmbeddingsResponse, EmbedRequest, EmbedResponse, KeepAlive

NOT_EMBEDDING = "This server does not support embeddings. Start it with `--embeddings`"  # llama.cpp's words


class Embed:
    """Turns texts into vectors, where the model was made for it."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer

    async def handle(self, exchange: Exchange) -> None:
        """``POST /api/embed``."""
        await exchange.answer_json(await self.answer(await exchange.read(EmbedRequest)))

    async def answer(self, request: EmbedRequest) -> EmbedResponse:
        """One vector of length 1 for each text.

        Raises:
            RequestFailedError: it cannot be answered; with the status and text for the client.
        """
        began_ns = time.perf_counter_ns()
        texts = _texts(request.input)
        model = await self._model(request.model)
        if not texts:
            return EmbedResponse(request.model, [])
        if not model.can("embedding"):
            raise RequestFailedError(NOT_EMBEDDING, status=501)
        vectors, count = await self._vectors(model, texts, request.options, request.keep_alive)
        if request.dimensions > 0:
            vectors = [_unit(vector[: request.dimensions]) for vector in vectors]
        took_ns = time.perf_counter_ns() - began_ns
        return EmbedResponse(request.model, vectors, total_duration=took_ns, prompt_eval_count=count)

    async def handle_old(self, exchange: Exchange) -> None:
        """``POST /api/embeddings``: one text, one vector."""
        request = await exchange.read(EmbeddingsRequest)
        model = await self._model(request.model)
        if not request.prompt:
            await exchange.answer_json(EmbeddingsResponse([]))
            return
        if not model.can("embedding"):
            raise RequestFailedError(NOT_EMBEDDING, status=500)
        vectors, _ = await self._vectors(model, [request.prompt], request.options, request.keep_alive)
        await exchange.answer_json(EmbeddingsResponse(vectors[0]))

    async def _model(self, name: str) -> EngineModel:
        try:
            return await self._answerer.find(name)
        except ModelNotFoundError as error:
            raise ModelNotFoundError(f'model "{name}" not found, try pulling it first', status=404) from error

    async def _vectors(
        self, model: EngineModel, texts: list[str], options: dict[str, Any] | None, keep_alive: KeepAlive
    ) -> tuple[list[list[float]], int]:
        """The vectors and how many tokens the texts had."""
        async with self._answerer.leased(model, options, keep_alive) as seat, seat.turn:
            answer = await link_of(seat).ask("/v1/embeddings", {"input": texts}, timeout_s=None)
        if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise RequestFailedError(answer.body.decode("utf-8", "replace"), status=answer.status)
        told: dict[str, Any] = msgspec.json.decode(answer.body)
        vectors = [_unit(entry["embedding"]) for entry in told["data"]]
        return vectors, int(told.get("usage", {}).get("prompt_tokens", 0))


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


def _unit(vector: list[float]) -> list[float]:
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector] if length else vector
