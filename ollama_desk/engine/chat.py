"""``POST /api/chat``."""

from typing import Any

from ollama_desk.engine.answers import Answerer, parser_for, require, thinking_for, with_preset
from ollama_desk.engine.exchange import Exchange
from ollama_desk.engine.faces import ChatFace, Face
from ollama_desk.engine.inference import CHAT, Question
from ollama_desk.engine.scheduler import Seat
from ollama_desk.engine.translate import check_images, check_think, llama_message, think_settings
from ollama_desk.ollama.wire import ChatRequest


class Chat:
    """Answers conversations, in whatever face they came."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer

    async def handle(self, exchange: Exchange) -> None:
        request = await exchange.read(ChatRequest)
        await self.answer(exchange, request, ChatFace(request.model))

    async def answer(self, exchange: Exchange, request: ChatRequest, face: Face) -> None:
        """Answer ``request`` in the way of ``face``.

        Raises:
            RequestFailedError: it cannot be answered; with the status and text for the client.
        """
        check_think(request.think)
        check_images(request.messages)
        job = await self._answerer.job(request, face)
        if not request.messages:
            await self._answerer.load_only(exchange, job, request.keep_alive)
            return
        require(job.model, request.model, tools=bool(request.tools), think=request.think)
        think = thinking_for(job.model, request.think)
        body: dict[str, Any] = {
            "messages": [llama_message(message) for message in with_preset(job.model, request.messages)],
            **think_settings(think),
            **self._answerer.settings(job, request),
        }
        if request.tools:
            body["tools"] = request.tools

        async def question(_seat: Seat) -> Question:
            return Question(CHAT, body, parser_for(think))

        await self._answerer.answer(exchange, job, question)
