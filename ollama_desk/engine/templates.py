"""What a model's templates say of how to speak with it: which jinja renders, which tags it writes. Pure.

The ``template`` layer is in Go's language, which nothing here runs: its marks tell the family (HAZARDS 37). The file's
own chat template, in jinja, renders; where the file has none, that of the family does.
"""

import re
from dataclasses import dataclass

from ollama_desk.engine.capabilities import THINKING_MARKS
from ollama_desk.engine.families import FAMILIES
from ollama_desk.engine.tool_calls import HERMES, JSON_TAG, TAGS, ToolTag

THINK_TAGS = ("<think>", "</think>")
HARMONY = "<|channel|>"  # gpt-oss
THINKING = re.compile(r"([^\s{}]+)\s*\{\{-?\s*[$\w.]*\.Thinking\s*-?\}\}\s*([^\s{}]+)")


@dataclass(frozen=True, slots=True)
class Manner:
    """How to speak with a model."""

    chat_template: str = ""  # the jinja to load it with; "": the file's own
    renders_tools: bool = False  # llama.cpp shows it the tools and parses its calls
    writes_tools: bool = False  # only the template layer knows tools: they, calls and results go into the text
    renders_thinking: bool = False  # llama.cpp knows when it thinks
    tool_tags: tuple[ToolTag, ...] = TAGS
    think_tags: tuple[str, str] = THINK_TAGS
    always_thinks: bool = False  # in a channel of its own, whatever it is told


def manner_of(go: str, jinja: str) -> Manner:
    """How to speak with a model with this template layer (or ``""``) and this chat template in its file (or ``""``)."""
    chat_template = "" if jinja or not go else family_template(go)
    rendering = jinja or chat_template
    return Manner(
        chat_template,
        renders_tools="tools" in rendering,
        writes_tools=".Tools" in go and "tools" not in rendering,
        renders_thinking=any(mark in rendering for mark in THINKING_MARKS),
        tool_tags=tool_tags(go, rendering),
        think_tags=think_tags(go),
        always_thinks=HARMONY in rendering,
    )


def family_template(go: str) -> str:
    """The chat template, in jinja, of the family whose marks ``go`` bears; ``""`` where it bears none."""
    return next((family.jinja for family in FAMILIES if all(mark in go for mark in family.marks)), "")


def tool_tags(go: str, jinja: str) -> tuple[ToolTag, ...]:
    """The tags around the calls of this model: those that its templates mention first, then all that are known.

    A template that writes calls without any known tag is of a family that writes bare JSON.
    """
    text = go if ".ToolCalls" in go else jinja
    named = tuple(tag for tag in TAGS if tag.opening in text)
    if named or "tools" in jinja or ".ToolCalls" not in go:
        return named + tuple(tag for tag in TAGS if tag not in named)
    return (JSON_TAG, *TAGS)


def think_tags(go: str) -> tuple[str, str]:
    """The words around ``.Thinking`` in a Go template, as a real server infers them."""
    found = THINKING.search(go)
    return (found[1], found[2]) if found else THINK_TAGS


def tools_text(tools: str, tags: tuple[ToolTag, ...]) -> str:
    """What tells a model of its tools where no template does.

    Args:
        tools: their schemas as JSON, one a line.
        tags: those that the model writes its calls in.
    """
    tag = tags[0] if tags else HERMES
    call = '{"name": "<name of the function>", "arguments": {<the arguments as JSON>}}'
    if tag is JSON_TAG:
        form = f"answer with nothing but one line of JSON:\n{call}"
    else:
        opening, closing = tag.opening, tag.closing
        form = f"answer with JSON in {opening} tags:\n{opening}\n{call}\n{closing}".rstrip()
    return f"You can call these functions, each described as JSON:\n<tools>\n{tools}\n</tools>\nTo call one, {form}"
