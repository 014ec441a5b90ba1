"""The tokens of a scripted model: triggers, the pieces of its scripts, and which piece follows which."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from gguf import TokenType

EOS = 2


@dataclass(slots=True)
class Vocabulary:
    """Tokens by id. What follows a token that is not in ``follows`` is the start of a script."""

    tokens: list[bytes] = field(default_factory=list)
    kinds: list[TokenType] = field(default_factory=list)
    triggers: dict[int, int] = field(default_factory=dict)  # token → script
    follows: dict[int, int] = field(default_factory=dict)  # piece → next piece, or the end
    starts: list[int] = field(default_factory=list)  # the first piece of the default and of each script

    def add(self, text: bytes, kind: TokenType) -> int:
        self.tokens.append(text)
        self.kinds.append(kind)
        return len(self.tokens) - 1

    def add_script(self, pieces: list[bytes], *, is_endless: bool) -> None:
        ids = [self.add(piece.replace(b" ", "▁".encode()), TokenType.NORMAL) for piece in pieces]
        self.follows |= dict(zip(ids, [*ids[1:], ids[0] if is_endless else EOS], strict=True))
        self.starts.append(ids[0])


def vocabulary(
    scripts: Mapping[tuple[str, ...], str],
    default: str,
    *,
    specials: tuple[str, ...],
    endless: Collection[str],
    reach: int,
) -> Vocabulary:
    """Give every word its token.

    Raises:
        ValueError: a script ends with a trigger in reach, or has no text.
    """
    words = Vocabulary()
    for text, kind in (("<unk>", TokenType.UNKNOWN), ("<s>", TokenType.CONTROL), ("</s>", TokenType.CONTROL)):
        words.add(text.encode(), kind)
    for byte in range(256):
        words.add(f"<0x{byte:02X}>".encode(), TokenType.BYTE)
    for tag in specials:
        words.add(tag.encode(), TokenType.CONTROL)
    triggers = {word: script for script, group in enumerate(scripts) for word in group}
    for word, script in triggers.items():
        words.triggers[words.add(word.encode(), TokenType.USER_DEFINED)] = script
    used = set(words.tokens)
    for group, text in {(): default, **scripts}.items():
        is_endless = not set(group).isdisjoint(endless)
        _check_that_it_starts_nothing(text if is_endless else _tail(text, reach), triggers)
        words.add_script(cut(text, used), is_endless=is_endless)
    if len(set(words.tokens)) != len(words.tokens):
        msg = "two tokens have the same text, which llama.cpp refuses"
        raise ValueError(msg)
    return words


def _tail(text: str, reach: int) -> str:
    return text.encode()[-reach:].decode(errors="ignore")


def _check_that_it_starts_nothing(text: str, triggers: Collection[str]) -> None:
    """In the next turn this text stands right before the question: a trigger in it would answer in its place."""
    found = [word for word in triggers if word in text]
    if found:
        msg = f"{found} would start again after the answer that ends with {text!r}"
        raise ValueError(msg)


def cut(text: str, used: set[bytes]) -> list[bytes]:
    """Cut ``text`` into word-like pieces none of which was used before, and add them to ``used``.

    A piece is lengthened until it is new. None ends with white space: such a piece would swallow the end of a prompt.
    Characters beyond ASCII are cut in two where that is possible, to try out those who put text together again.

    Raises:
        ValueError: the text is blank or ends with white space.
    """
    if not text or text != text.strip():
        msg = f"a script may not begin or end with white space: {text[:40]!r}"
        raise ValueError(msg)
    pieces: list[bytes] = []
    current = b""
    for atom in re.findall(r"\s*\S+", text):
        current += atom.encode()
        if current not in used:
            pieces += _halves(current, used)
            used.update(pieces[-2:])
            current = b""
    while current:  # the last words were all used before: they lengthen the piece before them
        if not pieces:
            msg = f"the text {text!r} is a token already"
            raise ValueError(msg)
        current = pieces.pop() + current
        if current not in used:
            used.add(current)
            pieces.append(current)
            current = b""
    return pieces


def _halves(piece: bytes, used: set[bytes]) -> list[bytes]:
    for place, byte in enumerate(piece):
        if byte >= 0xC0 and place > 0 and not {piece[: place + 1], piece[place + 1 :]} & used:
            return [piece[: place + 1], piece[place + 1 :]]
    return [piece]
