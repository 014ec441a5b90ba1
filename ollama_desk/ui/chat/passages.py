"""What one widget of a message shows: some paragraphs that stand together, or the code of one fence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ollama_desk.ui.chat.segments import LINE_WEIGHT, WHOLE_WEIGHT, Segment, Segmenter, weight

JOINED_WEIGHT = 1_500  # short paragraphs share a widget up to here
CHUNK_CHARS = 2_000  # segmented in one step, 1 ms, for brackets without end 10
HEADING = re.compile(r" {0,3}#{1,6}\s")
DEFINITION = re.compile(r"(?m)^ {0,3}\[([^\[\]\n]{1,100})\]:[ \t]*\S[^\n]{0,500}$")
LABEL = re.compile(r"\[([^\[\]\n]{1,100})\]")
DEFINITIONS = 200  # of one message; further ones stay what they are


@dataclass(frozen=True, slots=True)
class Passage:
    """Markdown, or code where there is a language, even an empty one. ``end``: characters of the message until here."""

    text: str
    end: int
    language: str | None = None

    def is_like(self, other: "Passage") -> bool:
        """Whether it looks the same, wherever it stands."""
        return self.text == other.text and self.language == other.language

    def takes(self, segment: Segment) -> bool:
        """Whether the segment behind it belongs to it."""
        if self.language is not None or segment.language is not None:
            return segment.goes_on
        return not HEADING.match(segment.text) and _cost(self.text) + _cost(segment.text) <= JOINED_WEIGHT

    def with_segment(self, segment: Segment) -> "Passage":
        return Passage(self.text + segment.text, segment.end, self.language)


def _cost(text: str) -> int:
    return weight(text) + LINE_WEIGHT * text.count("\n")


def passage(segment: Segment) -> Passage:
    return Passage(segment.text, segment.end, segment.language)


def passages(text: str) -> Iterator[Passage | None]:
    """A whole message, from its beginning; None after a step that finished nothing."""
    definitions = _definitions(text)
    segmenter = Segmenter(limit=WHOLE_WEIGHT, cuts_code=False)
    last: Passage | None = None
    for start in range(0, len(text) + CHUNK_CHARS, CHUNK_CHARS):
        chunk = text[start : start + CHUNK_CHARS]
        for segment in segmenter.feed(chunk) if chunk else segmenter.end():
            if last is not None and last.takes(segment):
                last = last.with_segment(segment)
                continue
            if last is not None:
                yield _with_definitions(last, definitions)
            last = passage(segment)
        yield None
    if last is not None:
        yield _with_definitions(last, definitions)


def _definitions(text: str) -> dict[str, str]:
    """Where the reference links of a message lead: a definition may stand anywhere in it."""
    found: dict[str, str] = {}
    for match in DEFINITION.finditer(text):
        found.setdefault(" ".join(match[1].casefold().split()), match[0].strip())
        if len(found) >= DEFINITIONS:
            break
    return found


def _with_definitions(last: Passage, definitions: dict[str, str]) -> Passage:
    if last.language is not None or not definitions or "[" not in last.text:
        return last
    labels = dict.fromkeys(" ".join(label.casefold().split()) for label in LABEL.findall(last.text))
    lines = [definitions[label] for label in labels if label in definitions]
    return Passage("\n\n".join([last.text, *lines]), last.end) if lines else last
