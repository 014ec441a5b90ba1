"""Finds again what a sentence was made of, and says it in another language.

The core speaks without Qt: its errors and reasons are finished English sentences. A template such as
``The server at %1 does not answer.`` knows what stood in the place of %1 and says the rest in its own words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PLACEHOLDER = re.compile(r"%(\d)")
END_OF_SENTENCE = re.compile(r"(?<=[.?!…])\s+")
MOST_SENTENCES = 16  # of one text; what comes after them stays as it is
DEPTH = 4  # templates inside each other


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with holes: the words between them, the numbers of the holes, and the translation."""

    words: tuple[str, ...]
    numbers: tuple[str, ...]
    translation: str

    @property
    def weight(self) -> int:
        return sum(map(len, self.words))

    def parts(self, text: str) -> list[str] | None:
        """What stands in the holes where ``text`` was made from this template; otherwise None."""
        first, *middle, last = self.words
        if not text.startswith(first) or not text.endswith(last):
            return None
        end = len(text) - len(last)
        at, parts = len(first), []
        for words in middle:
            found = text.find(words, at + 1, end)
            if found < 0:
                return None
            parts.append(text[at:found])
            at = found + len(words)
        return [*parts, text[at:end]] if at < end else None

    def filled(self, parts: Sequence[str]) -> str:
        """The translation with these parts in its holes."""
        by_number = dict(zip(self.numbers, parts, strict=True))
        return PLACEHOLDER.sub(lambda hole: by_number.get(hole[1], hole[0]), self.translation)


class Sentences:
    """The sentences of one language.

    Args:
        translations: of whole sentences and of templates, as the files of ``resources/translations`` have them.
    """

    def __init__(self, translations: Mapping[str, str]) -> None:
        self._whole = {source: said for source, said in translations.items() if not PLACEHOLDER.search(source)}
        self._templates = sorted(
            (_template(source, said) for source, said in translations.items() if PLACEHOLDER.search(source)),
            key=lambda template: template.weight,
            reverse=True,
        )

    def said(self, text: str) -> str:
        """The text in this language; what in it is not known stays as it is."""
        return self._best(text, DEPTH)[1]

    def _best(self, text: str, depth: int) -> tuple[int, str]:
        """How many characters are known words, and the text: of all ways to cut it into sentences the best one."""
        gaps = list(END_OF_SENTENCE.finditer(text))[: MOST_SENTENCES - 1]
        starts = [0, *(gap.end() for gap in gaps)]
        ends = [*(gap.start() for gap in gaps), len(text)]
        best: list[tuple[int, str]] = [(0, "")]
        for start in range(len(starts) - 1, -1, -1):
            ways = []
            for end in range(start, len(ends)):
                known, words = self._one(text[starts[start] : ends[end]], depth)
                rest_known, rest = best[len(ends) - end - 1]
                ways.append((known + rest_known, f"{words} {rest}" if rest else words))
            best.append(max(ways, key=lambda way: way[0]))
        return best[-1]

    def _one(self, text: str, depth: int) -> tuple[int, str]:
        if text in self._whole:
            return len(text), self._whole[text]
        for template in self._templates if depth else ():
            parts = template.parts(text)
            if parts is not None:
                inner = [self._best(part, depth - 1) for part in parts]
                said = template.filled([words for _, words in inner])
                return template.weight + sum(known for known, _ in inner), said
        return 0, text


def _template(source: str, translation: str) -> Template:
    pieces = PLACEHOLDER.split(source)
    return Template(tuple(pieces[::2]), tuple(pieces[1::2]), translation)
