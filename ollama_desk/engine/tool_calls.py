"""Finds the calls of tools that a model writes into its text, in the tags of its family.

Needed where llama.cpp leaves them there: it parses only what the chat template in the file declares (HAZARDS 37).
"""

import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass

from ollama_desk.engine.call_forms import Call, calls_in
from ollama_desk.ollama.wire import ToolCall, ToolFunction

ID_LETTERS = string.ascii_lowercase + string.digits
BARE = "{"  # the mark of families that write a call as JSON without a tag


@dataclass(frozen=True, slots=True)
class ToolTag:
    """What stands around a family's calls. Without a closing tag the calls go on to the end of the text."""

    opening: str
    closing: str = ""
    keeps: str = ""  # what of the opening belongs to the call itself


HERMES = ToolTag("<tool_call>", "</tool_call>")
TAGS = (
    HERMES,
    ToolTag("[TOOL_CALLS]"),  # Mistral
    ToolTag("<|tool_call|>", "<|/tool_call|>"),  # Phi 4, Granite; the latter never closes
    ToolTag("<|python_tag|>"),  # Llama 3
    ToolTag("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"),
    ToolTag("<|START_ACTION|>", "<|END_ACTION|>"),  # Command R
    ToolTag("functools[", keeps="["),  # Firefunction
    ToolTag("<function=", "</function>", keeps="<function="),
)
JSON_TAG = ToolTag(BARE)


class ToolParser:
    """Cuts text into answer and calls; how the text was chunked makes no difference.

    What stands in tags but is no call stays in the answer as it was written.

    Args:
        tags: the family's.
        names: the tools that were offered; JSON without a tag is a call only where it names one of them.
    """

    def __init__(self, tags: Iterable[ToolTag], names: Iterable[str] = ()) -> None:
        self._tags = tuple(tags)
        self._openings = tuple(tag.opening for tag in self._tags if tag is not JSON_TAG)
        self._longest = max((len(opening) for opening in self._openings), default=0)
        self._takes_bare = JSON_TAG in self._tags
        self._names = frozenset(names)
        self._inside: ToolTag | None = None
        self._held = ""
        self._at_start = True  # nothing but white space so far
        self._after_call = False  # white space after a call belongs to nobody

    def feed(self, text: str) -> tuple[str, list[ToolCall]]:
        """The answer and the calls that are certain after ``text``."""
        self._held += text
        said, calls = "", list[ToolCall]()
        while self._held:
            before = self._held
            if self._inside is None:
                said += self._until_opening()
            else:
                kept, found = self._until_closing(self._inside)
                said += kept
                calls += found
            if self._held == before:
                break
        return said, calls

    def finish(self) -> tuple[str, list[ToolCall]]:
        """What was held back, at the end of the text: calls, where it makes any."""
        held, self._held = self._held, ""
        if self._inside is None:
            return held, []
        tag, self._inside = self._inside, None
        return self._read(tag, held, closing="")

    def _until_opening(self) -> str:
        """Take what is certainly answer off the front; at a tag, go into it."""
        if self._at_start or self._after_call:
            bare = self._held.lstrip()
            if not bare:
                return self._all() if not self._after_call else self._drop()
            if self._takes_bare and self._at_start and bare[0] in "{[":
                self._inside, self._held = JSON_TAG, bare
                return ""
            if self._after_call:
                self._held = bare
        at, tag = min(
            ((at, tag) for tag in self._tags if tag is not JSON_TAG and (at := self._held.find(tag.opening)) >= 0),
            key=lambda found: found[0],
            default=(-1, None),
        )
        if tag is None:
            at = len(self._held) - self._possible_start()
        said, self._held = self._held[:at], self._held[at:]
        if said.strip():
            self._at_start = self._after_call = False
        if tag is not None:
            self._inside, self._held = tag, self._held[len(tag.opening) :]
        return said

    def _all(self) -> str:
        said, self._held = self._held, ""
        return said

    def _drop(self) -> str:
        self._held = ""
        return ""

    def _possible_start(self) -> int:
        """How many characters at the end may be the beginning of a tag."""
        for count in range(min(self._longest - 1, len(self._held)), 0, -1):
            tail = self._held[-count:]
            if any(opening.startswith(tail) for opening in self._openings):
                return count
        return 0

    def _until_closing(self, tag: ToolTag) -> tuple[str, list[ToolCall]]:
        if not tag.closing:
            return "", []
        body, found, after = self._held.partition(tag.closing)
        if not found:
            return "", []
        self._held, self._inside = after, None
        return self._read(tag, body, closing=tag.closing)

    def _read(self, tag: ToolTag, body: str, *, closing: str) -> tuple[str, list[ToolCall]]:
        whole = f"{tag.opening}{body}" if tag is not JSON_TAG else body
        found = calls_in(tag.keeps + body)
        if tag is JSON_TAG and not all(call.name in self._names for call in found):
            found = []
        self._at_start = False
        if not found:
            return f"{whole}{closing}", []
        self._after_call = True
        return "", [tool_call(call) for call in found]


def tool_call(call: Call) -> ToolCall:
    return ToolCall(new_id(), ToolFunction(0, call.name, call.arguments))


def new_id() -> str:
    """As a real server's own parsers make them."""
    return "call_" + "".join(secrets.choice(ID_LETTERS) for _ in range(8))
