"""The forms in which models write a call of a tool: JSON of several kinds, XML, and names with JSON behind. Pure."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

NAMED = re.compile(r"\s*([A-Za-z_][\w.-]*)\s*(?:\[CALL_ID\][^\[]*)?(?:\[ARGS\])?\s*(?=\{)")
DEEPSEEK = re.compile(
    r"<｜tool▁call▁begin｜>(?:function<｜tool▁sep｜>)?\s*([\w.-]+)\s*(?:<｜tool▁sep｜>)?\s*(?:```json\s*)?",
)
FUNCTION = re.compile(r"<function=([\w.-]+)>(.*?)(?:</function>|\Z)", re.DOTALL)
PARAMETER = re.compile(r"<parameter=([\w.-]+)>\n?(.*?)\n?</parameter>", re.DOTALL)
PAIR = re.compile(r"<arg_key>(.*?)</arg_key>\s*<arg_value>(.*?)</arg_value>", re.DOTALL)
_DECODER = json.JSONDecoder(strict=False)  # models write line breaks into strings


@dataclass(frozen=True, slots=True)
class Call:
    """A tool's name and its arguments."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


def calls_in(text: str) -> list[Call]:
    """Every call that ``text`` holds; none where any part of it is no call."""
    text = text.strip()
    if text.startswith(("{", "[")):
        return _json_calls(text)
    if "<function=" in text:
        return [Call(name, _parameters(body)) for name, body in FUNCTION.findall(text)]
    if "<arg_key>" in text:
        name = text.partition("<arg_key>")[0].strip()
        return [Call(name, {key.strip(): _value(value) for key, value in PAIR.findall(text)})] if name else []
    pattern = DEEPSEEK if text.startswith("<｜tool") else NAMED
    return _named_calls(text, pattern)


def _json_calls(text: str) -> list[Call]:
    """Of one JSON value after the other."""
    calls: list[Call] = []
    at = 0
    while at < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return []
        for entry in value if isinstance(value, list) else [value]:
            call = _of_object(entry)
            if call is None:
                return []
            calls.append(call)
        while at < len(text) and text[at] in " \t\r\n,;":
            at += 1
    return calls


def _of_object(entry: Any) -> Call | None:
    if not isinstance(entry, dict):
        return None
    inner = entry.get("function")
    if isinstance(inner, dict):
        entry = inner
    name = entry.get("name") or entry.get("tool_name") or (inner if isinstance(inner, str) else "")
    given: Any = next((entry[key] for key in ("arguments", "parameters", "args") if key in entry), {})
    if isinstance(given, str):
        try:
            given = _DECODER.decode(given)
        except (ValueError, RecursionError):
            return None
    if not isinstance(name, str) or not name or not isinstance(given, dict | None):
        return None
    return Call(name, given or {})


def _named_calls(text: str, pattern: re.Pattern[str]) -> list[Call]:
    """Names with an object behind each."""
    calls: list[Call] = []
    at = 0
    while (found := pattern.search(text, at)) is not None:
        if pattern is NAMED and found.start() != at:
            return []
        try:
            value, at = _DECODER.raw_decode(text, found.end())
        except (ValueError, RecursionError):
            return []
        if not isinstance(value, dict):
            return []
        calls.append(Call(found[1], value))
    return [] if pattern is NAMED and text[at:].strip() else calls


def _parameters(body: str) -> dict[str, Any]:
    value = _value(body)
    return value if isinstance(value, dict) else {name: _value(text) for name, text in PARAMETER.findall(body)}


def _value(text: str) -> Any:
    """JSON where it is some, else the text itself."""
    try:
        return _DECODER.decode(text.strip())
    except (ValueError, RecursionError):
        return text.strip()
