"""How a request for an answer is served, whichever endpoint it came by: load, wait, hand on, end with the figures."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from ollama_desk.domain.errors import RequestFailedError, RunnerCrashedError, UnsupportedByModelError
from ollama_desk.engine.catalog import EngineModel
from ollama_desk.engine.duration import keep_alive_seconds
from ollama_desk.engine.exchange import Exchange
from ollama_desk.engine.faces import Face, Whole
from ollama_desk.engine.inference import Question, fitting, is_too_long, pieces
from ollama_desk.engine.link import EOF_TEXT, RunnerLink
from ollama_desk.engine.options import Options
from ollama_desk.engine.scheduler import Scheduler, Seat
from ollama_desk.engine.thinking import ThinkingParser
from ollama_desk.engine.translate import (
    Piece,
    response_format,
)
from ollama_desk.ollama.wire import ChatRequest, GenerateRequest, KeepAlive, Message, Think

FindModel = Callable[[str], Awaitable[EngineModel]]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a request that says nothing gets."""

    keep_alive_s: float = 300.0
    n_ctx: int = 4096


@dataclass(frozen=True, slots=True)
class Job:
    """A request that was understood: whom to ask, and how to answer."""

    model: EngineModel
    options: Options
    keep_alive_s: float
    face: Face
    stream: bool
    truncate: bool = True


class Answerer:
    """Loads the model, asks it and writes what it says: what chat and generate have in common.

    Args:
        find: the model of a name; raises what a client shall be told where there is none.
        scheduler: has models in memory.
        defaults: for requests that say nothing.
    """

    def __init__(self, find: FindModel, *, scheduler: Scheduler, defaults: Defaults) -> None:
        self.find = find
        self._scheduler = scheduler
        self._defaults = defaults

    @asynccontextmanager
    async def leased(
        self, model: EngineModel, options: dict[str, Any] | None, keep_alive: KeepAlive
    ) -> AsyncGenerator[Seat, None]:
        """The seat with ``model`` in it, loaded as ``options`` ask."""
        keep_alive_s = keep_alive_seconds(keep_alive, self._defaults.keep_alive_s)
        chosen = Options().updated(model.files.parameters).updated(options or {})
        wanted = model.wanted(chosen, self._defaults.n_ctx)
        async with self._scheduler.lease(wanted, keep_alive_s=keep_alive_s) as seat:
            yield seat

    async def job(self, request: ChatRequest | GenerateRequest, face: Face) -> Job:
        """What ``request`` asks of which model.

        Raises:
            RequestFailedError: no such model, or values that are none.
        """
        keep_alive_s = keep_alive_seconds(request.keep_alive, self._defaults.keep_alive_s)
        model = await self.find(request.model)
        options = Options().updated(model.files.parameters).updated(request.options or {})
        stream, truncate = request.stream is not False, request.truncate is not False
        return Job(model, options, keep_alive_s, face, stream=stream, truncate=truncate)

    def settings(self, job: Job, request: ChatRequest | GenerateRequest) -> dict[str, Any]:
        """The fields of a request to llama.cpp that do not depend on the endpoint."""
        wanted = job.model.wanted(job.options, self._defaults.n_ctx)
        settings: dict[str, Any] = {"stream": True, **job.options.sampling(wanted.options.n_ctx)}
        form = response_format(request.format)
        if form is not None:
            settings["response_format"] = form
        if request.logprobs:
            settings |= {"logprobs": True, "top_logprobs": request.top_logprobs}
        return settings

    async def load_only(self, exchange: Exchange, job: Job, keep_alive: KeepAlive) -> None:
        """Nothing to answer: the model is loaded, or unloaded where it shall not stay."""
        whole = Whole(finish="load")
        if keep_alive is not None and job.keep_alive_s == 0:
            whole.finish = "unload"
            await self._scheduler.unload(str(job.model.files.model_path))
        else:
            wanted = job.model.wanted(job.options, self._defaults.n_ctx)
            async with self._scheduler.lease(wanted, keep_alive_s=job.keep_alive_s):
                pass
        await exchange.answer(200, job.face.whole(whole), job.face.whole_type)

    async def answer(
        self,
        exchange: Exchange,
        job: Job,
        question: Callable[[Seat], Awaitable[Question]],
        context: Callable[[Seat, Whole], Awaitable[list[int]]] | None = None,
    ) -> None:
        """Load the model, wait for its turn, hand on what it says, and end with the figures."""
        began_ns = time.perf_counter_ns()
        wanted = job.model.wanted(job.options, self._defaults.n_ctx)
        whole = Whole()
        async with self._scheduler.lease(wanted, keep_alive_s=job.keep_alive_s) as seat:
            whole.load_ns = time.perf_counter_ns() - began_ns
            async with seat.turn:
                said = spoken(link_of(seat), await question(seat), wanted.options.n_ctx, truncate=job.truncate)
                async with aclosing(said) as batches:
                    async for batch in batches:
                        await _hand_on(exchange, job, batch, whole)
                if not whole.finish:
                    raise RunnerCrashedError(EOF_TEXT, status=500)
                if context is not None:
                    whole.context = await context(seat, whole)
        whole.total_ns = time.perf_counter_ns() - began_ns
        if not job.stream:
            await exchange.answer(200, job.face.whole(whole), job.face.whole_type)
            return
        if not exchange.started:
            await exchange.start(200, job.face.stream_type)
        await exchange.end(job.face.last(whole))


