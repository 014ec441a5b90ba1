"""``POST /api/chat``."""

from typing import Any

from ollama_desk.engine.answers import Answerer, Job, require, settings, thinking_for, with_preset
from ollama_desk.engine.exchange import Exchange
from ollama_desk.engine.faces import ChatFace, Face
from ollama_desk.engine.inference import CHAT, Question
from ollama_desk.engine.messages import check_images, conversation, think_settings
from ollama_desk.engine.reader import Reader
from ollama_desk.engine.scheduler import Seat
from ollama_desk.engine.thinking import ThinkingParser, UnaskedThinking
from ollama_desk.engine.tool_calls import JSON_TAG, ToolParser
from ollama_desk.ollama.wire import ChatRequest, Message, Think


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
        check_images(request.messages)
        job = await self._answerer.job(request, face)
        think = thinking_for(job.model, request.model, request.think)
        require(job.model, tools=bool(request.tools))
        if not request.messages:
            await self._answerer.load_only(exchange, job, request.keep_alive)
            return
        asked = chat_question(job, with_preset(job.model, request.messages), request, think)

        async def question(_seat: Seat) -> Question:
            return asked

        await self._answerer.answer(exchange, job, question)


def chat_question(job: Job, messages: list[Message], request: ChatRequest, think: Think) -> Question:
    """What llama.cpp is asked.

    Raises:
        RequestFailedError: a format that is none; status 500.
    """
    manner = job.manner
    body: dict[str, Any] = {
        "messages": conversation(messages, manner, request.tools),
        **think_settings(think, parses=manner.renders_thinking),
        **settings(job, request),
    }
    if request.tools and manner.renders_tools:
        body["tools"] = request.tools
    keeps = think is False and manner.renders_thinking and not manner.always_thinks
    unasked = UnaskedThinking(manner.think_tags) if keeps else None
    alternatives = request.top_logprobs > 0
    reader = Reader(thinking_parser(job, think), tool_parser(job, request.tools), unasked, alternatives=alternatives)
    thinks_first = bool(think) and "response_format" in body and not manner.renders_thinking
    plain = None
    if "tools" in body:
        plain = Reader(
            thinking_parser(job, think), tool_parser(job, request.tools, bare=True), alternatives=alternatives
        )
    return Question(CHAT, body, reader, plain, thinks_first=thinks_first, think_tags=manner.think_tags)


def thinking_parser(job: Job, think: Think, *, inside: bool = False) -> ThinkingParser | None:
    return ThinkingParser(inside=inside, tags=job.manner.think_tags) if think else None


def tool_parser(job: Job, tools: list[dict[str, Any]], *, bare: bool = False) -> ToolParser | None:
    """For calls in the text; where llama.cpp parses them itself, for those in tags that it left.

    Args:
        job: whose model writes.
        tools: those that were offered.
        bare: take JSON without tags for a call in any case.
    """
    if not tools:
        return None
    functions = [tool.get("function") for tool in tools]
    names = [function.get("name", "") for function in functions if isinstance(function, dict)]
    tags = [tag for tag in job.manner.tool_tags if tag is not JSON_TAG]
    takes_bare = bare or (JSON_TAG in job.manner.tool_tags and not job.manner.renders_tools)
    return ToolParser([JSON_TAG, *tags] if takes_bare else tags, names)
