"""Lines come out whole, however the bytes were split."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ollama_desk.core.framing import BOM, LINE_LIMIT, LineFramer
from ollama_desk.domain.errors import NotOllamaError

TEXT = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))
END = st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\r\n \t\r\n"])
BODY = st.builds(
    lambda bom, rows, tail: bom + b"".join(text.encode() + end for text, end in rows) + tail.encode(),
    st.sampled_from([b"", BOM]),
    st.lists(st.tuples(TEXT, END)),
    TEXT,
)


class CountingBytes(bytes):
    """Bytes that count how far their ends were searched."""

    searched = 0

    def find(self, *arguments: object) -> int:
        found = super().find(*arguments)  # type: ignore[arg-type] # the same arguments, handed on
        start = arguments[1] if len(arguments) > 1 else 0
        assert isinstance(start, int)
        CountingBytes.searched += (found if found >= 0 else len(self)) - start
        return found


def framed(pieces: list[bytes], limit: int = LINE_LIMIT) -> tuple[list[bytes], bool]:
    """The lines, and whether one was too long."""
    framer = LineFramer(limit)
    lines: list[bytes] = []
    try:
        for piece in pieces:
            lines.extend(framer.feed(piece))
        lines.extend(framer.end())
    except NotOllamaError:
        return lines, True
    return lines, False


def split(body: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    return [body[start:end] for start, end in pairwise(edges)]


@pytest.mark.parametrize(
    "text",
    [
        "naïve",
        "👩\u200d👩\u200d👧\u200d👦",
        "𝄞" * 3,
        "e\u0301",
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    ],
)
def test_hs04_a_line_that_is_split_inside_any_character_comes_out_exactly(text: str) -> None:
    body = f'{{"text":"{text}"}}\n'.encode()
    for cut in range(len(body) + 1):
        assert framed([body[:cut], body[cut:]]) == ([body[:-1]], False)
    assert framed([bytes([byte]) for byte in body]) == ([body[:-1]], False)


def test_hs05_two_objects_in_a_piece_and_one_object_in_a_thousand_are_the_same_lines() -> None:
    assert framed([b'{"a":1}\n{"b":2}\r\n\n']) == ([b'{"a":1}', b'{"b":2}'], False)
    long = b'{"a":"' + b"x" * 992 + b'"}\n'
    assert framed([bytes([byte]) for byte in long]) == ([long[:-1]], False)


@settings(deadline=None)
@given(BODY, st.lists(st.integers(0, 10_000)))
def test_hs04_hs05_any_chunking_gives_the_same_lines(body: bytes, cuts: list[int]) -> None:
    whole = framed([body])
    assert framed(split(body, cuts)) == whole
    assert framed([bytes([byte]) for byte in body]) == whole


@settings(deadline=None)
@given(st.lists(TEXT), st.sampled_from([b"\n", b"\r\n"]), st.sampled_from([b"", BOM]))
def test_hs05_what_was_written_as_lines_comes_out_as_lines(texts: list[str], end: bytes, bom: bytes) -> None:
    encoded = [text.encode() for text in texts]
    expected = [line for line in encoded if line and not line.isspace()]
    if bom == b"" and encoded and encoded[0].startswith(BOM):
        return  # indistinguishable from a mark
    assert framed([bom + b"".join(line + end for line in encoded)]) == (expected, False)


def test_the_last_line_needs_no_end() -> None:
    assert framed([b'{"a":', b"1}"]) == ([b'{"a":1}'], False)


def test_a_mark_split_over_three_pieces_is_left_out_and_only_at_the_start() -> None:
    assert framed([b"\xef", b"\xbb", b"\xbfa\n", BOM + b"b\n"]) == ([b"a", BOM + b"b"], False)


def test_a_carriage_return_inside_a_line_stays() -> None:
    assert framed([b"a\rb\r", b"\n"]) == ([b"a\rb"], False)


@settings(deadline=None)
@given(st.integers(0, 40), st.lists(st.integers(0, 100)))
def test_hs06_lines_before_one_that_is_too_long_still_come_out(size: int, cuts: list[int]) -> None:
    body = b"one\ntwo\n" + b"x" * size + b"\nlast\n"
    lines = [b"one", b"two", *([b"x" * size] if size else []), b"last"]
    expected = (lines, False) if size <= 20 else ([b"one", b"two"], True)
    assert framed(split(body, cuts), limit=20) == expected


def test_hs06_a_line_of_sixteen_mebibytes_is_taken_and_one_more_byte_is_not() -> None:
    pieces = [b"x" * 65_536] * (LINE_LIMIT // 65_536)
    lines, is_too_long = framed([*pieces, b"\n"])
    assert [len(line) for line in lines] == [LINE_LIMIT]
    assert not is_too_long
    framer = LineFramer()
    for piece in pieces:
        assert list(framer.feed(piece)) == []
    with pytest.raises(NotOllamaError, match="more than 16 MiB"):
        list(framer.feed(b"x"))


@pytest.mark.parametrize("pieces", [10, 1000])
def test_no_byte_is_searched_twice(pieces: int) -> None:
    CountingBytes.searched = 0
    framer = LineFramer()
    for _ in range(pieces):
        assert list(framer.feed(CountingBytes(b"x" * 100))) == []
    assert [len(line) for line in framer.feed(CountingBytes(b"\n"))] == [pieces * 100]
    assert CountingBytes.searched == pieces * 100
