"""How a request for an answer is served, whichever endpoint it came by: load, wait, hand on, end with the figures."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from ollama_desk.domain.errors import RunnerCrashedError, UnsupportedByModelError
from ollama_desk.engine.catalog import EngineModel
from ollama_desk.engine.duration import keep_alive_seconds
from ollama_desk.engine.exchange import Exchange
from ollama_desk.engine.faces import Face, Whole
from ollama_desk.engine.inference import Question, spoken
from ollama_desk.engine.link import EOF_TEXT, RunnerLink
from ollama_desk.engine.messages import check_logprobs, check_think
from ollama_desk.engine.options import Options
from ollama_desk.engine.scheduler import Scheduler, Seat, Wanted
from ollama_desk.engine.templates import Manner, manner_of
from ollama_desk.engine.translate import Piece, response_format
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
    manner: Manner
    wanted: Wanted
    keep_alive_s: float
    face: Face
    stream: bool
    truncate: bool


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
        wanted = self._wanted(model, chosen, manner_of(model.files.template, model.header.chat_template), shift=True)
        async with self._scheduler.lease(wanted, keep_alive_s=keep_alive_s) as seat:
            yield seat

    def _wanted(self, model: EngineModel, options: Options, manner: Manner, *, shift: bool) -> Wanted:
        wanted = model.wanted(options, self._defaults.n_ctx)
        return replace(wanted, options=replace(wanted.options, shift=shift, chat_template=manner.chat_template))

    async def job(self, request: ChatRequest | GenerateRequest, face: Face) -> Job:
        """What ``request`` asks of which model.

        Raises:
            RequestFailedError: no such model, or values that are none.
        """
        check_think(request.think)
        check_logprobs(request.top_logprobs)
        keep_alive_s = keep_alive_seconds(request.keep_alive, self._defaults.keep_alive_s)
        model = await self.find(request.model)
        options = Options().updated(model.files.parameters).updated(request.options or {})
        manner = manner_of(model.files.template, model.header.chat_template)
        return Job(
            model,
            options,
            manner,
            self._wanted(model, options, manner, shift=request.shift is not False),
            keep_alive_s,
            face,
            stream=request.stream is not False,
            truncate=request.truncate is not False,
        )

    def job_with_template(self, job: Job, template: str) -> Job:
        """``job`` for a model that is spoken with by the family of ``template``, whatever its file says."""
        manner = manner_of(template, "")
        shift = job.wanted.options.shift
        return replace(job, manner=manner, wanted=self._wanted(job.model, job.options, manner, shift=shift))

    async def load_only(self, exchange: Exchange, job: Job, keep_alive: KeepAlive) -> None:
        """Nothing to answer: the model is loaded, or unloaded where it shall not stay."""
        whole = Whole(finish="load")
        if keep_alive is not None and job.keep_alive_s == 0:
            whole.finish = "unload"
            await self._scheduler.unload(str(job.model.files.model_path))
        else:
            async with self._scheduler.lease(job.wanted, keep_alive_s=job.keep_alive_s):
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
        whole = Whole()
        async with self._scheduler.lease(job.wanted, keep_alive_s=job.keep_alive_s) as seat:
            whole.load_ns = time.perf_counter_ns() - began_ns
            async with seat.turn:
                said = spoken(link_of(seat), await question(seat), job.wanted.options.n_ctx, truncate=job.truncate)
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


async def _hand_on(exchange: Exchange, job: Job, batch: list[Piece], whole: Whole) -> None:
    """Keep ``batch`` and, in a stream, write it: one write for what came in one read."""
    lines = []
    for piece in batch:
        whole.add(piece)
        if job.stream and (piece.content or piece.thinking or piece.logprobs):
            lines.append(job.face.piece(piece))
    if lines:
        if not exchange.started:
            await exchange.start(200, job.face.stream_type)
        await exchange.write(b"".join(lines))


def settings(job: Job, request: ChatRequest | GenerateRequest) -> dict[str, Any]:
    """The fields of a request to llama.cpp's chat that do not depend on the endpoint.

    Raises:
        RequestFailedError: a format that is none; status 500, as Ollama answers.
    """
    told: dict[str, Any] = {"stream": True, **job.options.sampling(job.wanted.options.n_ctx)}
    form = response_format(request.format)
    if form is not None:
        told["response_format"] = form
    if request.logprobs:
        told |= {"logprobs": True, "top_logprobs": max(request.top_logprobs, 1)}  # with 0 it tells none at all
    return told


def require(model: EngineModel, *, tools: bool = False, insert: bool = False) -> None:
    """Refuse what the model cannot do, in Ollama's words.

    Raises:
        UnsupportedByModelError: status 400.
    """
    lacking = [name for name, needed in (("tools", tools), ("insert", insert)) if needed and not model.can(name)]
    if lacking:
        text = "\n".join(f"{model.files.name} does not support {name}" for name in lacking)
        raise UnsupportedByModelError(text, status=400)


def thinking_for(model: EngineModel, asked: str, think: Think, *, verb: str = "chat") -> Think:
    """Whether to think: what was asked, or else whatever the model can.

    Args:
        model: that shall answer.
        asked: its name as the client said it.
        think: what the client said.
        verb: what it shall do.

    Raises:
        UnsupportedByModelError: it cannot, or it cannot think; status 400, in Ollama's words.
    """
    if model.can("embedding"):
        raise UnsupportedByModelError(f'"{asked}" does not support {verb}', status=400)
    if not model.can("thinking"):
        if think:
            raise UnsupportedByModelError(f'"{asked}" does not support thinking', status=400)
        return None
    return True if think is None else think


def link_of(seat: Seat) -> RunnerLink:
    """The link to the model that was leased.

    Raises:
        RunnerCrashedError: it has gone in the meantime.
    """
    if seat.runner is None:
        raise RunnerCrashedError(EOF_TEXT, status=500)
    return seat.runner.link


def with_preset(model: EngineModel, messages: list[Message]) -> list[Message]:
    """The model's own messages and system text before those of the request."""
    whole = [*model.preset, *messages]
    if model.files.system and not (messages and messages[0].role == "system"):
        whole.insert(0, Message("system", model.files.system))
    return whole
