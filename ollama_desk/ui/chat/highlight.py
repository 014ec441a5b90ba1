"""Colours for source code: Pygments' tokens as spans of our five colours."""

from html import escape

from pygments import lex
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, String, _TokenType
from pygments.util import ClassNotFound

from ollama_desk.ui.palette import Tokens

LIMIT_CHARS = 20_000  # about 0.1 s of lexing; more is shown without colours


def highlighted(code: str, language: str, tokens: Tokens) -> str:
    """``code`` as HTML for a ``<pre>``; plain where the language is unknown or the code is long."""
    lexer = _lexer(language)
    if lexer is None or len(code) > LIMIT_CHARS:
        return escape(code)
    colours = {
        Comment: tokens.comment,
        Keyword: tokens.keyword,
        String: tokens.string,
        Number: tokens.number,
        Name.Function: tokens.name,
        Name.Class: tokens.name,
    }
    return "".join(_span(text, _colour(kind, colours)) for kind, text in lex(code, lexer))


def _colour(kind: _TokenType, colours: dict[_TokenType, str]) -> str:
    return next((colours[parent] for parent in reversed(kind.split()) if parent in colours), "")


def _span(text: str, colour: str) -> str:
    return f'<span style="color:{colour}">{escape(text)}</span>' if colour else escape(text)


def _lexer(language: str) -> Lexer | None:
    if not language:
        return None
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
