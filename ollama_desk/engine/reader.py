"""Reads an answer as it comes: tells thinking, answer and calls of tools apart where llama.cpp does not."""

from typing import Any

from msgspec.structs import replace

from ollama_desk.engine.thinking import ThinkingParser, UnaskedThinking
from ollama_desk.engine.tool_calls import ToolParser
from ollama_desk.engine.translate import Piece


class Reader:
    """Reads one answer, piece after piece.

    Args:
        thinking: where tags of thinking are ours to find.
        tools: where calls in the text are.
        unasked: where thinking shall stay in the answer.
        alternatives: tell those of each token, where probabilities are told.
    """

    def __init__(
        self,
        thinking: ThinkingParser | None = None,
        tools: ToolParser | None = None,
        unasked: UnaskedThinking | None = None,
        *,
        alternatives: bool = True,
    ) -> None:
        self._alternatives = alternatives
        self._thinking = thinking
        self._tools = tools
        self._unasked = unasked

    def of_answer(self) -> "Reader":
        """One that reads on after the thinking, which was asked for apart."""
        return Reader(None, self._tools, alternatives=self._alternatives)

    def read(self, batch: list[Piece]) -> list[Piece]:
        """What is certain after ``batch``."""
        if not self._alternatives:
            batch = [replace(piece, logprobs=_alone(piece.logprobs)) if piece.logprobs else piece for piece in batch]
        if self._thinking is None and self._tools is None and self._unasked is None:
            return batch
        return [self._read(piece) for piece in batch]

    def _read(self, piece: Piece) -> Piece:
        thinking, content = self._think(piece)
        if self._tools is None:
            if thinking == piece.thinking and content == piece.content:
                return piece
            return replace(piece, thinking=thinking, content=content)
        said, calls = self._tools.feed(content)
        if piece.finish:
            more, last = self._tools.finish()
            said, calls = said + more, calls + last
        return replace(piece, thinking=thinking, content=said, calls=tuple(calls))

    def _think(self, piece: Piece) -> tuple[str, str]:
        if self._unasked is not None:
            return "", self._unasked.told(piece.thinking, piece.content)
        if self._thinking is None:
            return piece.thinking, piece.content
        passed = self._thinking.passed(piece.thinking) if piece.thinking else ""
        thinking, content = self._thinking.feed(piece.content) if piece.content else ("", "")
        if piece.finish:
            more, rest = self._thinking.finish()
            thinking, content = thinking + more, content + rest
        return passed + thinking, content


def _alone(logprobs: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    return tuple({name: value for name, value in entry.items() if name != "top_logprobs"} for entry in logprobs)
