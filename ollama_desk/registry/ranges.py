"""Whether an answer holds the bytes that were asked for."""

import re

from ollama_desk.core.web import WebAnswer
from ollama_desk.domain.errors import RegistryAnswerError, RegistryError

PARTIAL = 206
CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


class RangesRefusedError(RegistryError):
    """The server sends the whole blob, whatever part was asked for."""


def check_range(answer: WebAnswer, span: range | None, size_bytes: int) -> None:
    """Refuse the answer unless its body starts where ``span`` does, in a blob of ``size_bytes``.

    Raises:
        RangesRefusedError: it is the whole blob, of which only a part was wanted.
        RegistryAnswerError: it is something else.
    """
    if answer.status != PARTIAL:
        announced = answer.headers.get("content-length", str(size_bytes))
        if announced != str(size_bytes):
            raise RegistryAnswerError(_other_size(announced, size_bytes))
        if span is not None:
            raise RangesRefusedError("The server sends no parts of a file.")
        return
    found = CONTENT_RANGE.fullmatch(answer.headers.get("content-range", "").strip())
    start = 0 if span is None else span.start
    if found is None or int(found[1]) != start:
        raise RegistryAnswerError("The registry sent another part than was asked for. Try again later.")
    if found[3] not in ("*", str(size_bytes)):
        raise RegistryAnswerError(_other_size(found[3], size_bytes))


def _other_size(announced: str, size_bytes: int) -> str:
    return (
        f"The registry contradicts itself: a layer has {size_bytes} bytes by the manifest, and {announced} where it "
        "lies. Try again later."
    )
