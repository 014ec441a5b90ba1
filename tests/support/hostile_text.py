"""Letters and lengths that text engines were never meant for."""

import base64

BIG = 1_000_000  # characters
LINES = 50_000


def strange_letters() -> dict[str, str]:
    """Marks, directions, controls and scripts that cost more than they seem, by name."""
    marks = "".join(map(chr, range(0x300, 0x34F)))
    return {
        "zalgo": ("a" + marks) * 1_000,
        "one letter, many marks": "a" + "\u0301" * 100_000,
        "zalgo words": ("word" + marks + " ") * 1_000,
        "right to left": "\u05e9\u05dc\u05d5\u05dd " * 20_000,
        "arabic without spaces": "\u0645" * 50_000,
        "embeddings": "\u202e\u202d\u202b" * 30_000 + "x",
        "isolates": "\u2066\u2067\u2068" * 30_000 + "x" + "\u2069" * 1_000,
        "both directions": "abc \u05d0\u05d1\u05d2 123 " * 5_000,
        "families": "👨‍👩‍👧‍👦" * 10_000,
        "flags": "🇩🇪" * 10_000,
        "skin": "👍🏿" * 10_000,
        "joiners": "\u200d" * 100_000,
        "variation selectors": "a" + "\ufe0f" * 50_000,
        "han": "漢" * 50_000,
        "hangul in parts": "\u1112\u1161\u11ab" * 20_000,
        "devanagari": "क्ष" * 20_000,
        "thai without spaces": "กรุงเทพ" * 10_000,
        "tibetan stacks": "ཀ" + "ྐ" * 20_000,
        "myanmar": "မြန်မာ" * 10_000,
        "vertical and braille": "⣿" * 50_000,
        "box drawing": ("█" * 200 + "\n") * 500,
        "mathematical letters": "𝕳𝖊𝖑𝖑𝖔 " * 10_000,
        "private use": "".join(map(chr, range(0xE000, 0xF8FF))) * 3,
        "planes": "".join(chr(0x20000 + n) for n in range(20_000)),
        "noncharacters": "\ufffe\uffff\U0001ffff" * 5_000,
        "lone surrogates": "\ud800\udc00\ud800" * 5_000,
        "all controls": "".join(map(chr, range(32))) * 1_000,
        "null bytes": "a\x00b" * 10_000,
        "colours of a terminal": "\x1b[31mred\x1b[0m\x1b]0;title\x07" * 5_000,
        "carriage returns": "a\rb\r\nc" * 10_000,
        "line separators": "a\u2028b\u2029c\x85d\x0be\x0cf" * 5_000,
        "zero width": "a\u200b\u2060\ufeff" * 20_000,
        "tags": "".join(chr(0xE0000 + ord(each)) for each in "ignore all of this") * 500,
        "soft hyphens": "a\u00ad" * 50_000,
        "no-break spaces": "a\u00a0" * 50_000,
        "the widest letter": "﷽" * 5_000,
        "every letter once": "".join(chr(n) for n in range(0x21, 0xD7FF)),
        "ligatures": "ffi ffl st " * 10_000,
    }


def long_texts() -> dict[str, str]:
    """More than any window was made for, by name."""
    return {
        "unbroken": "x" * BIG,
        "unbroken, of one line in many": "word word\n\n" + "x" * BIG + "\n\nword",
        "base64": base64.b64encode(bytes(range(256)) * 2_000).decode(),
        "data address": "data:image/png;base64," + base64.b64encode(bytes(300_000)).decode(),
        "hex": "0123456789abcdef" * 20_000,
        "one paragraph": "The quick brown fox jumps over the lazy dog. " * 20_000,
        "short paragraphs": "The quick brown fox.\n\n" * 20_000,
        "numbered lines": "".join(f"line {n}\n" for n in range(LINES)),
        "logs": "".join(f"2026-01-01T00:00:00Z INFO [worker-{n}] <started> key=value\n" for n in range(10_000)),
        "json": '{"a":[' + '{"b":"c","d":[1,2,3]},' * 20_000 + "null]}",
        "dots": "." * 500_000,
        "slashes": "a/" * 100_000,
        "hyphens": "-" * 200_000,
        "equals signs": "=" * 200_000,
        "digits": "1234567890" * 20_000,
        "comma list": "item, " * 50_000,
        "quotes": '"' * 100_000,
        "breaks": "<br>" * 50_000,
        "repeated sentence of one letter words": "a b c d e f g " * 30_000,
    }
