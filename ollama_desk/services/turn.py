"""An answer while it grows in memory, and how it can end."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from ollama_desk.domain.chat import ChatChunk, ChatTurn, DoneReason, Message, MessageState, Role, TurnStats
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


def context_of(messages: tuple[Message, ...]) -> tuple[ChatTurn, ...]:
    """A conversation as the model is given it: without thinking, and without answers that never came."""
    return tuple(
        ChatTurn(each.role, each.content) for each in messages if each.content or each.role is not Role.ASSISTANT
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """Text that is not saved yet, and how many pieces are when it is."""

    content: str
    thinking: str
    pieces: int


class Turn:
    """Collects the pieces of one answer. ``ended`` is set once, by whoever ends it first."""

    def __init__(self, answer: Message) -> None:
        self.answer = answer
        self.ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self.receiver: asyncio.Task[Any] | None = None  # from when it runs: one that does not has nothing to cancel
        self.warned = False  # whether the person was told that it cannot be saved
        self.first_token_s: float | None = None
        self._content: list[str] = []
        self._thinking: list[str] = []
        self._saved = 0

    def add(self, chunk: ChatChunk, *, at_s: float) -> None:
        """Append a piece that came ``at_s`` seconds after the request."""
        if self.first_token_s is None:
            self.first_token_s = at_s
        self._content.append(chunk.content)
        self._thinking.append(chunk.thinking)

    def end(self, ending: Ending) -> None:
        if not self.ended.done():
            self.ended.set_result(ending)

    def message(self) -> Message:
        """The answer as it is now."""
        message = replace(self.answer, content="".join(self._content), thinking="".join(self._thinking))
        if not self.ended.done():
            return message
        ending = self.ended.result()
        stats = ending.stats
        if stats is not None and self.first_token_s is not None:
            stats = replace(stats, first_token_s=self.first_token_s)
        return replace(message, state=ending.state, error=ending.error, done_reason=ending.done_reason, stats=stats)

    def unsaved(self) -> Batch | None:
        """What came since the last ``mark_saved``; None where nothing did."""
        pieces = len(self._content)
        if pieces == self._saved:
            return None
        return Batch("".join(self._content[self._saved :]), "".join(self._thinking[self._saved :]), pieces)

    def mark_saved(self, batch: Batch) -> None:
        self._saved = batch.pieces
