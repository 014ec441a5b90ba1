"""An answer grows piece by piece, and only its first end counts."""

import asyncio
from datetime import UTC, datetime

from ollama_desk.domain.chat import ChatChunk, Message, MessageState, Role, TurnStats
from ollama_desk.services.turn import Ending, Turn

EMPTY = Message(2, 1, 1, Role.ASSISTANT, "", datetime(2024, 5, 1, tzinfo=UTC), state=MessageState.STREAMING)


def test_each_piece_is_handed_over_for_saving_until_it_is_saved() -> None:
    async def scenario() -> None:
        turn = Turn(EMPTY)
        assert turn.unsaved() is None
        turn.add(ChatChunk("a", "x"), at_s=1.0)
        turn.add(ChatChunk("b"), at_s=2.0)
        first = turn.unsaved()
        assert first is not None
        assert (first.content, first.thinking) == ("ab", "x")
        turn.add(ChatChunk("c"), at_s=3.0)
        again = turn.unsaved()
        assert again is not None
        assert again.content == "abc"
        turn.mark_saved(first)
        rest = turn.unsaved()
        assert rest is not None
        assert rest.content == "c"
        turn.mark_saved(rest)
        assert turn.unsaved() is None
        assert (turn.message().content, turn.message().thinking) == ("abc", "x")

    asyncio.run(scenario())


def test_the_first_end_counts() -> None:
    async def scenario() -> None:
        turn = Turn(EMPTY)
        turn.end(Ending(MessageState.STOPPED))
        turn.end(Ending(MessageState.FAILED, error="too late"))
        assert (turn.message().state, turn.message().error) == (MessageState.STOPPED, "")

    asyncio.run(scenario())


def test_the_time_to_the_first_piece_joins_what_the_server_measured() -> None:
    async def scenario() -> None:
        turn = Turn(EMPTY)
        turn.add(ChatChunk("a"), at_s=0.5)
        turn.add(ChatChunk("b"), at_s=0.75)
        turn.end(Ending(MessageState.COMPLETE, stats=TurnStats(answer_tokens=2)))
        assert turn.message().stats == TurnStats(answer_tokens=2, first_token_s=0.5)

    asyncio.run(scenario())
