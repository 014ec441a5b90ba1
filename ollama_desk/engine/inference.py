"""Asks a runner and hands on its answer: waits for its turn, tells thinking from answer, cuts what does not fit."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from ollama_desk.domain.errors import RequestFailedError
from ollama_desk.engine.link import RunnerLink, SseFramer
from ollama_desk.engine.prompts import media_of, text_settings, with_media
from ollama_desk.engine.reader import Reader
from ollama_desk.engine.templates import THINK_TAGS
from ollama_desk.engine.translate import Piece, chat_piece, text_piece

CHAT, TEXT, INFILL = "/v1/chat/completions", "/completion", "/infill"
RENDERED = ("messages", "tools", "chat_template_kwargs")  # what a template sees
MEDIA_MARK = re.compile(r"<__media_\w+__>")
UNPARSED = "does not match the expected"  # llama.cpp of an answer that is neither text nor a call to it
IMAGE_TOKENS = 768  # what Ollama reckons for a picture


@dataclass(frozen=True, slots=True)
class Question:
    """A request to llama.cpp's server."""

    path: str
    body: dict[str, Any]
    reader: Reader = field(default_factory=Reader)
    plain_reader: Reader | None = None  # for an answer with tools in which llama.cpp finds no sense
    thinks_first: bool = False  # the format holds only after thinking that llama.cpp knows nothing of
    think_tags: tuple[str, str] = THINK_TAGS


async def spoken(
    link: RunnerLink, question: Question, n_ctx: int, *, truncate: bool
) -> AsyncGenerator[list[Piece], None]:
    """The answer; where the prompt is too long, to as many of the last messages as fit; consume in ``aclosing``.

    Raises:
        RequestFailedError: llama.cpp refused.
        RunnerCrashedError: the runner went away.
    """
    answer = _thought_over if question.thinks_first else _fitted
    async with aclosing(answer(link, question, n_ctx, truncate=truncate)) as batches:
        async for batch in batches:
            yield batch


async def _fitted(
    link: RunnerLink, question: Question, n_ctx: int, *, truncate: bool
) -> AsyncGenerator[list[Piece], None]:
    told = False
    try:
        async with aclosing(pieces(link, await _continuing(link, question))) as batches:
            async for batch in batches:
                told = told or any(piece.content or piece.thinking or piece.tool_calls for piece in batch)
                yield batch
            return
    except RequestFailedError as error:
        if UNPARSED in str(error) and question.plain_reader is not None and not told:
            other = await _as_text(link, replace(question, reader=question.plain_reader))
        elif truncate and is_too_long(error) and len(question.body.get("messages", ())) > 1:
            other = await _continuing(link, replace(question, body=await fitting(link, question.body, n_ctx)))
        else:
            raise
    async with aclosing(pieces(link, other)) as batches:
        async for batch in batches:
            yield batch


async def _thought_over(
    link: RunnerLink, question: Question, n_ctx: int, *, truncate: bool
) -> AsyncGenerator[list[Piece], None]:
    """Two passes, as a real server makes them: thinking without the format, then the answer that keeps to it."""
    free = {name: value for name, value in question.body.items() if name != "response_format"}
    thoughts: list[str] = []
    async with aclosing(_fitted(link, replace(question, body=free), n_ctx, truncate=truncate)) as batches:
        async for batch in batches:
            thinking = "".join(piece.thinking for piece in batch)
            thoughts.append(thinking)
            if any(piece.content for piece in batch):
                if thinking:
                    yield [Piece(thinking=thinking)]
                break
            yield batch
            if any(piece.finish for piece in batch):  # it never came to an answer
                return
    opening, closing = question.think_tags
    thought = "".join(thoughts).strip()
    start = [{"role": "assistant", "content": f"{opening}\n{thought}\n{closing}\n\n"}] if thought else []
    body = {**question.body, "messages": [*question.body["messages"], *start]}
    answer = Question(question.path, body, question.reader.of_answer())
    async with aclosing(_fitted(link, answer, n_ctx, truncate=truncate)) as batches:
        async for batch in batches:
            yield batch


async def _continuing(link: RunnerLink, question: Question) -> Question:
    """``question`` as llama.cpp takes it: a format for the rest of an answer it knows only where the prompt is text.

    Of a chat it holds the beginning of the answer against the format, too, and fails.
    """
    messages = question.body.get("messages")
    if not messages or messages[-1]["role"] != "assistant" or "response_format" not in question.body:
        return question
    return await _as_text(link, question)


async def _as_text(link: RunnerLink, question: Question) -> Question:
    """The chat in ``question`` as a prompt of text, whose answer nobody but us parses."""
    settings = {name: value for name, value in question.body.items() if name not in RENDERED}
    prompt = with_media(await rendered(link, question.body), media_of(question.body["messages"]))
    body = {"prompt": prompt, **text_settings(settings)}
    return replace(question, path=TEXT, body=body)


async def pieces(link: RunnerLink, question: Question) -> AsyncGenerator[list[Piece], None]:
    """The answer to ``question``: the pieces of one socket read at a time; consume in ``aclosing``.

    Raises:
        RunnerCrashedError: the runner went away.
        RequestFailedError: it refused, with its own status and its own JSON as the text.
    """
    framer, to_piece = SseFramer(), chat_piece if question.path == CHAT else text_piece
    refused = bytearray()
    status = 200
    async with aclosing(link.stream(question.path, question.body)) as answers:
        async for answer in answers:
            if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
                status = answer.status
                refused += answer.body
                continue
            batch = [piece for event in framer.feed(answer.body) if (piece := to_piece(event)) is not None]
            if batch:
                yield question.reader.read(batch)
    if status != 200:  # noqa: PLR2004
        raise RequestFailedError(refused.decode("utf-8", "replace"), status=status)


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
    answer = await link.ask("/apply-template", {name: body[name] for name in RENDERED if name in body})
    return str(_checked(answer.status, answer.body)["prompt"])


async def media_mark(link: RunnerLink, part: dict[str, Any]) -> str:
    """What stands in a prompt where a picture or a sound goes: another word in each runner, so that nobody types it.

    Raises:
        RequestFailedError: the model takes none.
    """
    found = MEDIA_MARK.search(await rendered(link, {"messages": [{"role": "user", "content": [part]}]}))
    return found[0] if found is not None else ""


async def tokens(link: RunnerLink, text: str, *, special: bool = True) -> list[int]:
    """``text`` as the model's tokens; ``special``: with those that it puts around every text.

    Raises:
        RequestFailedError: the runner refuses.
    """
    question = {"content": text, "add_special": special, "parse_special": True}
    answer = await link.ask("/tokenize", question)
    told: list[int] = _checked(answer.status, answer.body)["tokens"]
    return told


async def text_of(link: RunnerLink, numbers: list[int]) -> str:
    """The text of the model's tokens.

    Raises:
        RequestFailedError: some are no tokens of this model.
    """
    answer = await link.ask("/detokenize", {"tokens": numbers})
    return str(_checked(answer.status, answer.body)["content"])


def _checked(status: int, body: bytes) -> dict[str, Any]:
    if status != 200:  # noqa: PLR2004
        raise RequestFailedError(body.decode("utf-8", "replace"), status=status)
    told: dict[str, Any] = msgspec.json.decode(body)
    return told


def is_too_long(error: RequestFailedError) -> bool:
    """Whether llama.cpp refused because the prompt does not fit the context."""
    return "exceed_context_size" in str(error)
