"""Requests out of JSON as Go reads them: null is nothing said, and a wrong type is told in Go's words."""

import json
import re
from typing import Any, TypeVar

import msgspec

from ollama_desk.domain.errors import RequestFailedError

T = TypeVar("T")
BAD_REQUEST = 400
LONE = rb"\ud"  # perhaps half of a pair
COMPLAINT = re.compile(r"Expected `(?P<wanted>[^`]*)`, got `(?P<got>\w+)`(?: - at `\$\.?(?P<path>[^`]*)`)?")
GOT = {"int": "number", "float": "number", "str": "string"}
GO_TYPES = {  # of api/types.go
    "messages": "[]api.Message",
    "messages[]": "api.Alias",
    "messages.images": "[]api.ImageData",
    "messages.images[]": "api.ImageData",
    "images": "[]api.ImageData",
    "images[]": "api.ImageData",
    "messages.tool_calls": "[]api.ToolCall",
    "tools": "api.Tools",
    "options": "map[string]interface {}",
    "parameters": "map[string]interface {}",
    "context": "[]int",
    "files": "map[string]string",
    "adapters": "map[string]string",
}
PLAIN = {"str": "string", "int": "int", "bool": "bool", "float": "float64"}
BUILT = {"bool": "bool", "array": "[]interface {}", "object": "map[string]interface {}"}
THINK_TEXT = 'think must be a boolean or string ("high", "medium", "low", "max", true, or false)'


def unmarshal(body: bytes, kind: type[T]) -> T:
    """``body`` as ``kind``.

    Raises:
        msgspec.DecodeError: it is no JSON.
        RequestFailedError: a value of a wrong type, or nested too deeply; status 400.
    """
    try:
        try:
            return _unmarshal(body, kind)
        except msgspec.DecodeError:
            if LONE not in body.lower():
                raise
            return _unmarshal(_mended(body), kind)
    except RecursionError as error:
        raise RequestFailedError("exceeded max depth", status=BAD_REQUEST) from error


def _mended(body: bytes) -> bytes:
    """``body`` with a sign of replacement for each half of a pair of UTF-16, as Go writes it.

    Raises:
        msgspec.DecodeError: it is no JSON for other reasons.
    """
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError as error:
        raise msgspec.DecodeError(str(error)) from error
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _unmarshal(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError:
        value = msgspec.json.decode(body)
    try:
        return msgspec.convert({} if value is None else _said(value), kind)
    except msgspec.ValidationError as error:
        raise RequestFailedError(_in_go(str(error), kind.__name__), status=BAD_REQUEST) from error


def _said(value: Any) -> Any:
    """Without the nulls of objects."""
    match value:
        case dict():
            return {name: _said(inner) for name, inner in value.items() if inner is not None}
        case list():
            return [_said(inner) for inner in value]
        case _:
            return value


def _in_go(complaint: str, struct: str) -> str:
    found = COMPLAINT.match(complaint)
    if found is None:
        return f"json: cannot unmarshal: {complaint}"
    got, path = found["got"], found["path"] or ""
    if not path:
        return f"json: cannot unmarshal {GOT.get(got, got)} into Go value of type api.{struct}"
    if path == "think":
        return THINK_TEXT
    if path == "keep_alive":
        return f"Unsupported type: '{BUILT.get(got, got)}'"
    place = re.sub(r"\[[^\]]*\]", "[]", path)
    field, plain = place.replace("[]", ""), found["wanted"].removesuffix(" | null")
    wanted = GO_TYPES.get(_ends_in_item(place)) or PLAIN.get(plain, plain)
    return f"json: cannot unmarshal {GOT.get(got, got)} into Go struct field {struct}.{field} of type {wanted}"


def _ends_in_item(place: str) -> str:
    """``place`` with its brackets only at the end: ``messages[].images[]`` is ``messages.images[]``."""
    return place.removesuffix("[]").replace("[]", "") + ("[]" if place.endswith("[]") else "")
