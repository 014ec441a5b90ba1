"""The usual parameters of a model, what each may be, and how one is read from what a person wrote. Pure.

A server takes a parameter of a wrong type without a word and fails at the first chat: so it is judged here.
Source of names and ranges: Ollama's documentation of the Modelfile, llama.cpp's samplers.
"""

import math
import re
from dataclasses import dataclass
from enum import Enum

MOST = 2**31 - 1  # what llama.cpp's whole numbers hold
KILO = 1024
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
WHOLE = re.compile(r"-?[0-9]{1,10}", re.ASCII)


class Kind(Enum):
    """Of what type a parameter is."""

    WHOLE = "whole"
    NUMBER = "number"
    SWITCH = "switch"
    TEXTS = "texts"  # several, one on each line


@dataclass(frozen=True, slots=True)
class Rule:
    """What a parameter may be."""

    kind: Kind
    least: float = 0.0
    most: float = float(MOST)
    is_tokens: bool = False  # "8k" is 8192


Value = float | int | bool | str | tuple[str, ...]

RULES = {
    "temperature": Rule(Kind.NUMBER, 0, 2),
    "top_p": Rule(Kind.NUMBER, 0, 1),
    "top_k": Rule(Kind.WHOLE, 0, 1_000_000),
    "min_p": Rule(Kind.NUMBER, 0, 1),
    "typical_p": Rule(Kind.NUMBER, 0, 1),
    "num_ctx": Rule(Kind.WHOLE, 256, 16_777_216, is_tokens=True),
    "num_predict": Rule(Kind.WHOLE, -2, 10_000_000, is_tokens=True),
    "repeat_penalty": Rule(Kind.NUMBER, 0, 10),
    "repeat_last_n": Rule(Kind.WHOLE, -1, MOST),
    "presence_penalty": Rule(Kind.NUMBER, -2, 2),
    "frequency_penalty": Rule(Kind.NUMBER, -2, 2),
    "seed": Rule(Kind.WHOLE, -1, MOST),
    "stop": Rule(Kind.TEXTS),
    "num_keep": Rule(Kind.WHOLE, -1, MOST, is_tokens=True),
    "num_batch": Rule(Kind.WHOLE, 1, 1_000_000),
    "num_gpu": Rule(Kind.WHOLE, -1, 9999),
    "main_gpu": Rule(Kind.WHOLE, 0, 15),
    "num_thread": Rule(Kind.WHOLE, 0, 512),
    "use_mmap": Rule(Kind.SWITCH),
}


class UnusableValueError(ValueError):
    """What was written is no value of this parameter."""


def is_name(text: str) -> bool:
    """Whether a parameter may be called that."""
    return NAME.fullmatch(text) is not None


def read_value(name: str, text: str) -> Value:
    """What ``text`` means for the parameter ``name``; of one that has no rule what it looks like.

    Raises:
        UnusableValueError: it is of the wrong type or out of range.
    """
    rule = RULES.get(name)
    if rule is None:
        return _guessed(text)
    match rule.kind:
        case Kind.TEXTS:
            return tuple(_unescaped(line) for line in text.split("\n") if line)
        case Kind.SWITCH:
            return _switch(text)
        case Kind.WHOLE:
            return int(_within(rule, _whole(text, is_tokens=rule.is_tokens)))
        case Kind.NUMBER:
            return float(_within(rule, _number(text)))


def write_values(values: list[str]) -> str:
    """The values of one parameter, as ``read_value`` reads them: one on each line."""
    return "\n".join(value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t") for value in values)


def _unescaped(line: str) -> str:
    marks = {"n": "\n", "t": "\t", "\\": "\\"}
    return re.sub(r"\\([nt\\])", lambda found: marks[found[1]], line)


def _switch(text: str) -> bool:
    word = text.strip().lower()
    if word not in ("true", "false"):
        raise UnusableValueError
    return word == "true"


def _whole(text: str, *, is_tokens: bool) -> int:
    plain = text.strip().lower()
    factor = KILO if is_tokens and plain.endswith("k") else 1
    digits = plain.removesuffix("k").strip() if factor > 1 else plain
    if WHOLE.fullmatch(digits):
        return int(digits) * factor
    number = _number(plain)  # 1e+06: so a server writes large ones
    if number != int(number):
        raise UnusableValueError
    return int(number)


def _number(text: str) -> float:
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError as error:
        raise UnusableValueError from error
    if not math.isfinite(number):
        raise UnusableValueError
    return number


def _within(rule: Rule, number: float) -> float:
    if not rule.least <= number <= rule.most:
        raise UnusableValueError
    return number


def _guessed(text: str) -> Value:
    """Unknown parameters are passed on: a whole number, a number, a switch, or else a text.

    Raises:
        UnusableValueError: there is nothing.
    """
    plain = text.strip()
    if not plain:
        raise UnusableValueError
    if WHOLE.fullmatch(plain):
        return int(plain)
    for read in (_switch, _number):
        try:
            return read(plain)
        except UnusableValueError:
            continue
    return text