async def spoken(
    link: RunnerLink, question: Question, n_ctx: int, *, truncate: bool
) -> AsyncGenerator[list[Piece], None]:
    """The answer; where the prompt is too long, to as many of the last messages as fit.

    Raises:
        RequestFailedError: llama.cpp refused.
        RunnerCrashedError: the runner went away.
    """
    try:
        async with aclosing(pieces(link, question)) as batches:
            async for batch in batches:
                yield batch
            return
    except RequestFailedError as error:
        if not (truncate and is_too_long(error) and len(question.body.get("messages", ())) > 1):
            raise
    shorter = await fitting(link, question.body, n_ctx)
    async with aclosing(pieces(link, Question(question.path, shorter, question.parser))) as batches:
        async for batch in batches:
            yield batch


async def _hand_on(exchange: Exchange, job: Job, batch: list[Piece], whole: Whole) -> None:
    """Keep ``batch`` and, in a stream, write it: one write for what came in one read."""
    lines = []
    for piece in batch:
        whole.add(piece)
        if job.stream and (piece.content or piece.thinking):
            lines.append(job.face.piece(piece))
    if lines:
        if not exchange.started:
            await exchange.start(200, job.face.stream_type)
        await exchange.write(b"".join(lines))


def require(model: EngineModel, asked: str, *, tools: bool = False, insert: bool = False, think: Think = None) -> None:
    """Refuse what the model cannot do, in Ollama's words.

    Raises:
        UnsupportedByModelError: status 400.
    """
    if model.can("embedding"):
        raise UnsupportedByModelError(f'"{asked}" does not support chat', status=400)
    lacking = [name for name, needed in (("tools", tools), ("insert", insert)) if needed and not model.can(name)]
    if lacking:
        text = "\n".join(f"{model.files.name} does not support {name}" for name in lacking)
        raise UnsupportedByModelError(text, status=400)
    if think and not model.can("thinking"):
        raise UnsupportedByModelError(f'"{asked}" does not support thinking', status=400)


def link_of(seat: Seat) -> RunnerLink:
    """The link to the model that was leased.

    Raises:
        RunnerCrashedError: it has gone in the meantime.
    """
    if seat.runner is None:
        raise RunnerCrashedError(EOF_TEXT, status=500)
    return seat.runner.link


def thinking_for(model: EngineModel, think: Think) -> Think:
    """Whether to think: what was asked, or else whatever the model can."""
    if not model.can("thinking"):
        return None
    return True if think is None else think


def parser_for(think: Think) -> ThinkingParser | None:
    return ThinkingParser() if think else None


def with_preset(model: EngineModel, messages: list[Message]) -> list[Message]:
    """The model's own messages and system text before those of the request."""
    whole = [*model.preset, *messages]
    if model.files.system and not (messages and messages[0].role == "system"):
        whole.insert(0, Message("system", model.files.system))
    return whole
