"""An answer while it grows in memory, and how it can end."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from ollama_desk.domain.chat import (
    ChatChunk,
    ChatOptions,
    ChatTurn,
    DoneReason,
    Message,
    MessageState,
    Role,
    TurnStats,
)
from ollama_desk.domain.errors import (
    DeskError,
    OllamaTimeoutError,
    OllamaUnreachableError,
    RunnerCrashedError,
    StreamInterruptedError,
)

# What can be asked again as it is: the way to the model broke, the model said nothing against it.
BROKEN_WAYS = (StreamInterruptedError, OllamaUnreachableError, OllamaTimeoutError, RunnerCrashedError)
CUT = "The answer broke off before the model had finished it."


@dataclass(frozen=True, slots=True)
class Ending:
    """How a turn ended."""

    state: MessageState
    error: str = ""
    done_reason: DoneReason = DoneReason.UNKNOWN
    stats: TurnStats | None = None


def ending_of(error: DeskError) -> Ending:
    """How a turn ends by ``error``."""
    state = MessageState.INTERRUPTED if isinstance(error, BROKEN_WAYS) else MessageState.FAILED
    return Ending(state, error=str(error))


def context_of(messages: tuple[Message, ...], *, system: str | None = None) -> tuple[ChatTurn, ...]:
    """A conversation as the model is given it: without thinking, and without answers that never came.

    A ``system`` prompt takes the place of the model's own, an empty one too.
    """
    head = () if system is None else (ChatTurn(Role.SYSTEM, system),)
    return head + tuple(
        ChatTurn(each.role, each.content) for each in messages if each.content or each.role is not Role.ASSISTANT
    )


def request_options(options: ChatOptions) -> dict[str, object]:
    """What was changed, in the words of the wire, and nothing else."""
    named: dict[str, object] = {
        "temperature": options.temperature,
        "num_ctx": options.context_length,
        "seed": options.seed,
        "stop": None if options.stop is None else list(options.stop),
        "num_predict": options.max_tokens,
    }
    return {name: value for name, value in named.items() if value is not None}


def together(earlier: TurnStats | None, later: TurnStats) -> TurnStats:
    """What an answer cost that was continued: the sum; the prompt and the first token's wait as they were at first."""
    if earlier is None:
        return later
    return replace(
        later,
        prompt_tokens=earlier.prompt_tokens or later.prompt_tokens,
        answer_tokens=earlier.answer_tokens + later.answer_tokens,
        load_s=earlier.load_s + later.load_s,
        prompt_s=earlier.prompt_s + later.prompt_s,
        answer_s=earlier.answer_s + later.answer_s,
        total_s=earlier.total_s + later.total_s,
        first_token_s=earlier.first_token_s,
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """Text that is not saved yet, and how many pieces are when it is."""

    content: str
    thinking: str
    pieces: int


class Turn:
    """Collects the pieces of one answer. ``ended`` is set once, by whoever ends it first.

    What ``answer`` has already stays before them: an answer that was cut can be continued.
    """

    def __init__(self, answer: Message) -> None:
        self.answer = answer
        self.ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self.receiver: asyncio.Task[Any] | None = None  # from when it runs: one that does not has nothing to cancel
        self.warned = False  # whether the person was told that it cannot be saved
        self.first_token_s: float | None = None
        self._thinks_since_s: float | None = None  # from when it thinks, until it says its first word
        self._thought_s = answer.thinking_s
        self._content: list[str] = []
        self._thinking: list[str] = []
        self._saved = 0

    def add(self, chunk: ChatChunk, *, at_s: float) -> None:
        """Append a piece that came ``at_s`` seconds after the request."""
        if self.first_token_s is None:
            self.first_token_s = at_s
        self._time_thinking(chunk, at_s)
        self._content.append(chunk.content)
        self._thinking.append(chunk.thinking)

    def _time_thinking(self, chunk: ChatChunk, at_s: float) -> None:
        if chunk.thinking and self._thinks_since_s is None:
            self._thinks_since_s = at_s
        if self._thinks_since_s is not None:
            self._thought_s = self.answer.thinking_s + at_s - self._thinks_since_s
            if chunk.content:
                self._thinks_since_s = None

    def end(self, ending: Ending) -> None:
        if not self.ended.done():
            self.ended.set_result(ending)

    def message(self) -> Message:
        """The answer as it is now."""
        answer = self.answer
        message = replace(
            answer,
            content=answer.content + "".join(self._content),
            thinking=answer.thinking + "".join(self._thinking),
            thinking_s=self._thought_s,
        )
        if not self.ended.done():
            return message
        ending = self.ended.result()
        stats = ending.stats
        if stats is not None and self.first_token_s is not None:
            stats = together(answer.stats, replace(stats, first_token_s=self.first_token_s))
        return replace(
            message, state=ending.state, error=ending.error, done_reason=ending.done_reason, stats=stats or answer.stats
        )

    def unsaved(self) -> Batch | None:
        """What came since the last ``mark_saved``; None where nothing did."""
        pieces = len(self._content)
        if pieces == self._saved:
            return None
        return Batch("".join(self._content[self._saved :]), "".join(self._thinking[self._saved :]), pieces)

    def mark_saved(self, batch: Batch) -> None:
        self._saved = batch.pieces
