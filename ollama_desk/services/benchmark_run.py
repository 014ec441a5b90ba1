"""One benchmark: loads the model, then measures each length three times, and begins again where it was disturbed."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from ollama_desk.domain.benchmark import (
    REPETITIONS,
    SMALLEST,
    BenchmarkPlan,
    BenchmarkProgress,
    BenchmarkRow,
    BenchmarkRun,
    BenchmarkStep,
    plan_for,
)
from ollama_desk.domain.chat import ChatChunk, TurnStats
from ollama_desk.domain.errors import StreamInterruptedError
from ollama_desk.domain.keep_alive import to_wire
from ollama_desk.domain.model_names import key_of
from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.domain.speed import LOADING_ANEW_S
from ollama_desk.services.benchmark_prompts import CHARS_PER_TOKEN, prompt_of

log = logging.getLogger(__name__)
M = TypeVar("M", Model, RunningModel)

SEED = 42
NOT_ZERO = frozenset("123456789")
WARM_UP = 16  # tokens, in the smallest context even where each byte is one


class BenchSource(Protocol):
    """What is measured: the client of a server."""

    async def ps(self) -> tuple[RunningModel, ...]: ...

    def generate(
        self,
        model: str,
        prompt: str,
        /,
        *,
        raw: bool = False,
        options: Mapping[str, object] | None = None,
        keep_alive: float | str | None = None,
    ) -> AsyncGenerator[ChatChunk, None]: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of it."""

    rows: tuple[BenchmarkRow, ...]
    load_s: float | None  # None: it was in memory
    running: RunningModel | None  # where it lay; None: not told


def loaded_as(name: str, models: Sequence[M]) -> M | None:
    """The one of ``models`` that is called so, however that is spelt."""
    same = next((model for model in models if model.name == name), None)  # as it mostly is, and the quicker
    if same is not None or not name:
        return same
    wanted = key_of(name)
    return next((model for model in models if key_of(model.name) == wanted), None)


