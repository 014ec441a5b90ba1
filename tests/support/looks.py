"""What is compared of an answer with a recorded one: status, type, the shape of each line, words, and the end."""

import contextlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.support.engine import Reply
from tests.support.recordings import CLOSED, Recording

MASKS = {  # what belongs to one machine, one model or one moment
    r"[0-9a-f]{64}": "DIGEST",
    r" on \d+\.\d+\.\d+\.\d+:\d+": "",
    r"(\$WORK|/\S*)/models/": "FOLDER/",
    r'"[\w.]+\.weight"': "TENSOR",
    r"\d+": "0",
}
DEPTH = 7  # levels of an object whose keys are compared
OPAQUE = ("model_info", "projector_info")  # their keys are those of the model, which is another one here


@dataclass(frozen=True)
class Looks:
    """What is compared of an answer."""

    status: int
    kind: str
    lines: tuple[str, ...]  # each shape of a line once, in the order of their first appearance
    is_whole: bool
    words: tuple[str, ...] = field(compare=False)

    def __str__(self) -> str:
        return "\n    ".join((f"{self.status} {self.kind}{'' if self.is_whole else ', cut'}", *self.lines))


def shape(value: Any, depth: int = 0) -> Any:
    """The keys and types of ``value``; numbers are alike.

    Whether a pull's first line for a layer tells ``completed`` is a matter of time: it is left out while it is 0.
    """
    match value:
        case dict() if depth < DEPTH:
            parts = sorted((key, part) for key, part in value.items() if not ("digest" in value and key == "completed"))
            return {key: "object" if key in OPAQUE else shape(part, depth + 1) for key, part in parts}
        case dict():
            return "object"
        case list():
            kinds = {json.dumps(shape(part, depth + 1)): None for part in value}
            return [json.loads(kind) for kind in kinds]
        case bool() | str() | None:
            return type(value).__name__
        case _:
            return "number"


def words(body: bytes) -> tuple[str, ...]:
    """What an answer says in words that programs and people look for: errors, and why it ended."""
    told: list[str] = []
    for line in body.splitlines():
        with contextlib.suppress(ValueError):
            told += _words(json.loads(line.removeprefix(b"data: ")))
    for mask, name in MASKS.items():
        told = [re.sub(mask, name, text) for text in told]
    return tuple(dict.fromkeys(told))


def _words(value: Any) -> list[str]:
    match value:
        case {"error": {"message": str() as message}}:
            return [message]
        case {"error": str() as message}:
            return [message]
        case {"done_reason": str() as reason} | {"stop_reason": str() as reason}:
            return [reason]
        case {"choices": [{"finish_reason": str() as reason}]} | {"delta": {"stop_reason": str() as reason}}:
            return [reason]
        case _:
            return []


def shapes(body: bytes) -> tuple[str, ...]:
    told = []
    for line in body.splitlines():
        text = line.removeprefix(b"data: ").strip()
        try:
            told.append(json.dumps(shape(json.loads(text))))
        except ValueError:
            told.append(text.decode())
    return tuple(dict.fromkeys(one for one in told if one))


def recorded(recording: Recording) -> Looks:
    body = b"".join(recording.pieces)
    kind = recording.headers.get("content-type", "").partition(";")[0]
    return Looks(recording.status, kind, shapes(body), recording.end == CLOSED, words(body))


def answered(reply: Reply) -> Looks:
    kind = reply.headers.get("content-type", "").partition(";")[0]
    return Looks(reply.status, kind, shapes(reply.body), reply.is_whole, words(reply.body))


def is_as(reply: Looks, recording: Recording) -> bool:
    real = recorded(recording)
    if recording.is_cut:  # by the recorder: what follows the cut is not known
        return (reply.status, reply.kind, reply.is_whole) == (real.status, real.kind, real.is_whole)
    return reply == real
