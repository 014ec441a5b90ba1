"""Reads templates of Go's ``text/template`` as far as needed to refuse broken ones and to see what they use.

Source: the lexer and parser of Go's text/template/parse; the words of the errors are theirs.
"""

import re
from dataclasses import dataclass, field

OPENERS = ("if", "range", "with", "block", "define")
KEYWORDS = (*OPENERS, "else", "end", "template", "break", "continue", "nil")
FUNCTIONS = frozenset(
    {
        "and",
        "or",
        "not",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "len",
        "index",
        "slice",
        "print",
        "printf",
        "println",
        "html",
        "js",
        "urlquery",
        "call",
        "true",
        "false",
        "json",
        "currentDate",
        "yesterdayDate",
        "toTypeScriptType",
    }
)
TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>"(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\\n])+')
    |(?P<open>["`'])
    |(?P<field>\.[A-Za-z_]\w*)
    |(?P<variable>\$\w*)
    |(?P<number>[+-]?\d[\w.]*)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<mark>:=|[=|(),.])
    |(?P<odd>.)""",
    re.VERBOSE | re.DOTALL,
)
TRIMMED = re.compile(r"\s+-}}")
LEFT, RIGHT, BRACE = "{{", "}}", "{"


class GoTemplateError(ValueError):
    """A template that is none; the text is Go's."""


@dataclass(slots=True)
class _Reader:
    """One pass over a template."""

    text: str
    place: int = 0
    blocks: list[str] = field(default_factory=list)
    elses: list[bool] = field(default_factory=list)  # for each block, whether its last branch has begun
    fields: set[str] = field(default_factory=set)

    def error(self, words: str) -> GoTemplateError:
        line = self.text.count("\n", 0, self.place) + 1
        return GoTemplateError(f"template: :{line}: {words}")

    def read(self) -> None:
        while (start := self.text.find(LEFT, self.place)) >= 0:
            self.place = start + len(LEFT)
            if self.text.startswith("/*", self.place) or self.text.startswith("- /*", self.place):
                self.comment()
            else:
                self.action()
        self.place = len(self.text)
        if self.blocks:
            raise self.error("unexpected EOF")

    def comment(self) -> None:
        end = self.text.find("*/", self.place)
        if end < 0:
            raise self.error("unclosed comment")
        self.place = end + 2
        rest = self.text[self.place :]
        if not (rest.startswith(RIGHT) or rest.lstrip().startswith("-" + RIGHT)):
            raise self.error("comment ends before closing delimiter")

    def action(self) -> None:
        """Read up to the end of an action."""
        tokens: list[tuple[str, str]] = []
        depth = 0
        if self.text.startswith("- ", self.place) or self.text.startswith("-\n", self.place):
            self.place += 2
        while True:
            trimmed = TRIMMED.match(self.text, self.place)
            if trimmed is not None or self.text.startswith(RIGHT, self.place):
                self.place = trimmed.end() if trimmed is not None else self.place + len(RIGHT)
                break
            match = TOKEN.match(self.text, self.place)
            if match is None:
                raise self.error("unclosed action")
            self.place = match.end()
            kind, token = str(match.lastgroup), match.group()
            depth += {"(": 1, ")": -1}.get(token, 0)
            self.refuse_odd(kind, token, depth)
            if kind != "space":
                tokens.append((kind, token))
        if depth:
            raise self.error("unclosed left paren")
        self.understand(tokens)

    def refuse_odd(self, kind: str, token: str, depth: int) -> None:
        if kind == "open":
            words = {'"': "unterminated quoted string", "'": "unterminated character constant"}
            raise self.error(words.get(token, "unterminated raw quoted string"))
        if depth < 0:
            raise self.error("unexpected right paren")
        if kind == "odd":
            if token == BRACE:
                raise self.error(
                    "unclosed action" if LEFT in self.text[self.place - 1 :] else 'unexpected "{" in command'
                )
            raise self.error(f"unrecognized character in action: U+{ord(token):04X} {token!r}")
        if kind == "word" and token not in FUNCTIONS and token not in KEYWORDS:
            raise self.error(f'function "{token}" not defined')
        if kind == "field":
            self.fields.add(token[1:])

    def understand(self, tokens: list[tuple[str, str]]) -> None:
        if not tokens:
            raise self.error("missing value for command")
        kind, first = tokens[0]
        if kind != "word":
            return
        if first in OPENERS:
            self.begin(first, is_bare=len(tokens) == 1)
        elif first == "end":
            self.end()
        elif first == "else":
            self.branch(is_last=len(tokens) == 1)

    def begin(self, opener: str, *, is_bare: bool) -> None:
        if is_bare:
            raise self.error(f"missing value for {opener}")
        self.blocks.append(opener)
        self.elses.append(False)

    def end(self) -> None:
        if not self.blocks:
            raise self.error("unexpected {{end}}")
        self.blocks.pop()
        self.elses.pop()

    def branch(self, *, is_last: bool) -> None:
        if not self.blocks or self.blocks[-1] == "define" or self.elses[-1]:
            raise self.error("unexpected {{else}}")
        self.elses[-1] = is_last


def fields_of(template: str) -> frozenset[str]:
    """The names of all fields that ``template`` asks for: ``Tools`` where it says ``.Tools`` or ``$.Tools``.

    Raises:
        GoTemplateError: it is no template.
    """
    reader = _Reader(template)
    reader.read()
    return frozenset(reader.fields)