class BenchmarkRunner:
    """Measures one model once.

    Args:
        client: the server.
        model: which.
        nonce: makes the prompts unlike those of every other run.
        tell: hears how far it is.
        keep_alive: how long the model stays in memory after this, as Ollama writes it; empty: the server decides.
        monotonic: seconds of a clock that never goes back.
    """

    def __init__(
        self,
        client: BenchSource,
        *,
        model: Model,
        nonce: str,
        tell: Callable[[BenchmarkProgress], None],
        keep_alive: str = "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._model = model
        self._nonce = nonce
        self._tell = tell
        # One that is not kept at all ("0", "0s") would be loaded for each measurement.
        self._keep_alive = to_wire(keep_alive if set(keep_alive) & NOT_ZERO else "")
        self._monotonic = monotonic
        self._progress = BenchmarkProgress(model.name)
        self._chars_per_token = CHARS_PER_TOKEN
        self._asked = 0
        self._disturbed = 0
        self._quiet = asyncio.Event()  # whether nobody else is being answered
        self._quiet.set()
        self._asking: asyncio.Timeout | None = None

    def give_way(self) -> None:
        """Somebody else is being answered: stop at once, and wait."""
        self._quiet.clear()
        if self._asking is not None:
            self._asking.reschedule(asyncio.get_running_loop().time())

    def go_on(self) -> None:
        """Nobody else is being answered any more."""
        self._quiet.set()

    async def measure(self) -> Measured:
        """Load and measure; takes as long as the model does, and can be cancelled at any time.

        Raises:
            OllamaError: the server refused or broke off.
        """
        load_s = await self._load()
        running = loaded_as(self._model.name, await self._client.ps())
        plan = plan_for(self._context(running))
        await self._calibrate(plan.prompts[0])
        self._progress = replace(self._progress, of=len(plan.prompts) * REPETITIONS)
        rows = tuple([await self._row(wanted, plan) for wanted in plan.prompts])
        return Measured(rows, load_s, running)

    def _context(self, running: RunningModel | None) -> int:
        """The smaller one of what the server gives and what the model was made for, as far as they are known."""
        known = (running.context_length if running is not None else 0, self._model.context_length)
        return min((each for each in known if each > 0), default=0)

    async def _load(self) -> float | None:
        """How long it took; None where it was in memory."""
        self._show(step=BenchmarkStep.LOADING)
        was_loaded = loaded_as(self._model.name, await self._client.ps()) is not None
        disturbed = self._disturbed
        stats = await self._calibrate(WARM_UP)
        is_told = stats.load_s >= LOADING_ANEW_S or not was_loaded
        return stats.load_s if is_told and self._disturbed == disturbed else None

    async def _calibrate(self, tokens: int) -> TurnStats:
        """Learn how long the model's tokens are; what it is asked first is loading, and the compiling of programs."""
        prompt = self._prompt(tokens)
        stats, _ = await self._undisturbed(prompt, SMALLEST)
        if stats.prompt_tokens > 1:
            self._chars_per_token = len(prompt) / stats.prompt_tokens
        return stats

    async def _row(self, wanted: int, plan: BenchmarkPlan) -> BenchmarkRow:
        runs = []
        for repetition in range(1, REPETITIONS + 1):
            self._show(step=BenchmarkStep.MEASURING, wanted_tokens=wanted, repetition=repetition)
            stats, first_token_s = await self._undisturbed(self._prompt(wanted), plan.answer)
            runs.append(
                BenchmarkRun(stats.prompt_tokens, stats.answer_tokens, stats.prompt_s, stats.answer_s, first_token_s)
            )
            self._progress = replace(self._progress, done=self._progress.done + 1)
        return BenchmarkRow(wanted, tuple(runs))

    def _prompt(self, tokens: int) -> str:
        self._asked += 1
        return prompt_of(tokens, chars_per_token=self._chars_per_token, seed=f"{self._nonce} {self._asked}")

    async def _undisturbed(self, prompt: str, answer: int) -> tuple[TurnStats, float]:
        """Ask until nobody else was answered meanwhile; what was asked twice is asked from the start."""
        disturbed = self._disturbed
        while True:
            await self._until_quiet()
            try:
                async with asyncio.timeout(None) as self._asking:
                    if self._disturbed > disturbed:  # another model may have the memory, and this one know the prompt
                        await self._ask(self._prompt(WARM_UP), 1)
                        prompt = self._prompt(max(round(len(prompt) / self._chars_per_token), 1))
                    return await self._ask(prompt, answer)
            except TimeoutError:
                log.info("a benchmark gives way to a chat")
            finally:
                self._asking = None

    async def _until_quiet(self) -> None:
        if not self._quiet.is_set():
            self._disturbed += 1
            step = self._progress.step
            self._show(step=BenchmarkStep.WAITING)
            await self._quiet.wait()  # a chat's answer ends by itself or is stopped; this can be cancelled
            self._show(step=step)

    async def _ask(self, prompt: str, answer: int) -> tuple[TurnStats, float]:
        """What the server measured, and how long the first token took."""
        began, first_s, stats = self._monotonic(), 0.0, None
        options = {"seed": SEED, "temperature": 0, "num_predict": answer}
        stream = self._client.generate(self._model.name, prompt, raw=True, options=options, keep_alive=self._keep_alive)
        async with aclosing(stream) as chunks:
            async for chunk in chunks:
                if not first_s and (chunk.content or chunk.thinking):
                    first_s = self._monotonic() - began
                if chunk.done:
                    stats = chunk.stats
        if stats is None:
            raise StreamInterruptedError("The server told nothing of the time that it took. It cannot be measured.")
        return stats, first_s

    def _show(self, *, step: BenchmarkStep, wanted_tokens: int | None = None, repetition: int | None = None) -> None:
        progress = replace(self._progress, step=step)
        if wanted_tokens is not None and repetition is not None:
            progress = replace(progress, wanted_tokens=wanted_tokens, repetition=repetition)
        self._progress = progress
        self._tell(progress)
