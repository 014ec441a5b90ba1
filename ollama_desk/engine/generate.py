"""``POST /api/generate``."""

from typing import Any

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.answers import Answerer, link_of, parser_for, require, thinking_for, with_preset
from ollama_desk.engine.exchange import Exchange
from ollama_desk.engine.faces import Face, GenerateFace, Whole
from ollama_desk.engine.inference import CHAT, TEXT, Question, rendered, tokens
from ollama_desk.engine.scheduler import Seat
from ollama_desk.engine.translate import check_images, check_think, llama_message, think_settings
from ollama_desk.ollama.wire import GenerateRequest, Message, Think


class Generate:
    """Answers single prompts: as a chat of one message, or raw."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer

    async def handle(self, exchange: Exchange) -> None:
        request = await exchange.read(GenerateRequest)
        await self.answer(exchange, request, GenerateFace(request.model))

    async def answer(self, exchange: Exchange, request: GenerateRequest, face: Face) -> None:
        """Answer ``request`` in the way of ``face``.

        Raises:
            RequestFailedError: it cannot be answered; with the status and text for the client.
        """
        _check(request)
        job = await self._answerer.job(request, face)
        if not request.prompt:
            await self._answerer.load_only(exchange, job, request.keep_alive)
            return
        require(job.model, request.model, insert=bool(request.suffix), think=request.think)
        think = thinking_for(job.model, request.think)
        settings = self._answerer.settings(job, request)
        messages = with_preset(job.model, _messages(request))
        chat = {
            "messages": [llama_message(message) for message in messages],
            **think_settings(think),
            **settings,
        }

        async def question(seat: Seat) -> Question:
            return await _question(seat, request, chat, settings, think)

        async def context(seat: Seat, whole: Whole) -> list[int]:
            if request.raw or request.images:
                return []
            new = await tokens(link_of(seat), await rendered(link_of(seat), chat) + whole.text)
            return [*request.context, *new]

        await self._answerer.answer(exchange, job, question, context)


async def _question(
    seat: Seat, request: GenerateRequest, chat: dict[str, Any], settings: dict[str, Any], think: Think
) -> Question:
    if request.raw:
        return Question(TEXT, {"prompt": request.prompt, **settings})
    if request.context:  # the tokens of an earlier exchange go before this one
        text = await rendered(link_of(seat), {**chat, "messages": chat["messages"][-1:]})
        return Question(TEXT, {"prompt": [*request.context, text], **settings}, parser_for(think))
    return Question(CHAT, chat, parser_for(think))


def _messages(request: GenerateRequest) -> list[Message]:
    system = [Message("system", request.system)] if request.system else []
    return [*system, Message("user", request.prompt, images=request.images)]


def _check(request: GenerateRequest) -> None:
    check_think(request.think)
    check_images(_messages(request))
    if request.raw and (request.template or request.system or request.context):
        raise RequestFailedError("raw mode does not support template, system, or context", status=400)
    if request.template:
        raise RequestFailedError("this server does not take a template with a request", status=400)
