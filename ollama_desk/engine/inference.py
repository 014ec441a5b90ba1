"""Asks a runner and hands on its answer: waits for its turn, tells thinking from answer, cuts what does not fit."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.link import RunnerLink, SseFramer
from ollama_desk.engine.thinking import ThinkingParser
from ollama_desk.engine.translate import Piece, chat_piece, text_piece

CHAT, TEXT = "/v1/chat/completions", "/completion"
IMAGE_TOKENS = 768  # what Ollama reckons for a picture


@dataclass(frozen=True, slots=True)
class Question:
    """A request to llama.cpp's server."""

    path: str
    body: dict[str, Any]
    parser: ThinkingParser | None = None  # where tags in the text are ours to find


async def pieces(link: RunnerLink, question: Question) -> AsyncGenerator[list[Piece], None]:
    """The answer to ``question``: the pieces of one socket read at a time; consume in ``aclosing``.

    Raises:
        RunnerCrashedError: the runner went away.
        RequestFailedError: it refused, with its own status and its own JSON as the text.
    """
    framer, read = SseFramer(), chat_piece if question.path == CHAT else text_piece
    refused = bytearray()
    status = 200
    async with aclosing(link.stream(question.path, question.body)) as answers:
        async for answer in answers:
            if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
                status = answer.status
                refused += answer.body
                continue
            batch = [piece for event in framer.feed(answer.body) if (piece := read(event)) is not None]
            if question.parser is not None:
                batch = _told_apart(batch, question.parser)
            if batch:
                yield batch
    if status != 200:  # noqa: PLR2004
        raise RequestFailedError(refused.decode("utf-8", "replace"), status=status)


def _told_apart(batch: list[Piece], parser: ThinkingParser) -> list[Piece]:
    told = []
    for piece in batch:
        thinking, content = parser.feed(piece.content) if piece.content else ("", "")
        if piece.finish:
            more_thinking, more_content = parser.finish()
            thinking, content = thinking + more_thinking, content + more_content
        told.append(replace(piece, content=content, thinking=piece.thinking + thinking))
    return told


async def fitting(link: RunnerLink, body: dict[str, Any], n_ctx: int) -> dict[str, Any]:
    """``body`` without its oldest messages, as many as must go for the prompt to fit; system messages stay.

    The last message always stays: where it alone is too long, llama.cpp's refusal is the answer.
    """
    messages: list[dict[str, Any]] = body["messages"]
    droppable = [index for index, message in enumerate(messages[:-1]) if message["role"] != "system"]

    def without(count: int) -> dict[str, Any]:
        gone = set(droppable[:count])
        return {**body, "messages": [message for index, message in enumerate(messages) if index not in gone]}

    low, high = 1, len(droppable)
    while low < high:
        middle = (low + high) // 2
        if await prompt_tokens(link, without(middle)) < n_ctx:
            high = middle
        else:
            low = middle + 1
    return without(low)


async def prompt_tokens(link: RunnerLink, body: dict[str, Any]) -> int:
    """How many tokens the prompt of a chat has, pictures reckoned."""
    parted = [message["content"] for message in body["messages"] if isinstance(message["content"], list)]
    images = sum(1 for parts in parted for part in parts if part["type"] == "image_url")
    return len(await tokens(link, await rendered(link, body))) + images * IMAGE_TOKENS


async def rendered(link: RunnerLink, body: dict[str, Any]) -> str:
    """The prompt that llama.cpp makes of a chat by the model's template.

    Raises:
        RequestFailedError: the template fails on these messages.
    """
    names = ("messages", "tools", "chat_template_kwargs")
    answer = await link.ask("/apply-template", {name: body[name] for name in names if name in body})
    return str(_checked(answer.status, answer.body)["prompt"])


async def tokens(link: RunnerLink, text: str) -> list[int]:
    """``text`` as the model's tokens.

    Raises:
        RequestFailedError: the runner refuses.
    """
    question = {"content": text, "add_special": True, "parse_special": True}
    answer = await link.ask("/tokenize", question)
    told: list[int] = _checked(answer.status, answer.body)["tokens"]
    return told


def _checked(status: int, body: bytes) -> dict[str, Any]:
    if status != 200:  # noqa: PLR2004
        raise RequestFailedError(body.decode("utf-8", "replace"), status=status)
    told: dict[str, Any] = msgspec.json.decode(body)
    return told


def is_too_long(error: RequestFailedError) -> bool:
    """Whether llama.cpp refused because the prompt does not fit the context."""
    return "exceed_context_size" in str(error)
