"""Prompts that are written here rather than by llama.cpp: by a plain Go template, between two texts, with pictures.

Of Go's templates this takes the plain ones, which say where the system text, the prompt and the suffix go: ``if``,
``else``, ``end`` and fields. Those that go through messages are families' own, and their jinja renders instead.
"""

import re
from dataclasses import dataclass
from typing import Any

from ollama_desk.domain.errors import RequestFailedError

FIELD = re.compile(r"\$?\.([A-Z]\w*)")
EMPTY = ("Response", "Messages", "Tools", "Thinking", "ThinkLevel")  # of a prompt there are none
OPENERS = ("if", "range", "with", "block", "define")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What goes into a template."""

    prompt: str
    suffix: str = ""
    system: str = ""

    def field(self, name: str) -> str:
        """A template's field; what Go writes for one that there is not."""
        fields = {"Prompt": self.prompt, "Suffix": self.suffix, "System": self.system}
        return fields.get(name, "" if name in EMPTY else "<no value>")


class _NotPlainError(Exception):
    """The template says what is not understood here."""


def is_plain(template: str) -> bool:
    """Whether ``render`` can write a prompt by it.

    Raises:
        RequestFailedError: it is none; status 500, in Go's words.
    """
    if template.count("{{") != template.count("}}"):
        raise RequestFailedError("template: :1: unclosed action", status=500)
    return "range" not in template and render(template, Prompt("p", "", "s")) is not None


def render(template: str, prompt: Prompt) -> str | None:
    """The prompt, up to where the answer begins; ``None`` where the template is more than a plain one."""
    try:
        return _Renderer(_parts(template), prompt).text()
    except _NotPlainError:
        return None


def _parts(template: str) -> list[tuple[str, str]]:
    """Pieces of ("text", …) and ("action", …), with the white space gone that ``{{-`` and ``-}}`` eat."""
    parts: list[tuple[str, str]] = []
    at, trims = 0, False
    for found in re.finditer(r"\{\{(-?)\s*(.*?)\s*(-?)\}\}", template, re.DOTALL):
        text = template[at : found.start()]
        text = text.lstrip() if trims else text
        parts += [("text", text.rstrip() if found[1] else text), ("action", found[2])]
        at, trims = found.end(), bool(found[3])
    rest = template[at:]
    return [*parts, ("text", rest.lstrip() if trims else rest)]


class _Renderer:
    """Writes what the branches that are taken say, and only looks for the ends of the others."""

    def __init__(self, parts: list[tuple[str, str]], prompt: Prompt) -> None:
        self._parts = parts
        self._prompt = prompt
        self._out: list[str] = []
        self._ended = False  # at the answer's place

    def text(self) -> str:
        levels: list[list[bool]] = []  # of each open "if": whether this branch is taken, and whether any was
        for kind, said in self._parts:
            live = all(taken for taken, _ in levels) and not self._ended
            if kind == "text":
                if live:
                    self._out.append(said)
                continue
            self._act(said, levels, live=live)
        return "".join(self._out)

    def _act(self, said: str, levels: list[list[bool]], *, live: bool) -> None:
        word, _, rest = said.partition(" ")
        if said.startswith("/*"):
            return
        if word == "end" and levels:
            levels.pop()
        elif word in OPENERS:
            holds = live and self._holds(word, rest)
            levels.append([holds, holds or not live])
        elif word == "else" and levels:
            self._turn(rest, levels)
        elif live:
            self._put(said)

    def _turn(self, rest: str, levels: list[list[bool]]) -> None:
        taken, any_taken = levels[-1]
        condition = rest.removeprefix("if ").strip()
        if taken or any_taken:
            levels[-1] = [False, True]
        else:
            holds = not condition or self._holds("if", condition)
            levels[-1] = [holds, holds]

    def _holds(self, word: str, condition: str) -> bool:
        if word != "if":
            raise _NotPlainError
        if not condition.strip():
            raise RequestFailedError("template: :1: missing value for if", status=500)
        kind, *names = condition.split()
        if kind in ("and", "or") and all(FIELD.fullmatch(name) for name in names):
            values = [self._is_set(name) for name in names]
            return all(values) if kind == "and" else any(values)
        if kind == "not" and len(names) == 1:
            return not self._is_set(names[0])
        if names:
            raise _NotPlainError
        return self._is_set(kind)

    def _is_set(self, said: str) -> bool:
        return self._value(said) not in ("", "<no value>")

    def _put(self, said: str) -> None:
        if said in (".Response", "$.Response"):
            self._ended = True
            return
        self._out.append(self._value(said))

    def _value(self, said: str) -> str:
        found = FIELD.fullmatch(said)
        if found is None:
            raise _NotPlainError
        return self._prompt.field(found[1])


def with_media(text: str, media: list[str]) -> str | dict[str, Any]:
    """The prompt ``text`` for ``/completion``; with pictures or sounds, whose marks stand in it."""
    return {"prompt_string": text, "multimodal_data": media} if media else text


def media_of(messages: list[dict[str, Any]]) -> list[str]:
    """The pictures and sounds in a chat, as raw base64."""
    parts = [part for message in messages if isinstance(message["content"], list) for part in message["content"]]
    pictures = {"image_url": "url", "input_audio": "data"}
    return [part[kind][key].rpartition(",")[2] for part in parts for kind, key in pictures.items() if kind in part]


def text_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a chat as ``/completion`` calls them."""
    told = dict(settings)
    form = told.pop("response_format", None)
    if form is not None:
        told["json_schema"] = form["json_schema"]["schema"] if "json_schema" in form else {"type": "object"}
    if told.pop("logprobs", False):
        told["n_probs"] = told.pop("top_logprobs")
    return told
