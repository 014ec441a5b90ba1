"""Colours for source code: Pygments' tokens as spans of our five colours, a few at a time."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, String, _TokenType
from pygments.util import ClassNotFound

from ollama_desk.ui.palette import Tokens

LIMIT_CHARS = 20_000  # more is shown without colours
LAST_OF_PLANE = 0xFFFF
LINE_CHARS = 500  # so is code with longer lines: nobody wrote it, and some lexers take seconds over it
# Those that start and work fast on anything: the first use of Scala's costs 270 ms, and some never come to an end.
_NAMES = (
    "ada asm awk bash bat batch c c# c++ cmake cobol console cpp cs csharp css dart diff docker dockerfile elixir "
    "erlang f# fortran fsharp go golang graphql groovy haskell hcl html http ini java javascript js json jsx kotlin "
    "latex less lua make makefile markdown md nasm nginx nim nix objc objective-c ocaml pascal perl php powershell "
    "proto protobuf ps1 py pycon python r rb rs rst ruby rust scheme scss sed sh shell solidity sql swift systemd tcl "
    "terraform tex text toml ts tsx typescript verilog vhdl vim xml yaml yml zig zsh"
)
LANGUAGES = frozenset(_NAMES.split())


def highlights(code: str, language: str, tokens: Tokens) -> Iterator[tuple[int, int, str]]:
    """Start, length and colour of the code's parts, "" for plain; nothing where it is long or of no known language.

    Start and length are in Qt's units, of which a character beyond the first 65 536 takes two.
    """
    lexer = _lexer(language) if len(code) <= LIMIT_CHARS and _has_short_lines(code) else None
    if lexer is None:
        return
    colours = {
        Comment: tokens.comment,
        Keyword: tokens.keyword,
        String: tokens.string,
        Number: tokens.number,
        Name.Function: tokens.name,
        Name.Class: tokens.name,
    }
    place = _places(code)
    for start, kind, text in lexer.get_tokens_unprocessed(code):
        yield place[start], place[start + len(text)] - place[start], _colour(kind, colours)


def _places(code: str) -> Sequence[int]:
    """Where Qt has each character, and the end."""
    if code.isascii():
        return range(len(code) + 1)
    return list(accumulate((1 + (ord(each) > LAST_OF_PLANE) for each in code), initial=0))


def _has_short_lines(code: str) -> bool:
    return max(map(len, code.split("\n"))) <= LINE_CHARS


def _colour(kind: _TokenType, colours: dict[_TokenType, str]) -> str:
    return next((colours[parent] for parent in reversed(kind.split()) if parent in colours), "")


def _lexer(language: str) -> Lexer | None:
    name = language.casefold()
    if name not in LANGUAGES:
        return None
    try:
        return get_lexer_by_name(name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
