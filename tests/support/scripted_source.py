"""A source of answers that says what a test tells it to, when the test tells it to."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ollama_desk.domain.chat import ChatChunk, ChatTurn, DoneReason, TurnStats
from ollama_desk.domain.errors import DeskError

STATS = TurnStats(prompt_tokens=7, answer_tokens=3, answer_s=0.5)
DONE = ChatChunk(done=True, done_reason=DoneReason.STOP, stats=STATS)

Step = ChatChunk | DeskError | asyncio.Event | Exception


def text(*pieces: str) -> list[Step]:
    return [ChatChunk(content=piece) for piece in pieces]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the source was asked."""

    model: str
    turns: tuple[ChatTurn, ...]
    think: bool | None
    options: Mapping[str, Any] | None = None


@dataclass(slots=True)
class ScriptedSource:
    """Each call of ``chat`` plays the next script: a chunk is yielded, an event awaited, an error raised.

    ``closed`` counts the streams that were closed, whichever way.
    """

    scripts: list[Sequence[Step]]
    asked: list[Asked] = field(default_factory=list)
    closed: int = 0

    async def chat(
        self,
        model: str,
        turns: tuple[ChatTurn, ...],
        *,
        options: Mapping[str, Any] | None = None,
        think: bool | None = None,
    ) -> AsyncGenerator[ChatChunk, None]:
        self.asked.append(Asked(model, turns, think, options))
        script = self.scripts.pop(0)
        try:
            for step in script:
                match step:
                    case ChatChunk():
                        yield step
                    case asyncio.Event():
                        await step.wait()
                    case _:
                        raise step
        finally:
            self.closed += 1
