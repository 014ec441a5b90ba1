"""Markdown of an answer as HTML that Qt can show without opening a file, a connection or a hole.

Raw HTML is text, an image is its text, a link is http, https or mailto and shows where it leads. Untrusted text
comes out of here escaped and without control or bidirectional characters, in a small subset of HTML.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ollama_desk.ui.palette import Tokens

MAX_NESTING = 32
# Quotes are tables to Qt, and its tables inside tables cost twice the time for each level: ten seconds at thirty.
DEPTHS = {"blockquote": 3, "bullet_list": 8, "ordered_list": 8, "list_item": 8}
MAX_CELLS = 2_000
MAX_RUN = 1_000  # characters without a place to break a line
MAX_CHARS = 20_000  # at once; whoever has more cuts it into segments
SOURCE_CHARS = 120  # of a picture's address
HEADING_SIZES = (1.5, 1.3, 1.15, 1.05, 1.0, 1.0)
# Controls, what reorders text, invisible spaces and fillers, tags, lone surrogates. The joiners of emoji and of Persian
# stay in prose, and are shown in code, where they do nothing but deceive.
_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
HIDDEN = re.compile(f"[{_HIDDEN}]")
UNSEEN_IN_CODE = re.compile(f"[{_HIDDEN}\u200c\u200d]")
# No font has them, and to learn that Qt loads every font there is: 200 ms.
WITHOUT_FONT = re.compile("[\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U0001fffe\U0001ffff\U000f0000-\U0010ffff]")
ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
LONG_RUN = re.compile(rf"\S{{{MAX_RUN}}}")
WIDE_WORD = re.compile(r"\S{20}")
HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")  # a name in its ASCII form, or an address
LIKE_ADDRESS = re.compile(r"\w\.[^\W\d_]{2}|@|//")
SOFT_BREAK = "\u200b"
WITHOUT_TAG = frozenset({"thead_open", "thead_close", "tbody_open", "tbody_close"})
INLINE_TAGS = {
    "softbreak": " ",
    "hardbreak": "<br/>",
    "link_close": "</a>",
    "strong_open": "<b>",
    "strong_close": "</b>",
    "em_open": "<i>",
    "em_close": "</i>",
    "s_open": "<s>",
    "s_close": "</s>",
}


@dataclass(frozen=True, slots=True)
class RenderStyle:
    """What the HTML needs to know of the look. Sizes in pixels."""

    tokens: Tokens
    font_px: int
    line_percent: int  # of the font's own line height, for 1.5 em
    code_family: str


PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": MAX_NESTING}).enable(
    ["table", "strikethrough"]
)


def clean(text: str) -> str:
    """``text`` without ANSI sequences, control and bidirectional characters, with places to break long runs."""
    text = WITHOUT_FONT.sub("\ufffd", HIDDEN.sub("", ANSI.sub("", text)))
    return LONG_RUN.sub(lambda match: match[0] + SOFT_BREAK, text)


def render(text: str, style: RenderStyle) -> str:
    """HTML of a segment of Markdown. What is too long to be parsed in one go is for the caller to cut."""
    shown = text[:MAX_CHARS] if len(text) > MAX_CHARS else text
    html = _Writer(style).html(PARSER.parse(shown))
    return html if shown is text else f"{html}<p>…</p>"


def breakable(text: str) -> str:
    """Clean text for a label, with places to break words that are wider than any window."""
    return WIDE_WORD.sub(lambda match: match[0] + SOFT_BREAK, clean(text))


def reveal(code: str) -> str:
    """``code`` with what nobody would see in it made visible: ``⟨U+202E⟩``."""
    return UNSEEN_IN_CODE.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", code.replace("\r\n", "\n"))


def safe_link(target: str) -> str:
    """``target`` if it may be opened at a click; empty if not."""
    try:
        parts = urlsplit(target)
        host = (parts.hostname or "").encode("idna").decode("ascii") if parts.hostname else ""
    except (ValueError, UnicodeError):
        return ""
    if (
        HIDDEN.search(unquote(target))
        or HIDDEN.search(_decoded(host))
        or parts.username is not None
        or parts.password is not None
    ):
        return ""
    if parts.scheme == "mailto":
        return target
    if parts.scheme not in ("http", "https") or not HOST.fullmatch(host):
        return ""
    return parts._replace(netloc=parts.netloc.replace(parts.hostname or "", host)).geturl() if parts.hostname else ""


def _decoded(host: str) -> str:
    """``host`` as a person would read it, to look at its characters; only for that."""
    labels = (label[4:].encode().decode("punycode", "replace") for label in host.split(".") if label.startswith("xn--"))
    return ".".join(labels)


def _named_place(text: str) -> str:
    """The host or mail address that the text of a link seems to name."""
    words = text.strip()
    try:
        return (urlsplit(words).hostname or "") if "//" in words else words.partition("/")[0].casefold()
    except ValueError:
        return ""


class _Writer:
    """Walks the parser's tokens once and writes HTML."""

    def __init__(self, style: RenderStyle) -> None:
        self._style = style
        self._out: list[str] = []
        self._cells = 0
        self._depths: dict[str, int] = {}
        self._hidden = f"margin:0; line-height:{style.line_percent}%"
        self._paragraph = f"margin:0 0 {style.font_px * 3 // 4}px 0; line-height:{style.line_percent}%"
        code = f"font-family:'{style.code_family}'; background-color:{style.tokens.code}"
        self._code = f"margin:0 0 {style.font_px * 3 // 4}px 0; white-space:pre-wrap; {code}"
        self._code_span = f'<span style="{code}">'
        space = f"margin-bottom:{style.font_px * 3 // 4}px"
        bar = f"border-left:3px solid {style.tokens.border}; padding-left:12px; color:{style.tokens.muted}"
        self._tags = {
            "paragraph_close": "</p>",
            "heading_close": "</p>",
            "blockquote_open": f'<table cellspacing="0" cellpadding="0" style="{space}"><tr><td style="{bar}">',
            "blockquote_close": "</td></tr></table>",
            "hr": f'<table width="100%" cellspacing="0"><tr><td style="border-top:1px solid {style.tokens.border}">'
            "</td></tr></table>",
            "table_open": f'<table cellspacing="0" cellpadding="0" style="border-collapse:collapse; {space}">',
        }

    def html(self, tokens: Sequence[Token]) -> str:
        for token in tokens:
            self._block(token)
        # The space behind the last paragraph is for whoever puts something there.
        head, last, tail = "".join(self._out).rpartition(f'<p style="{self._paragraph}">')
        return f'{head}<p style="{self._hidden}">{tail}' if last and "<p " not in tail else head + last + tail

    def _is_too_deep(self, token: Token) -> bool:
        """Whether this opens or closes a container inside too many of its kind: those are flattened."""
        kind = token.type.removesuffix("_open").removesuffix("_close")
        if kind not in DEPTHS:
            return False
        depth = self._depths.get(kind, 0) + max(token.nesting, 0)
        self._depths[kind] = self._depths.get(kind, 0) + token.nesting
        return depth > DEPTHS[kind]

    def _block(self, token: Token) -> None:
        if self._is_too_deep(token):
            return
        match token.type:
            case "inline":
                self._out.append(self._inline(token.children or []))
            case "fence" | "code_block":
                self._out.append(f'<p style="{self._code}">{escape(reveal(token.content.rstrip()))}</p>')
            case "th_open" | "td_open":
                self._cell(token)
            case "heading_open":
                self._out.append(self._heading(token))
            case "paragraph_open":
                self._out.append(f'<p style="{self._hidden if token.hidden else self._paragraph}">')
            case "ordered_list_open":
                self._out.append(f'<ol start="{int(token.attrGet("start") or 1)}">')
            case _:
                self._out.append(self._tags.get(token.type) or self._plain(token))

    def _plain(self, token: Token) -> str:
        if token.type in WITHOUT_TAG:
            return ""
        return f"<{'/' if token.nesting < 0 else ''}{token.tag}>" if token.nesting else _shown(token.content)

    def _heading(self, token: Token) -> str:
        size = round(self._style.font_px * HEADING_SIZES[int(token.tag[1]) - 1])
        space = self._style.font_px // 2
        return f'<p style="font-size:{size}px; font-weight:600; margin:{space}px 0 {space}px 0">'

    def _cell(self, token: Token) -> None:
        self._cells += 1
        if self._cells > MAX_CELLS:
            self._out.append(f"<{token.tag}>")
            return
        colours = self._style.tokens
        head = token.type == "th_open"
        align = "right" if "right" in str(token.attrGet("style") or "") else "left"
        line = colours.strong if head else colours.border
        look = f"font-weight:600; color:{colours.muted}; " if head else ""
        self._out.append(
            f'<{token.tag} align="{align}" style="{look}padding:6px 16px 6px 8px; border-bottom:1px solid {line}">'
        )

    def _inline(self, tokens: Sequence[Token]) -> str:
        parts, opened = [], 0
        for index, token in enumerate(tokens):
            if token.type == "link_open":
                opened = index
            parts.append(self._span(token))
            if token.type == "link_close":
                parts.append(self._leads_to(tokens[opened : index + 1]))
        return "".join(parts)

    def _span(self, token: Token) -> str:
        match token.type:
            case "code_inline":
                return f"{self._code_span}{escape(reveal(token.content))}</span>"
            case "image":
                source = str(token.attrGet("src") or "")
                source = source if len(source) <= SOURCE_CHARS else f"{source[:SOURCE_CHARS]}…"
                return _shown(f"[{token.content or 'picture'}: {source}]")
            case "link_open":
                return self._link(str(token.attrGet("href") or ""))
            case _:
                return INLINE_TAGS.get(token.type) or _shown(token.content)

    def _link(self, address: str) -> str:
        target = safe_link(address)
        return f'<a href="{escape(target)}" style="color:{self._style.tokens.accent}">' if target else "<a>"

    def _leads_to(self, link: Sequence[Token]) -> str:
        """Where a link leads, if its text looks like an address and is another one."""
        target = safe_link(str(link[0].attrGet("href") or ""))
        text = clean("".join(token.content for token in link))
        if not target or not LIKE_ADDRESS.search(text):
            return ""
        parts = urlsplit(target)
        place = parts.hostname or parts.path
        if place.casefold() == _named_place(text):
            return ""
        return f' <span style="color:{self._style.tokens.muted}">({escape(place)})</span>'


def _shown(text: str) -> str:
    return escape(clean(text))
