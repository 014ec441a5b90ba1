"""``POST /api/generate``."""

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.answers import Answerer, Job, link_of, require, settings, thinking_for, with_preset
from ollama_desk.engine.chat import chat_question, thinking_parser
from ollama_desk.engine.exchange import Exchange
from ollama_desk.engine.faces import Face, GenerateFace, Whole
from ollama_desk.engine.inference import INFILL, TEXT, Question, media_mark, rendered, text_of, tokens
from ollama_desk.engine.link import RunnerLink
from ollama_desk.engine.messages import check_images, media_part
from ollama_desk.engine.prompts import Prompt, is_plain, render, text_settings, with_media
from ollama_desk.engine.reader import Reader
from ollama_desk.engine.scheduler import Seat
from ollama_desk.ollama.wire import ChatRequest, GenerateRequest, Message, Think


class Generate:
    """Answers single prompts: as a chat of one message, by a template, between two texts, or raw."""

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
        if request.template and not is_plain(request.template):
            job = self._answerer.job_with_template(job, request.template)
        think = thinking_for(job.model, request.model, request.think, verb="generate")
        require(job.model, insert=bool(request.suffix))
        if not request.prompt:
            await self._answerer.load_only(exchange, job, request.keep_alive)
            return
        prompt = _Prompt(job, request, think)

        async def question(seat: Seat) -> Question:
            return await prompt.question(link_of(seat))

        async def context(seat: Seat, whole: Whole) -> list[int]:
            return await prompt.context(link_of(seat), whole)

        await self._answerer.answer(exchange, job, question, context)


class _Prompt:
    """How one request's prompt is written."""

    def __init__(self, job: Job, request: GenerateRequest, think: Think) -> None:
        self._job = job
        self._request = request
        self._parts = Prompt(request.prompt, request.suffix, request.system or job.model.files.system)
        self._settings = settings(job, request)
        self._think = think
        self._chat = chat_question(job, with_preset(job.model, messages_of(request)), as_chat(request), think)
        self._written = ""  # the prompt, where it is ours

    async def question(self, link: RunnerLink) -> Question:
        """What llama.cpp is asked."""
        request = self._request
        if request.raw:
            return await self._text(link, request.prompt)
        written = self._by_template()
        if request.suffix and written is None:
            settings = text_settings(self._settings)
            return Question(INFILL, {"input_prefix": request.prompt, "input_suffix": request.suffix, **settings})
        if written is None and not request.context:
            return self._chat
        before = await text_of(link, request.context) if request.context else ""
        if written is None:
            *before_it, asked = self._chat.body["messages"]
            system = [message for message in before_it if message["role"] == "system"]
            written = await rendered(link, {**self._chat.body, "messages": [*system, asked]})
        self._written = before + written
        return await self._text(link, self._written)

    def _by_template(self) -> str | None:
        """The prompt, where the request brings a plain template or the model's own says how to write into a gap."""
        request = self._request
        if request.suffix:
            return render(request.template or self._job.model.files.template, self._parts)
        if request.template and is_plain(request.template):
            return render(request.template, self._parts)
        return None

    async def _text(self, link: RunnerLink, prompt: str) -> Question:
        images = self._request.images
        marks = await media_mark(link, media_part(images[0])) * len(images) if images else ""
        body = {"prompt": with_media(marks + prompt, images), **text_settings(self._settings)}
        inside = prompt.rstrip().endswith(self._job.manner.think_tags[0])
        parser = thinking_parser(self._job, self._think, inside=inside)
        return Question(TEXT, body, Reader(parser, alternatives=self._request.top_logprobs > 0))

    async def context(self, link: RunnerLink, whole: Whole) -> list[int]:
        """The tokens of this exchange and what it went on from; of a later one they are the beginning."""
        request = self._request
        if request.raw or request.images:
            return []
        if not self._written and request.suffix:
            return []
        prompt = self._written or await rendered(link, self._chat.body)
        opening, closing = self._job.manner.think_tags
        thought = f"{opening}\n{whole.thought.strip()}\n{closing}\n\n" if whole.thought else ""
        return await tokens(link, prompt + thought + whole.text, special=False)


def messages_of(request: GenerateRequest) -> list[Message]:
    system = [Message("system", request.system)] if request.system else []
    return [*system, Message("user", request.prompt, images=request.images)]


def as_chat(request: GenerateRequest) -> ChatRequest:
    """What a chat says of form and log probabilities."""
    return ChatRequest(
        request.model, format=request.format, logprobs=request.logprobs, top_logprobs=request.top_logprobs
    )


def _check(request: GenerateRequest) -> None:
    check_images(messages_of(request))
    if request.raw and (request.template or request.system or request.context):
        raise RequestFailedError("raw mode does not support template, system, or context", status=400)
