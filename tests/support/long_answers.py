"""Answers as long as one likes, of each shape that costs a chat view something else, cut into tokens."""

from collections.abc import Iterator
from itertools import count, islice

TOKEN_CHARS = 4
HEAD = "| model | size | speed |\n|---|---|---|\n"


def _paragraph() -> Iterator[str]:
    for number in count(1):
        yield f"The model goes on with sentence {number}, says *something* about `it` and does not end the paragraph. "


def _list() -> Iterator[str]:
    for number in count(1):
        yield f"{number}. Point {number} has **some weight** and a [link](https://example.org/{number}).\n"


def _table() -> Iterator[str]:
    yield HEAD
    for number in count(1):
        yield f"| model {number} | {number % 90} GB | **{number % 200}** tok/s |\n"


def _code() -> Iterator[str]:
    yield "```python\n"
    for number in count(1):
        yield f"def step_{number}(state: int) -> int:\n    return state * {number} + len('{number}')  # {number}\n\n"


def _mixed() -> Iterator[str]:
    paragraph, items = _paragraph(), _list()
    for number in count(1):
        yield f"## Part {number}\n\n"
        yield "".join(islice(paragraph, 4)) + "\n\n"
        yield "".join(islice(items, 5)) + "\n"
        yield "".join(islice(_code(), 6)) + "```\n\n"
        yield "".join(islice(_table(), 6)) + "\n"


SHAPES = {"mixed": _mixed, "code": _code, "table": _table, "list": _list, "paragraph": _paragraph}


def tokens(shape: str) -> Iterator[str]:
    """The answer of this shape without end, a token at a time."""
    rest = ""
    for piece in SHAPES[shape]():
        rest += piece
        while len(rest) >= TOKEN_CHARS:
            yield rest[:TOKEN_CHARS]
            rest = rest[TOKEN_CHARS:]


def text(shape: str, tokens_count: int) -> str:
    """The first tokens as one text."""
    return "".join(islice(tokens(shape), tokens_count))
